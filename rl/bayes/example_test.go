package bayes_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/searchspace"
)

// convolutions counts 3×3 convolutions instead of training a network.
var convolutions = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	n := 0
	for _, e := range a.Part(0).Edges() {
		if e.Op == "nor_conv_3x3" {
			n++
		}
	}
	return evaluator.Result{Value: float64(n), Metrics: map[string]float64{"edges": float64(a.Part(0).NumEdges())}}, nil
})

// Bayesian optimization finds the cell with six convolutions among 15,625 with few evaluations.
func Example() {
	search, err := rl.New(searchspace.NASBench201{}, bayes.ModelAverage{}, rl.Config{Seed: 1, Evaluations: 40})
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(context.Background(), convolutions)
	if err != nil {
		log.Fatal(err)
	}
	best, _ := history.Best()
	fmt.Println(best.Result.Value, "convolutions")
	// Output: 6 convolutions
}

// With a limit on a figure that is only known after an evaluation, the best cell within the limit is
// found.
func ExampleHypervolumeImprovement() {
	search, err := rl.New(searchspace.NASBench201{}, bayes.HypervolumeImprovement{}, rl.Config{
		Seed: 1, Evaluations: 40,
		Limits: []rl.Limit{rl.AtMost("edges", 3)},
	})
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(context.Background(), convolutions)
	if err != nil {
		log.Fatal(err)
	}
	best, _ := history.Best()
	fmt.Println(best.Result.Value, "convolutions on", best.Result.Metrics["edges"], "edges")
	// Output: 3 convolutions on 3 edges
}

// A Gaussian process finds the best of 1,000 combinations of three hyperparameters.
func ExampleGaussianProcess() {
	values := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	space, err := searchspace.New("settings", []searchspace.Part{searchspace.Params("settings",
		searchspace.Ordered("x", values...), searchspace.Ordered("y", values...), searchspace.Ordered("z", values...))})
	if err != nil {
		log.Fatal(err)
	}
	hill := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		s := a.Find("settings").Node(0)
		return evaluator.Result{Value: -math.Hypot(s.Float("x")-7, s.Float("y")-2) - math.Abs(s.Float("z")-5)}, nil
	})
	search, err := rl.New(space, bayes.GaussianProcess{}, rl.Config{Seed: 1, Evaluations: 40})
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(context.Background(), hill)
	if err != nil {
		log.Fatal(err)
	}
	best, _ := history.Best()
	fmt.Println(best.Arch)
	// Output: {x=7,y=2,z=5}
}
