package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/searchspace"
)

// What this program tells its workers, in the environment: other users cannot read it there.
const (
	urlVariable   = "DISTRIBUTED_URL"
	tokenVariable = "DISTRIBUTED_TOKEN"
	nameVariable  = "DISTRIBUTED_NAME"
	delayVariable = "DISTRIBUTED_DELAY"
)

// startWorkers starts this program again for each worker.
func startWorkers(server *embedded.Server, o options) (stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var workers []*exec.Cmd
	stop = func() {
		for _, w := range workers {
			_ = w.Process.Signal(os.Interrupt)
			_ = w.Wait() // whatever it says now is of no use
		}
	}
	start := func(name string, program ...string) error {
		c := exec.Command(self, program...)
		c.Env = append(os.Environ(), urlVariable+"="+server.URL(), tokenVariable+"="+server.Token(),
			nameVariable+"="+name, delayVariable+"="+o.delay.String())
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			return err
		}
		workers = append(workers, c)
		return nil
	}
	err = errors.Join(start("one"), start("two"))
	if len(o.program) > 0 {
		err = errors.Join(err, start("program", o.program...))
	}
	if err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

// work is the main of a worker.
func work(ctx context.Context, url string) (err error) {
	nc, err := nats.Connect(url, nats.Token(os.Getenv(tokenVariable)))
	if err != nil {
		return err
	}
	defer nc.Close()
	w := jetstream.Worker{Conn: nc, Space: space, Name: os.Getenv(nameVariable), Evaluator: evaluator.Func(formula)}
	if program := os.Args[1:]; len(program) > 0 {
		c, err := command.New(space, command.Config{Command: program})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.Close()) }()
		w.Evaluator = c
	}
	return w.Run(ctx)
}

// formula stands in for a training.
func formula(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	delay, err := time.ParseDuration(os.Getenv(delayVariable))
	if err != nil {
		return evaluator.Result{}, fmt.Errorf("%w: %w", evaluator.ErrBroken, err)
	}
	select {
	case <-time.After(delay):
	case <-ctx.Done():
		return evaluator.Result{}, context.Cause(ctx)
	}
	text := space.Format(a)
	value := strings.Count(text, "nor_conv_3x3")*3 + strings.Count(text, "nor_conv_1x1")*2 + strings.Count(text, "skip_connect")
	return evaluator.Result{Value: float64(value), Cost: delay}, nil
}
