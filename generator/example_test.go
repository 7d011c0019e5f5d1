package generator_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/searchspace"
)

// newModel returns a small model that has been trained on cells with convolutions.
func newModel() generator.Model {
	space, rng := searchspace.NASBench201{}, rand.New(rand.NewPCG(1, 1))
	model, err := gran.New(space, gran.Config{Form: gran.CausalForm, Layers: 1, Attention: 16, Components: 2}, rng)
	if err != nil {
		log.Fatal(err)
	}
	cell, err := space.Parse("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|")
	if err != nil {
		log.Fatal(err)
	}
	examples := []generator.Example{{Arch: cell, Weight: 1}}
	if _, err := model.Fit(context.Background(), rng, examples, generator.FitOptions{Epochs: 200}); err != nil {
		log.Fatal(err)
	}
	return model
}

// A model learns from examples. Then it draws similar architectures, and computes their
// probabilities.
func Example() {
	model, ctx := newModel(), context.Background()
	archs, err := model.Sample(ctx, rand.New(rand.NewPCG(2, 2)), 1)
	if err != nil {
		log.Fatal(err)
	}
	logProbs, err := model.LogProb(ctx, archs)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(searchspace.Text(model.Space(), archs[0]))
	fmt.Println("more probable than 0.5:", math.Exp(logProbs[0]) > 0.5)
	// Output:
	// |nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|
	// more probable than 0.5: true
}

// A trained model can draw from part of its space without retraining.
func ExampleConditional() {
	model := newModel()
	fixed, err := searchspace.Restrict(model.Space(), searchspace.FixEdge("cell", 0, 1, "skip_connect"))
	if err != nil {
		log.Fatal(err)
	}
	within, err := model.(generator.Conditional).Within(fixed)
	if err != nil {
		log.Fatal(err)
	}
	archs, err := within.Sample(context.Background(), rand.New(rand.NewPCG(2, 2)), 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(searchspace.Text(fixed, archs[0])[:len("|skip_connect~0|")])
	// Output: |skip_connect~0|
}

// The entropy shows how spread out a distribution is. That of uniform draws from 15,625 cells is
// log 15,625, about 9.66 nats; training lowers it.
func ExampleEstimateEntropy() {
	entropy, stdErr, err := generator.EstimateEntropy(context.Background(), newModel(), rand.New(rand.NewPCG(2, 2)), 100)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("below 3 nats:", entropy+2*stdErr < 3)
	// Output: below 3 nats: true
}

// Marginals show what a distribution favors. This is the paper's explorer, which draws no absent
// edge.
func ExampleEstimateMarginals() {
	space := searchspace.NASBench201{}
	explorer, err := explore.Paper(space)
	if err != nil {
		log.Fatal(err)
	}
	m, err := generator.EstimateMarginals(context.Background(), explorer, space, rand.New(rand.NewPCG(1, 1)), 30_000)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("edge 0→1: %.1f\n", m.Parts[0].Edges[1][0])
	for op, name := range m.Parts[0].Part.EdgeOps {
		fmt.Printf("  %s: %.2f\n", name, m.Parts[0].EdgeOps[1][0][op])
	}
	// Output:
	// edge 0→1: 1.0
	//   none: 0.00
	//   skip_connect: 0.25
	//   nor_conv_1x1: 0.25
	//   nor_conv_3x3: 0.25
	//   avg_pool_3x3: 0.25
}
