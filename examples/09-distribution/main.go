// Lesson 9: the learned distribution.
//
// You will learn that a search produces more than its best architecture: it also trains a generator, a distribution over
// good ones. You can draw from it, ask how probable an architecture is, see which edges and operations it prefers, and let
// it complete a given part of an architecture. GraphPNAS calls it a probabilistic graph generator (arXiv 2211.15155).
//
//	go run ./examples/09-distribution
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/09-distribution") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	table, err := nasbench.Digits201()
	if err != nil {
		return err
	}
	accuracy, err := table.Evaluator("valid")
	if err != nil {
		return err
	}
	space := table.Space()
	model, err := gran.New(space, gran.Config{}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return err
	}
	method, config := preset.CIFAR10(model)
	config.Seed, config.Evaluations = 1, 60
	search, err := rl.New(space, method, config)
	if err != nil {
		return err
	}
	if _, err := search.Run(ctx, accuracy); err != nil {
		return err
	}

	// Restrict and Within condition the distribution, without further training: the last edge must be average pooling.
	pooled, err := searchspace.Restrict(space, searchspace.FixEdge("cell", 2, 3, "avg_pool_3x3"))
	if err != nil {
		return err
	}
	given, err := model.Within(pooled)
	if err != nil {
		return err
	}
	fmt.Println("Mean accuracy of 1,000 cells, each drawn by:")
	for _, g := range []struct {
		name string
		generator.GraphGenerator
	}{{"chance", explore.NewUniformLabels(space)}, {"the generator", model}, {"the generator, with pooling on edge 2 → 3", given}} {
		archs, err := g.Sample(ctx, rand.New(rand.NewPCG(1, 2)), 1000)
		if err != nil {
			return err
		}
		mean := 0.0
		for _, a := range archs {
			value, err := table.Value(a, "valid")
			if err != nil {
				return err
			}
			mean += value / float64(len(archs))
		}
		fmt.Printf("  %-46s %.2f %%\n", g.name, mean)
	}

	m, err := generator.EstimateMarginals(ctx, model, space, rand.New(rand.NewPCG(1, 3)), 1000)
	if err != nil {
		return err
	}
	fmt.Printf("\nThe generator's probabilities of %q:\n", m.Parts[0].Part.EdgeOps[1:])
	for to, edges := range m.Parts[0].EdgeOps {
		for from, probabilities := range edges {
			fmt.Printf("  %d → %d  %.2f\n", from, to, probabilities[1:]) // the rest is the probability that there is no edge
		}
	}
	return nil
}
