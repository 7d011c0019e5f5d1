package lstm_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/searchspace"
)

// The recurrent controller has the same methods as the graph network.
func ExampleNew() {
	ctx, rng := context.Background(), rand.New(rand.NewPCG(1, 1))
	space := searchspace.NASBench201{}
	controller, err := lstm.New(space, lstm.Config{}, rng)
	if err != nil {
		log.Fatal(err)
	}
	cell, err := space.Parse("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|")
	if err != nil {
		log.Fatal(err)
	}
	data := []generator.Example{{Arch: cell, Weight: 1}}
	if _, err := controller.Fit(ctx, rng, data, generator.FitOptions{Loss: generator.LogLikelihood, Epochs: 100, LearningRate: 3e-3}); err != nil {
		log.Fatal(err)
	}
	best, err := controller.MostProbable(ctx, 1, 10)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(space.Format(best[0].Arch), math.Exp(best[0].LogProb) > 0.9)
	// Output: |nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2| true
}
