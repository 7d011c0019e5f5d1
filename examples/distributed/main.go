// Distributed searches NAS-Bench-201's cells with workers in processes of their own: it starts a NATS server inside itself,
// two workers that score a cell by a formula, and with arguments a third that asks a program.
//
//	go run ./examples/distributed
//	go run ./examples/distributed -- python3 examples/worker/worker.py
//
// Interrupted and run again with the same -dir, it goes on with the results that are there. README.md is about workers on
// other machines.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

var space = searchspace.NASBench201{}

type options struct {
	dir     string
	evals   int
	delay   time.Duration
	program []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if url := os.Getenv(urlVariable); url != "" {
		err = work(ctx, url)
	} else {
		var o options
		flag.StringVar(&o.dir, "dir", "distributed.streams", "directory of the server's streams")
		flag.IntVar(&o.evals, "evals", 60, "evaluations")
		flag.DurationVar(&o.delay, "delay", 100*time.Millisecond, "how long a formula's evaluation takes")
		flag.Parse()
		o.program = flag.Args()
		err = run(ctx, o, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "distributed:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	server, err := embedded.Start(embedded.Config{Dir: o.dir})
	if err != nil {
		return err
	}
	defer server.Close()
	nc, err := server.Connect()
	if err != nil {
		return err
	}
	defer nc.Close()
	board := newBoard(out)
	e, err := jetstream.New(ctx, nc, space, jetstream.Config{Objective: objective(o), OnAnswer: board.count})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	stopWorkers, err := startWorkers(server, o)
	if err != nil {
		return err
	}
	defer stopWorkers()
	return search(ctx, o, e, board, out)
}

// objective tells results of different workers apart in the streams.
func objective(o options) string { return fmt.Sprint("formula ", o.program) }

func search(ctx context.Context, o options, e *jetstream.Evaluator, b *board, out io.Writer) error {
	model, err := generator.NewGRAN(space, generator.Config{Form: generator.CausalForm}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return err
	}
	once := &evaluator.Cached{Space: space, Evaluator: evaluator.Retried{Evaluator: e}}
	trainer, err := rl.NewTrainer(model, once, rl.Config{
		Seed: 1, Evaluations: o.evals, Batch: 6, Workers: 6, Exploration: rl.FirstRounds(4),
		OnRound: func(h *rl.History) error {
			status, err := e.Status(ctx)
			if err != nil {
				return err
			}
			best, _ := h.Best()
			return b.show(len(h.Evaluations), status, best.Result.Value)
		},
	})
	if err != nil {
		return err
	}
	history, err := trainer.Run(ctx)
	if best, ok := history.Best(); ok {
		fmt.Fprintf(out, "best: %.2f  %s\n", best.Result.Value, space.Format(best.Arch))
	}
	return err
}
