// Customspace searches a space that is no benchmark's: six-node cells in which every node reads at least one earlier
// node. A formula stands in for training a network; put your own training into score.
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

// connected forbids a node's last edge to be absent where it has no other.
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

// score likes convolutions, each the more the later it stands, and dislikes edges.
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
	}}, connected))
	model := must(gran.New(space, gran.Config{}, rand.New(rand.NewPCG(1, 1))))
	trainer := must(rl.NewTrainer(model, evaluator.Func(score), rl.Config{Seed: 1, Evaluations: 60}))
	history := must(trainer.Run(context.Background()))
	best, _ := history.Best()
	fmt.Printf("best of %d: %.1f  %v\n", len(history.Evaluations), best.Result.Value, best.Arch)
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
