package baseline_test

import (
	"context"
	"fmt"
	"log"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A search by regularized evolution for the cell with the most 3×3 convolutions.
func Example() {
	space := searchspace.NASBench201{}
	convolutions := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		cell, n := a.Part(0), 0
		for _, edge := range cell.Edges() {
			if cell.EdgeOp(edge.From, edge.To) == "nor_conv_3x3" {
				n++
			}
		}
		return evaluator.Result{Value: float64(n)}, nil
	})
	search, err := rl.New(space, baseline.RegularizedEvolution{}, rl.Config{Seed: 1, Evaluations: 300})
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(context.Background(), convolutions)
	if err != nil {
		log.Fatal(err)
	}
	best, _ := history.Best()
	fmt.Println(best.Result.Value, searchspace.Text(space, best.Arch))
	// Output: 6 |nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|
}
