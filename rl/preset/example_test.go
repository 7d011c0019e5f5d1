package preset_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
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
	return evaluator.Result{Value: float64(n)}, nil
})

// newGenerator returns a small generator, which trains quickly.
func newGenerator(space searchspace.Space) *gran.Model {
	config := gran.Config{Form: gran.CausalForm, Layers: 1, Attention: 16, Components: 2}
	model, err := gran.New(space, config, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		log.Fatal(err)
	}
	return model
}

// A preset returns a method and the matching configuration, which can be changed.
func ExampleRanked() {
	space := searchspace.NASBench201{}
	method, config := preset.Ranked(newGenerator(space))
	config.Seed, config.Evaluations = 1, 40
	search, err := rl.New(space, method, config)
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

// The preset for several objectives searches for many convolutions on few edges. The number of
// edges needs no evaluation, so no cell beyond the limit is evaluated.
func ExamplePareto() {
	space := searchspace.NASBench201{}
	method, config := preset.Pareto(newGenerator(space))
	config.Seed, config.Evaluations = 1, 40
	config.Objectives = []rl.Objective{rl.Maximize(""), rl.Minimize("edges")}
	config.Limits = []rl.Limit{rl.AtMost("edges", 3)}
	config.Figures = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Metrics: map[string]float64{"edges": float64(a.Part(0).NumEdges())}}, nil
	})
	search, err := rl.New(space, method, config)
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(context.Background(), convolutions)
	if err != nil {
		log.Fatal(err)
	}
	best := history.Front()[0]
	fmt.Println(best.Result.Value, "convolutions on", best.Result.Metrics["edges"], "edges")
	// Output: 3 convolutions on 3 edges
}
