package graphpnas_test

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

// A search of your own space: cells of five nodes, scored by a formula. A real program would train a network.
func Example() {
	space, err := searchspace.New("my-cells", []searchspace.Part{{
		Name: "cell", MaxNodes: 5, NodeOps: []string{"conv", "pool"},
	}})
	if err != nil {
		log.Fatal(err)
	}
	score := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		cell := a.Part(0)
		value := -float64(cell.NumEdges())
		for i := range cell.Len() {
			if cell.NodeOp(i) == "conv" && cell.HasEdge(i-1, i) {
				value += 3
			}
		}
		return evaluator.Result{Value: value}, nil
	})
	model, err := gran.New(space, gran.Config{}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		log.Fatal(err)
	}
	search, err := rl.New(space, rl.Reinforce{Model: model}, rl.Config{Seed: 1, Evaluations: 40})
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(context.Background(), score)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range history.Top(3) {
		log.Printf("%v scores %.0f", e.Arch, e.Result.Value)
	}

	// The model is now a distribution over good architectures: draw from it, or ask for the most probable ones.
	likely, err := model.MostProbable(context.Background(), 1, 16)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("most probable: %v", likely[0].Arch)
	fmt.Println(len(history.Evaluations), "evaluations, stopped by", history.Stop)
	// Output:
	// 40 evaluations, stopped by budget
}
