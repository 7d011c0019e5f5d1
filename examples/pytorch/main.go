// Pytorch searches NAS-Bench-201's cells by training them for real: each architecture becomes a network in PyTorch, which
// worker.py trains on images. The defaults are for trying it out on a CPU, with Fashion-MNIST as Debian's packages
// python3-torch and dataset-fashion-mnist install it:
//
//	go run ./examples/pytorch -python /usr/bin/python3
//
// With -store, a search that was stopped goes on when it is run again. README.md beside this file tells about other data,
// GPUs and budgets.
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
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

type options struct {
	python, worker        string
	data, dataset, device string
	epochs                int
	channels, cells       int
	fraction, validation  float64
	batch                 int
	evals, processes      int
	seed                  uint64
	store                 string
}

func main() {
	var o options
	flag.StringVar(&o.python, "python", "python3", "Python with PyTorch")
	flag.StringVar(&o.worker, "worker", "examples/pytorch/worker.py", "the program that trains")
	flag.StringVar(&o.data, "data", "/usr/share/datasets/fashion-mnist", "folder of the data set's files")
	flag.StringVar(&o.dataset, "dataset", "fashion-mnist", "fashion-mnist, cifar10, cifar100 or folder")
	flag.StringVar(&o.device, "device", "auto", "auto, cpu or cuda")
	flag.IntVar(&o.epochs, "epochs", 1, "epochs of a training")
	flag.IntVar(&o.channels, "channels", 4, "channels of the first stage; published: 16")
	flag.IntVar(&o.cells, "cells", 1, "cells a stage; published: 5")
	flag.Float64Var(&o.fraction, "fraction", 0.05, "share of the training images that is used")
	flag.Float64Var(&o.validation, "validation", 0.05, "share of all images that is held out for validation")
	flag.IntVar(&o.batch, "batch", 32, "images of a training step; published: 256")
	flag.IntVar(&o.evals, "evals", 20, "architectures to train")
	flag.IntVar(&o.processes, "processes", 1, "trainings at a time")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the search and of every training")
	flag.StringVar(&o.store, "store", "", "file of the evaluations, from which a search goes on (default: none is kept)")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "pytorch:", err)
		stop()
		os.Exit(1)
	}
}

// space is where the search takes place.
var space = searchspace.NASBench201{}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	trainers, err := newTrainers(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trainers.Close()) }()

	// A GPU that is out of memory, or a process that was killed, gets another chance.
	var evaluations evaluator.Evaluator = evaluator.Retried{Evaluator: trainers, Attempts: 3}
	if o.store != "" {
		db, err := store.Open(o.store)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		evaluations = db.Evaluator(space, o.objective(), evaluations)
	}
	return search(ctx, o, evaluations, out)
}

// newTrainers starts worker.py whenever an evaluation needs another process of it.
func newTrainers(o options) (*command.Evaluator, error) {
	return command.New(space, command.Config{
		Command: []string{
			o.python, o.worker, "--data", o.data, "--dataset", o.dataset, "--device", o.device,
		},
		Processes: o.processes,
		Timeout:   24 * time.Hour,
		Budget:    o.budget(),
		Seed:      o.seed,
	})
}

// budget is what each training may spend, under the names that worker.py gives it.
func (o options) budget() map[string]float64 {
	return map[string]float64{
		"epochs":     float64(o.epochs),
		"channels":   float64(o.channels),
		"cells":      float64(o.cells),
		"fraction":   o.fraction,
		"validation": o.validation,
		"batch":      float64(o.batch),
	}
}

// objective names what is measured: accuracies of another budget, seed or data set are kept apart in the store.
func (o options) objective() string {
	return fmt.Sprintf("validation accuracy, %s, seed %d, %v", o.dataset, o.seed, o.budget())
}

func search(ctx context.Context, o options, evaluations evaluator.Evaluator, out io.Writer) error {
	model, err := gran.New(space, gran.Config{}, rand.New(rand.NewPCG(o.seed, 1)))
	if err != nil {
		return err
	}
	trainer, err := rl.NewTrainer(model, evaluations, rl.Config{
		Seed:        o.seed,
		Evaluations: o.evals,
		Batch:       o.processes,
		Workers:     o.processes,
		Exploration: rl.FirstRounds(max(1, o.evals/(3*max(1, o.processes)))),
		OnRound:     func(h *rl.History) error { return report(out, h) },
	})
	if err != nil {
		return err
	}
	history, err := trainer.Run(ctx)
	if best, ok := history.Best(); ok {
		fmt.Fprintf(out, "best: %.4f  %s\n", best.Result.Value, space.Format(best.Arch))
	}
	return err
}

// report prints a line for each architecture of the last round.
func report(out io.Writer, h *rl.History) error {
	for _, i := range h.Rounds[len(h.Rounds)-1].Drawn {
		e := h.Evaluations[i]
		var err error
		if e.Err != nil {
			_, err = fmt.Fprintf(out, "%3d  %v\n", i+1, e.Err)
		} else {
			_, err = fmt.Fprintf(out, "%3d  accuracy %.4f  %7.0f parameters  %5.1f s  %s\n",
				i+1, e.Result.Value, e.Result.Metrics["params"], e.Result.Cost.Seconds(), space.Format(e.Arch))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
