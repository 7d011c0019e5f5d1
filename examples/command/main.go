// Command shows how to search with an evaluator in another language: a program that reads requests and writes results as
// lines of JSON. The search runs two processes of it. By default it is a Python script that any Python 3 runs and that
// makes its scores up; name your own program, with its arguments, to try it.
//
//	go run ./examples/command
//	go run ./examples/command python3 train.py --gpu
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

func main() {
	program := os.Args[1:]
	if len(program) == 0 {
		program = []string{"python3", "examples/worker/worker.py"}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, program, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "command:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, program []string, out io.Writer) (err error) {
	space := searchspace.NASBench201{}
	const processes = 2
	trainers, err := command.New(space, command.Config{
		Command:   program,
		Processes: processes,
		Timeout:   time.Hour,
		Budget:    map[string]float64{"epochs": 3},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trainers.Close()) }()

	model, err := gran.New(space, gran.Config{}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return err
	}
	evaluated, highest := 0, math.Inf(-1)
	method := rl.Reinforce{Model: model, Exploration: rl.First(20)}
	search, err := rl.New(space, method, rl.Config{
		Seed:        1,
		Evaluations: 40,
		Workers:     processes, // a process that has finished gets its next architecture at once
		OnResult: func(e rl.Evaluation) error {
			evaluated++
			if !e.OK() {
				fmt.Fprintln(out, e.Err)
			} else {
				highest = max(highest, e.Result.Value)
			}
			if evaluated%4 == 0 {
				fmt.Fprintf(out, "%d evaluations, best %.2f\n", evaluated, highest)
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, trainers)
	if best, ok := history.Best(); ok {
		fmt.Fprintf(out, "best: %.2f  %s\n", best.Result.Value, space.Format(best.Arch))
		fmt.Fprintln(out, summary.FailuresOf(history))
	}
	return err
}
