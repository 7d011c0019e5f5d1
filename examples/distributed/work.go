package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
)

// nameVariable is the environment variable that makes this program a worker, and gives its name.
const nameVariable = "DISTRIBUTED_WORKER"

// work runs a worker in Go.
func work(ctx context.Context, name string, trainer []string) (err error) {
	nc, err := nats.Connect(os.Getenv("NATS_URL"), nats.Token(os.Getenv("NATS_TOKEN")), nats.MaxReconnects(-1))
	if err != nil {
		return err
	}
	defer nc.Close()
	program, err := command.New(space, command.Config{
		Command: trainer,
		Env:     slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "NATS_") }), // the trainer does not need them
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, program.Close()) }()
	retried := evaluator.Retried{Evaluator: program, Attempts: 2}
	w := jetstream.Worker{
		Conn: nc, Space: space, Name: name,
		Evaluator: evaluator.Limited{Evaluator: retried, Timeout: time.Hour},
	}
	return w.Run(ctx)
}
