// Quickstart is a complete search that takes a few seconds and explains what it does. It looks for the best of 15,625 small
// networks that read handwritten digits. All of them have been trained before, so the search looks a training up in a table;
// a search of yours would train. Ctrl-C ends it early, with the best network so far.
//
//	go run ./examples/quickstart
package main

import (
	"context"
	"flag"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

const seed = 1

func main() {
	log.SetFlags(0)
	flag.Usage = func() {
		log.Print("Usage: quickstart, without flags and arguments. It searches for about ten seconds and explains what it does.")
	}
	if flag.Parse(); flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	display := progress.New(os.Stderr) // a bar, if this is a terminal
	err := run(ctx, display, os.Stdout, preset.Ranked)
	display.Close()
	if err != nil && ctx.Err() != nil {
		log.Fatal("\nStopped. The next run starts again. A search with a store goes on where it was: see examples/nasbench201, flag -out.")
	} else if err != nil {
		log.Fatal("quickstart: ", err)
	}
}

// run searches with the method and the settings that preset returns for a generator.
func run(ctx context.Context, d *progress.Display, out io.Writer, preset func(generator.Model) (rl.Reinforce, rl.Config)) error {
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
	t := teller{display: d, out: d.Above(out), table: table}
	method, config := preset(model)
	config.Seed = seed
	config.OnResult = t.result
	search, err := rl.New(space, method, config)
	if err != nil {
		return err
	}
	t.begin(config.Evaluations)
	history, err := search.Run(ctx, accuracy)
	if best, ok := history.Best(); ok { // even if the search was interrupted
		if err := t.best(history, best); err != nil {
			return err
		}
	}
	if err != nil {
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
