// Customspace shows how to search a space of your own, and by a score of your own: six-node cells in which every node reads
// at least one earlier node. A formula takes the place of training a network; put your own training into score.
//
//	go run ./examples/customspace
package main

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// connected is the space's rule: a node without any other incoming edge must read the node before it.
func connected(sofar *searchspace.Draft, d searchspace.Decision) []int {
	if d.Kind != searchspace.EdgePresence || d.From < d.Node-1 {
		return d.Allowed
	}
	for from := range d.From {
		if sofar.HasEdge(d.Part, from, d.Node) {
			return d.Allowed
		}
	}
	return []int{1}
}

// score prefers convolutions, the more the later they come, and few edges.
func score(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	cell, value := a.Part(0), 0.0
	for i := range cell.Len() {
		if cell.NodeOp(i) == "conv" {
			value += float64(i)
		}
	}
	return evaluator.Result{Value: value - 0.5*float64(cell.NumEdges())}, nil
}

func main() {
	space := must(searchspace.New("six-nodes", []searchspace.Part{{
		Name: "cell", MaxNodes: 6, NodeOps: []string{"conv", "pool", "identity"},
	}}, searchspace.RuleFunc(connected)))
	model := must(gran.New(space, gran.Config{}, rand.New(rand.NewPCG(1, 1))))
	search := must(rl.New(space, rl.Reinforce{Model: model}, rl.Config{Seed: 1, Evaluations: 60}))
	history := must(search.Run(context.Background(), evaluator.Func(score)))

	best, _ := history.Best() // a search without an error has one
	fmt.Printf("The best of %d cells scores %.1f:\n\n", len(history.Evaluations), best.Result.Value)
	cell := best.Arch.Part(0)
	for i := range cell.Len() {
		var reads []int
		for from := range i {
			if cell.HasEdge(from, i) {
				reads = append(reads, from)
			}
		}
		fmt.Printf("  node %d: %-8s reads %v\n", i, cell.NodeOp(i), reads)
	}
	failed := history.Failures()
	fmt.Printf("\n%d of %d evaluations failed.\n", len(failed), len(history.Evaluations))
	if len(failed) > 0 {
		fmt.Println("The first error:", failed[0].Err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
