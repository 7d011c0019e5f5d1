// Pytorch searches the cells of NAS-Bench-201 by training them: each architecture is sent with the plan of its network to
// worker.py, which builds the network in PyTorch and trains it on images. Nothing in worker.py is specific to the space.
// The defaults are for trying it out on a CPU, with PyTorch and Fashion-MNIST from the Debian packages python3-torch and
// dataset-fashion-mnist:
//
//	go run ./examples/pytorch -python /usr/bin/python3
//
// With -store, a search that was stopped continues when it is run again. README.md in this directory describes other data,
// GPUs and budgets.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

type options struct {
	python, worker        string
	data, dataset, device string
	size                  int
	epochs                int
	channels, cells       int
	fraction, validation  float64
	batch                 int
	evals, processes      int
	seed                  uint64
	store                 string
	again                 bool
}

func main() {
	program.About("Pytorch searches the cells of NAS-Bench-201 by training them on images with PyTorch.")
	var o options
	flag.StringVar(&o.python, "python", "python3", "Python with PyTorch")
	flag.StringVar(&o.worker, "worker", "examples/pytorch/worker.py", "the program that trains")
	flag.StringVar(&o.data, "data", "/usr/share/datasets/fashion-mnist", "`directory` with the files of the data set")
	flag.StringVar(&o.dataset, "dataset", "fashion-mnist", "fashion-mnist, cifar10, cifar100, tiny-imagenet or folder")
	flag.IntVar(&o.size, "size", 32, "size in pixels to which the images of a folder are scaled")
	flag.StringVar(&o.device, "device", "auto", "auto, cpu or cuda")
	flag.IntVar(&o.epochs, "epochs", 1, "epochs of each training run")
	flag.IntVar(&o.channels, "channels", 4, "channels of the first stage; published: 16")
	flag.IntVar(&o.cells, "cells", 1, "cells in each stage; published: 5")
	flag.Float64Var(&o.fraction, "fraction", 0.05, "fraction of the training images to use")
	flag.Float64Var(&o.validation, "validation", 0.05, "fraction of all images to hold out for validation")
	flag.IntVar(&o.batch, "batch", 32, "batch size; published: 256")
	flag.IntVar(&o.evals, "evals", 20, "architectures to train")
	flag.IntVar(&o.processes, "processes", 1, "training runs in parallel")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the search and of every training run")
	flag.StringVar(&o.store, "store", "", "`file` to keep the training runs in, so that a search that was stopped can continue (default: none)")
	flag.BoolVar(&o.again, "again", false, "retrain architectures that failed in an earlier run, according to -store")
	program.Main(func(ctx context.Context) error { return run(ctx, o, os.Stdout) })
}

// validate checks the flags, except for those of the budget and the data, which worker.py checks.
func (o options) validate() error {
	switch {
	case o.evals < 1:
		return program.Usagef("-evals must be at least 1, got %d", o.evals)
	case o.processes < 1:
		return program.Usagef("-processes must be at least 1, got %d", o.processes)
	case o.again && o.store == "":
		return program.Usagef("-again requires the -store of an earlier search")
	}
	return nil
}

var space = searchspace.NASBench201{}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	if err := o.validate(); err != nil {
		return err
	}
	display := progress.New(os.Stderr) // a bar, if this is a terminal
	defer display.Close()
	trainers, err := newTrainers(o, display)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trainers.Close()) }()

	// A training run may fail because the GPU is out of memory at the moment, or because its process was killed.
	var evaluations evaluator.Evaluator = evaluator.Retried{Evaluator: trainers, Attempts: 3}
	if o.store != "" {
		db, err := store.Open(o.store)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		if o.again {
			if _, err := db.DeleteFailures(ctx, space, o.objective(), ""); err != nil {
				return err
			}
		}
		evaluations = db.Evaluator(space, o.objective(), evaluations)
	}
	return search(ctx, o, evaluations, display, display.Above(out))
}

// newTrainers returns an evaluator that starts processes of worker.py as needed. Output of libraries is ignored, and faults
// of worker.py are logged.
func newTrainers(o options, log io.Writer) (*command.Evaluator, error) {
	input, err := torch.Input(o.dataset, o.data, o.size)
	if err != nil {
		return nil, err
	}
	return command.New(space, command.Config{
		Command: []string{
			o.python, o.worker, "--data", o.data, "--dataset", o.dataset, "--device", o.device, "--size", strconv.Itoa(o.size),
		},
		Plan:      network.Planner(network.NASBench201{Channels: o.channels, Cells: o.cells}, input),
		Processes: o.processes,
		Timeout:   24 * time.Hour,
		Budget:    o.budget(),
		Seed:      o.seed,
		Logger:    slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
}

// budget returns the budget of each training run, by worker.py's names.
func (o options) budget() map[string]float64 {
	return map[string]float64{
		"epochs":     float64(o.epochs),
		"fraction":   o.fraction,
		"validation": o.validation,
		"batch":      float64(o.batch),
	}
}

// objective returns a name for what is measured, so that the store distinguishes accuracies of different networks,
// budgets, seeds, data sets and image sizes.
func (o options) objective() string {
	return fmt.Sprintf("validation accuracy, %s in %s, size %d, %d channels, %d cells, seed %d, %v",
		o.dataset, o.data, o.size, o.channels, o.cells, o.seed, o.budget())
}

func search(ctx context.Context, o options, evaluations evaluator.Evaluator, display *progress.Display, out io.Writer) error {
	bar := display.Bar(progress.Options{Name: "search", Total: o.evals, Unit: "training runs", Times: true, Transient: true})
	model, err := gran.New(space, gran.Config{}, rand.New(rand.NewPCG(o.seed, 1)))
	if err != nil {
		return err
	}
	method, config := preset.Ranked(model)
	method.Exploration = rl.First(max(1, o.evals/3)) // the search may be short
	config.Seed, config.Evaluations, config.Workers = o.seed, o.evals, o.processes
	number, highest := 0, 0.0
	config.OnResult = func(e rl.Evaluation) error {
		if number++; e.OK() {
			highest = max(highest, e.Result.Value)
			bar.Note(fmt.Sprintf("best %.4f", highest))
		}
		bar.Add(1)
		return report(out, number, e)
	}
	search, err := rl.New(space, method, config)
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, evaluations)
	if best, ok := history.Best(); ok {
		fmt.Fprintf(out, "best: %.4f  %s\n", best.Result.Value, space.Format(best.Arch))
		fmt.Fprintln(out, summary.FailuresOf(history))
	}
	switch {
	case ctx.Err() == nil:
		return err
	case o.store == "":
		return fmt.Errorf("%w: nothing is saved; with -store FILE, a search that is stopped continues when it is run again", context.Cause(ctx))
	}
	return fmt.Errorf("%w: the training runs are in %s, and the same command continues from there", context.Cause(ctx), o.store)
}

// report prints a line for an evaluation.
func report(out io.Writer, number int, e rl.Evaluation) error {
	if !e.OK() {
		_, err := fmt.Fprintf(out, "%3d  %v\n", number, e.Err)
		return err
	}
	_, err := fmt.Fprintf(out, "%3d  accuracy %.4f  %7.0f parameters  %5.1f s  %s\n",
		number, e.Result.Value, e.Result.Metrics["params"], e.Result.Cost.Seconds(), space.Format(e.Arch))
	return err
}
