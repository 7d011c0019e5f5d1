// Command searches NAS-Bench-201's cells with a program as the evaluator, two processes of it at a time: a Python script
// that any Python 3 runs, or one of yours.
//
//	go run ./examples/command
//	go run ./examples/command python3 train.py --gpu
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/generator/gran"
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
	search, err := rl.NewTrainer(model, trainers, rl.Config{
		Seed:        1,
		Evaluations: 40,
		Batch:       4,
		Workers:     processes,
		Exploration: rl.FirstRounds(5),
		OnRound: func(h *rl.History) error {
			round := h.Rounds[len(h.Rounds)-1]
			for _, i := range round.Drawn {
				if e := h.Evaluations[i]; e.Err != nil {
					fmt.Fprintln(out, e.Err)
				}
			}
			best, _ := h.Best()
			_, err := fmt.Fprintf(out, "round %d: %d evaluations, best %.2f\n", round.Number, len(h.Evaluations), best.Result.Value)
			return err
		},
	})
	if err != nil {
		return err
	}
	history, err := search.Run(ctx)
	if best, ok := history.Best(); ok {
		fmt.Fprintf(out, "best: %.2f  %s\n", best.Result.Value, space.Format(best.Arch))
	}
	return err
}
