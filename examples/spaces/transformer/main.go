// Transformer searches Transformer encoders of 4 to 12 layers. You will learn to describe a chain of variable depth
// whose layers have their own choices (fields), and to read them when you build the network. A formula replaces
// training.
//
//	go run ./examples/spaces/transformer
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
)

// encoder is the space: a chain of layers, each with three choices, and the width of the whole network.
func encoder() (*searchspace.Sequential, error) {
	return searchspace.New("encoder", []searchspace.Part{
		searchspace.Chain("layers", 4, 12, []string{"attention", "convolution"},
			searchspace.Ordered("heads", 2, 4, 8).When("op", "attention"),
			searchspace.Ordered("kernel", 3, 5, 7).When("op", "convolution"),
			searchspace.Ordered("ratio", 2, 3, 4),
		),
		searchspace.Params("network", searchspace.Ordered("width", 128, 192, 256, 384)),
	})
}

// score replaces training: it rewards capacity, with diminishing returns, and convolutions in early layers and
// attention in late ones, and penalizes parameters.
func score(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	layers, width := a.Find("layers"), float64(a.Find("network").Node(0).Int("width"))
	params, fit, depth := 0.0, 0.0, layers.Len()-1 // the last node is searchspace.End
	for i := range depth {
		layer, height := layers.Node(i), float64(i)/float64(depth)
		params += 2 * layer.Float("ratio") * width * width
		if layer.Op == "attention" {
			params += 4 * width * width
			fit += height - math.Abs(layer.Float("heads")*32-width)/1000
		} else {
			params += layer.Float("kernel") * width
			fit += 1 - height - math.Abs(layer.Float("kernel")-5)/20
		}
	}
	value := 70 + 4*math.Log10(params/1e5) + 12*fit/float64(depth) - params/2e6
	return evaluator.Result{Value: value, Metrics: map[string]float64{"params": params}}, nil
}

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/spaces/transformer") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	space, err := encoder()
	if err != nil {
		return err
	}
	model, err := gran.New(space, gran.Config{Form: gran.CausalForm}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return err
	}
	method, config := preset.Ranked(model)
	config.Seed, config.Evaluations = 1, 40
	search, err := rl.New(space, method, config)
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, evaluator.Func(score))
	if err != nil {
		return err
	}
	best, _ := history.Best()
	fmt.Printf("Best of %d encoders: %.2f with %.1f million parameters, width %d.\n", len(history.Evaluations),
		best.Result.Value, best.Result.Metrics["params"]/1e6, best.Arch.Find("network").Node(0).Int("width"))
	for i, layers := 0, best.Arch.Find("layers"); i < layers.Len()-1; i++ {
		fmt.Printf("  layer %2d: %v\n", i+1, layers.Node(i))
	}
	return nil
}
