package gran_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A generator learns from a few cells of NAS-Bench-201, of which the first has twice the weight,
// and draws more like them.
func ExampleNew() {
	ctx, rng := context.Background(), rand.New(rand.NewPCG(1, 1))
	space := searchspace.NASBench201{}
	g, err := gran.New(space, gran.Config{}, rng)
	if err != nil {
		log.Fatal(err)
	}
	var data []generator.Example
	for i, text := range []string{
		"|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|",
		"|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_1x1~1|nor_conv_3x3~2|",
	} {
		cell, err := space.Parse(text)
		if err != nil {
			log.Fatal(err)
		}
		data = append(data, generator.Example{Arch: cell, Weight: 1 / float64(i+1)})
	}
	if _, err := g.Fit(ctx, rng, data, generator.FitOptions{Loss: generator.LogLikelihood, Epochs: 300, LearningRate: 3e-3}); err != nil {
		log.Fatal(err)
	}

	cells, err := g.Sample(ctx, rng, 1000)
	if err != nil {
		log.Fatal(err)
	}
	known := 0
	for _, c := range cells {
		if c.Equal(data[0].Arch) || c.Equal(data[1].Arch) {
			known++
		}
	}
	fmt.Println("most are the two it knows:", known > 900)
	// Output: most are the two it knows: true
}

// MostProbable shows what a generator has learned, without sampling.
func ExampleModel_MostProbable() {
	ctx, rng := context.Background(), rand.New(rand.NewPCG(1, 1))
	space := searchspace.NASBench101{}
	g, err := gran.New(space, gran.Config{Layers: 2, Attention: 16}, rng)
	if err != nil {
		log.Fatal(err)
	}
	part, err := searchspace.NewDAG("cell", 4, []string{"input", "conv3x3-bn-relu", "maxpool3x3", "output"},
		[]searchspace.Edge{{From: 0, To: 1}, {From: 0, To: 2}, {From: 1, To: 3}, {From: 2, To: 3}})
	if err != nil {
		log.Fatal(err)
	}
	data := []generator.Example{{Arch: searchspace.NewArch(part), Weight: 1}}
	if _, err := g.Fit(ctx, rng, data, generator.FitOptions{Epochs: 300, LearningRate: 5e-3}); err != nil {
		log.Fatal(err)
	}
	best, err := g.MostProbable(ctx, 1, 10)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(best[0].Arch, math.Exp(best[0].LogProb) > 0.9)
	// Output: input; conv3x3-bn-relu<0; maxpool3x3<0; output<1,2 true
}

// Saved weights can be loaded for the same space and configuration.
func ExampleLoad() {
	ctx, rng := context.Background(), rand.New(rand.NewPCG(1, 1))
	space := searchspace.NASBench201{}
	g, err := gran.New(space, gran.Config{}, rng)
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := g.Save(&file); err != nil {
		log.Fatal(err)
	}
	loaded, err := gran.Load(&file, space)
	if err != nil {
		log.Fatal(err)
	}
	cells, err := loaded.Sample(ctx, rng, 3)
	if err != nil {
		log.Fatal(err)
	}
	before, err := g.LogProb(ctx, cells)
	if err != nil {
		log.Fatal(err)
	}
	after, err := loaded.LogProb(ctx, cells)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(before[0] == after[0], before[1] == after[1], before[2] == after[2])
	// Output: true true true
}
