package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/examples/distributed/internal/cluster"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
)

// run is the coordinator.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	b := newBoard(out, o.evals, o.workers)
	defer b.Close()
	var server *embedded.Server
	if o.URL == "" {
		if server, err = embedded.Start(embedded.Config{Dir: o.dir}); err != nil {
			return err
		}
		defer server.Close()
	}
	nc, err := o.connect(server, b)
	if err != nil {
		return err
	}
	defer nc.Close()
	e, err := jetstream.New(ctx, nc, space, o.config(b))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()

	ctx, cancel := context.WithCancelCause(ctx)
	wait, err := startWorkers(ctx, server, o, b, cancel)
	defer wait()
	defer cancel(errDone)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return err
	}
	stop := b.watch(ctx, e)
	defer stop()
	stopServing := o.serve(ctx, b.monitor, b)
	defer func() { err = errors.Join(err, stopServing()) }()
	return search(ctx, o, evaluator.Retried{Evaluator: e, Attempts: 3}, b)
}

// connect connects to this program's own server if there is one, otherwise to that of the command line.
func (o options) connect(own *embedded.Server, b *board) (*nats.Conn, error) {
	if own != nil {
		return own.Connect(cluster.Reported(b.trouble))
	}
	return o.Connect("graphpnas coordinator", b.trouble)
}

// fashionMNIST is the input of networks for Fashion-MNIST.
var fashionMNIST = network.Input{Channels: 1, Height: 28, Width: 28, Classes: 10}

// config returns the configuration of the coordinator.
func (o options) config(b *board) jetstream.Config {
	q := jetstream.Queue{Name: o.queue, Replicas: o.replicas}
	if o.URL == "" {
		// When this program's own server ends, it forgets that workers have returned their requests. They come back after this
		// time.
		q.AckWait = 3 * time.Second
	}
	return jetstream.Config{
		Queue:     q,
		Objective: fmt.Sprintf("Fashion-MNIST, validation accuracy, %d channels", o.channels),
		Budget: map[string]float64{
			"epochs": 1, "batch": 32, "validation": 0.05, "fraction": o.fraction,
		},
		Plan:          network.Planner(network.NASBench201{Channels: o.channels, Cells: 1}, fashionMNIST),
		Seed:          1,
		RetryFailures: o.retryFailures,
		OnAnswer:      b.answer,
		OnTrouble:     b.trouble,
	}
}

// search runs the search and reports the result, even if it ends with an error.
func search(ctx context.Context, o options, e evaluator.Evaluator, b *board) error {
	model, err := gran.New(space, gran.Config{Form: gran.CausalForm}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return err
	}
	method, config := preset.Ranked(model)
	method.Exploration = rl.First(9) // this search is short
	config.Seed, config.Evaluations = 1, o.evals
	config.Workers = 4 // one more than the workers on this machine, so that one request waits in the queue
	config.OnResult = func(rl.Evaluation) error {
		b.bar.Add(1)
		return nil
	}
	search, err := rl.New(space, method, b.monitor.Watch(config))
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, b.monitor.Evaluator(e))
	b.monitor.Finish(history)
	name := "best"
	if err != nil {
		name = "best so far"
	}
	if best, ok := history.Best(); ok {
		b.say(fmt.Sprintf("%s: %.4f  %s  trained for %v in all; %v", name, best.Result.Value, space.Format(best.Arch),
			history.Cost().Round(100*time.Millisecond), summary.FailuresOf(history)))
	}
	if failed := o.writeReport(b.monitor); failed != nil {
		return errors.Join(err, failed)
	}
	if err != nil {
		return fmt.Errorf("%w after %d of %d evaluations; results stay in %s, and the same command continues from them",
			err, len(history.Evaluations), o.evals, o.place())
	}
	return nil
}

// place describes where the results are.
func (o options) place() string {
	if o.URL == "" {
		return o.dir
	}
	return fmt.Sprintf("the queue %q on the server", o.queue)
}
