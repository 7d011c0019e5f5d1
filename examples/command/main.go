// Command shows how to search with a program in another language: it reads requests and writes results as lines of JSON. The
// search runs two processes of it. By default it is a Python script that any Python 3 runs and that makes up its scores. To
// try your own, copy examples/worker/worker.py and put your training into it:
//
//	go run ./examples/command
//	go run ./examples/command -worker "python3 train.py --gpu"
//
// What the program prints besides results is shown on standard error. A program that does not work ends the search at once,
// with the reason.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

func main() {
	program.About("Command searches NAS-Bench-201 with an evaluator in another language.")
	worker := flag.String("worker", "python3 examples/worker/worker.py", "`program` that evaluates, with its arguments, separated by spaces")
	program.Main(func(ctx context.Context) error { return run(ctx, strings.Fields(*worker), os.Stdout, os.Stderr) })
}

func run(ctx context.Context, worker []string, out, log io.Writer) (err error) {
	space := searchspace.NASBench201{}
	const processes, evaluations = 2, 40
	display := progress.New(log) // a bar, if this is a terminal
	defer display.Close()
	out = display.Above(out)
	trainers, err := command.New(space, command.Config{
		Command:   worker,
		Processes: processes,
		Timeout:   time.Hour,
		Budget:    map[string]float64{"epochs": 3},
		Logger:    slog.New(slog.NewTextHandler(display, nil)),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trainers.Close()) }()

	model, err := gran.New(space, gran.Config{}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return err
	}
	method, config := preset.Ranked(model)
	method.Exploration = rl.First(10) // of so short a search
	config.Seed, config.Evaluations = 1, evaluations
	config.Workers = processes // a process that has finished gets its next architecture at once
	bar := display.Bar(progress.Options{Name: "search", Total: evaluations, Unit: "evaluations", Times: true, Transient: true})
	evaluated, highest := 0, math.Inf(-1)
	config.OnResult = func(e rl.Evaluation) error {
		evaluated++
		if !e.OK() {
			fmt.Fprintln(out, e.Err)
		} else {
			highest = max(highest, e.Result.Value)
			bar.Note(fmt.Sprintf("best %.2f", highest))
		}
		bar.Add(1)
		if evaluated%4 == 0 {
			fmt.Fprintf(out, "%d evaluations, best %.2f\n", evaluated, highest)
		}
		return nil
	}
	search, err := rl.New(space, method, config)
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, trainers)
	if best, ok := history.Best(); ok { // even if the search was interrupted
		fmt.Fprintf(out, "best: %.2f  %s\n", best.Result.Value, space.Format(best.Arch))
		fmt.Fprintln(out, summary.FailuresOf(history))
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w after %d evaluations; to go on later, keep them in a store as examples/pytorch does", context.Cause(ctx), evaluated)
	}
	return err
}
