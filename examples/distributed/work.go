package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/examples/distributed/internal/cluster"
)

// nameVariable is the environment variable that makes this program a worker; its value is the
// worker's name.
const nameVariable = "DISTRIBUTED_WORKER"

// work runs a worker in Go.
func work(ctx context.Context, name string, trainer []string) (err error) {
	nc, err := cluster.Server{URL: os.Getenv("NATS_URL")}.Connect("graphpnas worker "+name, func(err error) {
		fmt.Fprintf(os.Stderr, "worker %s: %v\n", name, err)
	})
	if err != nil {
		return err
	}
	defer nc.Close()
	program, err := command.New(space, command.Config{
		Command: trainer,
		Env:     cluster.Environment(),
		Grace:   30 * time.Second, // a trainer may take a while to exit
	})
	if err != nil {
		return err
	}
	defer func() {
		if closing := program.Close(); ctx.Err() == nil { // otherwise the search is over, and the error does not matter
			err = errors.Join(err, closing)
		}
	}()
	retried := evaluator.Retried{Evaluator: program, Attempts: 2}
	w := jetstream.Worker{
		Conn: nc, Space: space, Name: name,
		Evaluator: evaluator.Limited{Evaluator: retried, Timeout: time.Hour},
	}
	return w.Run(ctx)
}
