// Distributed searches the cells of NAS-Bench-201 by training them on Fashion-MNIST, with a coordinator and workers that are
// separate processes on this machine. On Debian, install python3-torch and dataset-fashion-mnist and run
//
//	go run ./examples/distributed -python /usr/bin/python3
//
// The program itself is the coordinator: it runs a NATS server, searches, and shows a table of the workers, the queue and the
// best architecture so far. It starts
//
//   - go-1 and go-2, workers in Go: this program again. Their evaluator is put together from the library's, as in a program of
//     your own: examples/pytorch/worker.py does the training, with a time limit, and is tried again after temporary failures.
//   - python, a worker for machines whose trainer is not a Go program: the program in the directory worker, which is built
//     first, with the same trainer. Nothing in it is specific to this search.
//   - a process of the trainer for each of the three.
//
// If it is interrupted and run again with the same -dir, it continues with the results that are there. README.md describes
// workers on other machines.
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
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/internal/summary"
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
		flag.StringVar(&o.worker, "worker", "", "program of the worker named python (default: built from the directory worker)")
		flag.StringVar(&o.python, "python", "python3", "Python with PyTorch")
		flag.StringVar(&o.trainer, "trainer", "examples/pytorch/worker.py", "the program that trains")
		flag.StringVar(&o.data, "data", "/usr/share/datasets/fashion-mnist", "folder of the data set's files")
		flag.IntVar(&o.evals, "evals", 18, "architectures to train")
		flag.IntVar(&o.channels, "channels", 4, "channels of the first stage; published: 16")
		flag.Float64Var(&o.fraction, "fraction", 0.05, "fraction of the training images to use")
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

// hasPyTorch returns an error if Python lacks PyTorch, without which every training would fail.
func hasPyTorch(ctx context.Context, python string) error {
	said, err := exec.CommandContext(ctx, python, "-c", "import torch").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s cannot import PyTorch; name a Python that can with -python: %w\n%s", python, err, said)
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
	defer b.Close()
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
	best, err := search(ctx, o, evaluator.Retried{Evaluator: e, Attempts: 3}, b.bar)
	if best != "" {
		b.say(best)
	}
	return err
}

// search returns a description of the best architecture, also if it ends with an error.
func search(ctx context.Context, o options, e evaluator.Evaluator, bar *progress.Bar) (best string, err error) {
	model, err := gran.New(space, gran.Config{Form: gran.CausalForm}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return "", err
	}
	method := rl.Reinforce{Model: model, Exploration: rl.First(9)}
	search, err := rl.New(space, method, rl.Config{
		Seed:        1,
		Evaluations: o.evals,
		Workers:     4, // one more than there are workers, so that one waits in the queue
		Lag:         6, // the default, 10, is half of so short a search
		OnResult: func(rl.Evaluation) error {
			bar.Add(1)
			return nil
		},
	})
	if err != nil {
		return "", err
	}
	history, err := search.Run(ctx, e)
	if b, ok := history.Best(); ok {
		best = fmt.Sprintf("best: %.4f  %s  trained for %v in all; %v",
			b.Result.Value, space.Format(b.Arch), history.Cost().Round(100*time.Millisecond), summary.FailuresOf(history))
	}
	return best, err
}
