// Distributed searches NAS-Bench-201's cells by training them on Fashion-MNIST, in processes of their own on this machine.
// On Debian, where the packages python3-torch and dataset-fashion-mnist install what it trains with, it is
//
//	go run ./examples/distributed -python /usr/bin/python3
//
// It starts four processes besides itself, the coordinator, which runs a NATS server, searches, and shows a table of workers,
// queue and best so far:
//
//   - go-1 and go-2, workers in Go: this program again, whose evaluator is put together from the library's, as in a program of
//     yours. It has examples/pytorch/worker.py train, within a time limit, and asks again where a training fails for a time.
//   - python, the worker for a machine where all there is is in Python: the program in the directory worker, which is built
//     first, with the same trainer beside it. Nothing in it is about this search.
//   - a process of the trainer for each of the three, while it evaluates.
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
	"os/exec"
	"os/signal"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/jetstream"
	"github.com/graphpnas/graphpnas/evaluator/jetstream/embedded"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

var space = searchspace.NASBench201{}

type options struct {
	dir, worker           string
	python, trainer, data string
	evals, channels       int
	fraction              float64
	workers               []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if name := os.Getenv(nameVariable); name != "" {
		err = work(ctx, name, os.Args[1:])
	} else {
		o := options{workers: []string{"go-1", "go-2", python}}
		flag.StringVar(&o.dir, "dir", "distributed.streams", "directory of the server's streams")
		flag.StringVar(&o.worker, "worker", "", "program of the worker named python (default: it is built)")
		flag.StringVar(&o.python, "python", "python3", "Python with PyTorch")
		flag.StringVar(&o.trainer, "trainer", "examples/pytorch/worker.py", "the program that trains")
		flag.StringVar(&o.data, "data", "/usr/share/datasets/fashion-mnist", "folder of the data set's files")
		flag.IntVar(&o.evals, "evals", 18, "architectures to train")
		flag.IntVar(&o.channels, "channels", 4, "channels of the first stage; published: 16")
		flag.Float64Var(&o.fraction, "fraction", 0.05, "share of the training images that is used")
		flag.Parse()
		if err = hasPyTorch(ctx, o.python); err == nil {
			err = run(ctx, o, os.Stdout)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "distributed:", err)
		stop()
		os.Exit(1)
	}
}

// hasPyTorch tells before anything is started what would fail every training.
func hasPyTorch(ctx context.Context, python string) error {
	said, err := exec.CommandContext(ctx, python, "-c", "import torch").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s has no PyTorch, -python may name one that has: %w\n%s", python, err, said)
	}
	return nil
}

// run is the coordinator.
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
	b := newBoard(out, o.evals, o.workers)
	defer b.close()
	e, err := jetstream.New(ctx, nc, space, jetstream.Config{
		Objective: "Fashion-MNIST, validation accuracy",
		Budget: map[string]float64{
			"epochs": 1, "cells": 1, "batch": 32, "validation": 0.05,
			"channels": float64(o.channels), "fraction": o.fraction,
		},
		Seed:     1,
		OnAnswer: b.answer,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()

	ctx, cancel := context.WithCancelCause(ctx)
	wait, err := startWorkers(ctx, server, o, b, cancel)
	defer wait()
	defer cancel(nil)
	if err != nil {
		return err
	}
	stop := b.watch(ctx, e)
	defer stop()
	best, err := search(ctx, o, evaluator.Retried{Evaluator: e, Attempts: 3})
	if best != "" {
		b.say(best)
	}
	return err
}

// search returns what the best is, as far as it has come.
func search(ctx context.Context, o options, e evaluator.Evaluator) (best string, err error) {
	model, err := gran.New(space, gran.Config{Form: gran.CausalForm}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return "", err
	}
	trainer, err := rl.NewTrainer(model, e, rl.Config{
		Seed:        1,
		Evaluations: o.evals,
		Batch:       6, // twice as many as there are workers, so that none waits for work
		Workers:     6,
		Exploration: rl.FirstRounds(1),
	})
	if err != nil {
		return "", err
	}
	history, err := trainer.Run(ctx)
	if b, ok := history.Best(); ok {
		best = fmt.Sprintf("best: %.4f  %s  trained for %v in all",
			b.Result.Value, space.Format(b.Arch), history.Cost().Round(100*time.Millisecond))
	}
	return best, err
}
