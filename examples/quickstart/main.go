// Quickstart is a whole search in a few seconds, and says what it does as it goes. It looks for the best of 15,625 small
// networks that read handwritten digits. All of them have been trained before, so that a training is looked up in a table;
// a search of yours trains.
//
//	go run ./examples/quickstart
package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

const seed = 1

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, rl.PresetRanked()); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		stop()
		os.Exit(1)
	}
}

// run searches and tells how.
func run(ctx context.Context, out io.Writer, config rl.Config) error {
	// What an architecture is, what scores it, and what learns which ones are good.
	space := searchspace.NASBench201{}
	table, err := nasbench.Digits201()
	if err != nil {
		return err
	}
	if table, err = table.WithCost("seconds"); err != nil {
		return err
	}
	accuracy, err := table.Evaluator("valid", "test")
	if err != nil {
		return err
	}
	model, err := gran.New(space, gran.Config{}, rand.New(rand.NewPCG(seed, seed)))
	if err != nil {
		return err
	}

	// The search brings them together.
	t := teller{out: out, table: table}
	config.Seed = seed
	config.OnRound = t.round
	trainer, err := rl.NewTrainer(model, accuracy, config)
	if err != nil {
		return err
	}
	t.begin(config.Evaluations)
	history, err := trainer.Run(ctx)
	if err != nil {
		return err
	}
	best, _ := history.Best() // a run without error has one
	if err := t.best(history, best); err != nil {
		return err
	}

	// Beside the architecture there is the generator, which is a distribution over good ones.
	prefers, err := generator.EstimateMarginals(ctx, model, space, rand.New(rand.NewPCG(seed, 1)), draws)
	if err != nil {
		return err
	}
	t.preferences(prefers.Parts[0])
	return t.compare(ctx, model, explore.NewUniformLabels(space))
}
