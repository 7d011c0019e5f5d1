// Lesson 2: your own search space.
//
// You will learn to describe an architecture as a sequence of decisions: for each node of a graph its operation, then
// which earlier nodes it reads. Rules forbid decisions, so everything the generator draws is valid, and no draw is
// rejected. Most published spaces consist of such graphs, called cells (Zoph et al. 2018, arXiv 1707.07012). A formula
// replaces training here; lesson 3 has a real evaluator, and examples/spaces has other kinds of spaces.
//
//	go run ./examples/02-own-space
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/02-own-space") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// A cell has six nodes, each with one of three operations. A node may read any nodes before it.
var cell = searchspace.Part{Name: "cell", MaxNodes: 6, NodeOps: []string{"conv", "pool", "identity"}}

// onePoolAtATime is a custom rule. The space asks it about every value of every decision, given the earlier decisions.
// Values of a NodeOp are indices of NodeOps.
var onePoolAtATime = searchspace.Forbid("no pool after a pool", func(sofar *searchspace.Draft, d searchspace.Decision, op int) bool {
	const pool = 1
	return d.Kind == searchspace.NodeOp && d.Node > 0 && op == pool && sofar.NodeOp(d.Part, d.Node-1) == pool
})

// score replaces training: convolutions are worth more the later they come, and edges cost a little.
func score(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	cell, value := a.Find("cell"), 0.0
	for i := range cell.Len() {
		if cell.NodeOp(i) == "conv" {
			value += float64(i)
		}
	}
	return evaluator.Result{Value: value - 0.5*float64(cell.NumEdges())}, nil
}

func run(ctx context.Context) error {
	// Connected is a ready-made rule: every node is on a path from the first to the last. New tests the rules, and
	// returns an error if they can leave a decision without a value.
	var space searchspace.Space
	for _, rules := range [][]searchspace.Rule{nil, {searchspace.Connected(), onePoolAtATime}} {
		var err error
		if space, err = searchspace.New("cells", []searchspace.Part{cell}, rules...); err != nil {
			return err
		}
		size, err := searchspace.EstimateSize(ctx, space, rand.New(rand.NewPCG(1, 1)), 10_000)
		if err != nil {
			return err
		}
		fmt.Printf("With %d rules, the space has about %.3g cells.\n", len(rules), math.Pow(10, size.Log10))
	}

	model, err := gran.New(space, gran.Config{Form: gran.CausalForm}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return err
	}
	method, config := preset.Ranked(model)
	config.Seed, config.Evaluations = 1, 60
	search, err := rl.New(space, method, config)
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, evaluator.Func(score))
	if err != nil {
		return err
	}
	for _, e := range history.Evaluations {
		if err := space.Validate(e.Arch); err != nil {
			return err
		}
	}
	best, _ := history.Best()
	fmt.Printf("All %d cells that the search evaluated obey the rules. The best scores %.1f:\n\n%s",
		len(history.Evaluations), best.Result.Value, draw.Text(best.Arch, draw.Options{}))
	return nil
}
