// Lesson 1: a first search.
//
// You will learn the parts of every search: a space defines the possible architectures, an evaluator says how good one
// is, a generator learns which ones are good, and a method decides what to evaluate next. The method is that of
// GraphPNAS (Li, Liu, Sigal & Liao 2022, arXiv 2211.15155) with a model that ranks what the generator proposes.
//
//	go run ./examples/01-first-search
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/01-first-search") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	// The evaluator is a benchmark: all networks of the space have already been trained, so evaluating one means looking up
	// its accuracy. The search maximizes the first column and also records the second.
	table, err := nasbench.Digits201()
	if err != nil {
		return err
	}
	evaluator, err := table.Evaluator("valid", "test")
	if err != nil {
		return err
	}
	space := table.Space()
	fmt.Printf("The space has %d cells, small graphs whose edges are operations such as convolutions (nor_conv_3x3) and shortcuts\n"+
		"(skip_connect). Each defines a network that classifies handwritten digits.\n", table.Len())

	// The generator is a graph neural network, a distribution over the space.
	model, err := gran.New(space, gran.Config{Form: gran.CausalForm}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return err
	}

	// A preset is a method and the settings that go with it.
	method, config := preset.Ranked(model)
	config.Seed = 1
	config.Evaluations = 100
	tried, highest := 0, 0.0
	config.OnResult = func(e rl.Evaluation) error {
		tried++
		if e.OK() && e.Result.Value > highest {
			highest = e.Result.Value
			fmt.Printf("  %10d  %7.2f %%  %s\n", tried, highest, e.Source)
		}
		return nil
	}
	fmt.Printf(`The search evaluates %d of them. It explores first. Then it chooses among cells of the generator, which learns from the best
so far, and their neighbors, which differ in one operation. Each of these cells classifies more validation images correctly
than all cells before it:

  evaluation   accuracy  proposed by
`, config.Evaluations)
	search, err := rl.New(space, method, config)
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, evaluator)
	if err != nil {
		return err
	}

	best, _ := history.Best()
	valid, err := table.Rank("valid", best.Result.Value)
	if err != nil {
		return err
	}
	test, err := table.Rank("test", best.Result.Metrics["test"])
	if err != nil {
		return err
	}
	fmt.Printf("\nThe best cell, as the edges that leave each node:\n\n%s\n", draw.Text(best.Arch, draw.Options{}))
	fmt.Printf("By validation accuracy, it ranks %d of %d. On average, the best of %d random cells ranks %.0f.\n",
		valid, table.Len(), config.Evaluations, float64(table.Len()+1)/float64(config.Evaluations+1))
	fmt.Printf("It classifies %.2f %% of the test images correctly, which the search did not use, and ranks %d by test accuracy.\n", best.Result.Metrics["test"], test)
	return nil
}
