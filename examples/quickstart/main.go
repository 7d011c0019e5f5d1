// Quickstart is a complete search that takes a few seconds and explains what it does. It looks for the best of 15,625 small
// networks that read handwritten digits. All of them have been trained before, so the search looks a training up in a table;
// a search of yours would train.
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
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

const seed = 1

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, preset.Ranked); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		stop()
		os.Exit(1)
	}
}

// run searches with the method and the settings that preset returns for a generator.
func run(ctx context.Context, out io.Writer, preset func(generator.Model) (rl.Reinforce, rl.Config)) error {
	// The space says what an architecture is, the evaluator how good one is, and the model learns which ones are good.
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

	// The method decides what to evaluate next, and the search brings everything together.
	t := teller{out: out, table: table}
	method, config := preset(model)
	config.Seed = seed
	config.OnResult = t.result
	search, err := rl.New(space, method, config)
	if err != nil {
		return err
	}
	t.begin(config.Evaluations)
	history, err := search.Run(ctx, accuracy)
	if err != nil {
		return err
	}
	best, _ := history.Best() // a search without an error has one
	if err := t.best(history, best); err != nil {
		return err
	}

	// Besides the architecture there is the generator, which is a distribution over good ones.
	marginals, err := generator.EstimateMarginals(ctx, model, space, rand.New(rand.NewPCG(seed, 1)), draws)
	if err != nil {
		return err
	}
	t.preferences(marginals.Parts[0])
	return t.compare(ctx, model, explore.NewUniformLabels(space))
}
