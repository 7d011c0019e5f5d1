package generator_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A generator learns from a few cells of NAS-Bench-201, of which the first is worth twice as much, and draws more of
// their kind.
func ExampleNewGRAN() {
	ctx, rng := context.Background(), rand.New(rand.NewPCG(1, 1))
	space := searchspace.NASBench201{}
	g, err := generator.NewGRAN(space, generator.Config{}, rng)
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

// What a generator has learned can be read off without sampling.
func ExampleGRAN_MostProbable() {
	ctx, rng := context.Background(), rand.New(rand.NewPCG(1, 1))
	space := searchspace.NASBench101{}
	g, err := generator.NewGRAN(space, generator.Config{Layers: 2, Attention: 16}, rng)
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

// Marginals show what a distribution favours, whatever it is: here the paper's explorer, which draws no absent edge.
func ExampleEstimateMarginals() {
	space := searchspace.NASBench201{}
	explorer, err := generator.PaperExplorer(space)
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

// RandWire's networks of the small regime: three stages of 32 nodes, wired as small worlds. The number of edges is always
// the same, where they lead is not.
func ExampleNewWattsStrogatz() {
	explorer, err := generator.NewWattsStrogatz(searchspace.RandWire{}, 4, 0.75)
	if err != nil {
		log.Fatal(err)
	}
	networks, err := explorer.Sample(context.Background(), rand.New(rand.NewPCG(1, 1)), 30)
	if err != nil {
		log.Fatal(err)
	}
	a, b := networks[0].Part(0), networks[1].Part(0)
	fmt.Println(a.NumEdges(), b.NumEdges(), a.Equal(b))
	// Output: 64 64 false
}

// Scale-free graphs: each node after the first two reads two earlier ones.
func ExampleNewBarabasiAlbert() {
	space, err := searchspace.NewRandWire(5)
	if err != nil {
		log.Fatal(err)
	}
	explorer, err := generator.NewBarabasiAlbert(space, 2)
	if err != nil {
		log.Fatal(err)
	}
	networks, err := explorer.Sample(context.Background(), rand.New(rand.NewPCG(1, 1)), 1)
	if err != nil {
		log.Fatal(err)
	}
	stage := networks[0].Part(0)
	fmt.Println(stage.NumEdges(), "edges, of which the third node has", stage.HasEdge(0, 2), stage.HasEdge(1, 2))
	// Output: 6 edges, of which the third node has true true
}

// Saved weights are loaded for the same space and sizes.
func ExampleLoadGRAN() {
	ctx, rng := context.Background(), rand.New(rand.NewPCG(1, 1))
	space := searchspace.NASBench201{}
	g, err := generator.NewGRAN(space, generator.Config{}, rng)
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := g.Save(&file); err != nil {
		log.Fatal(err)
	}
	loaded, err := generator.LoadGRAN(&file, space)
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

// The recurrent controller is trained and drawn from as the graph network is.
func ExampleNewLSTM() {
	ctx, rng := context.Background(), rand.New(rand.NewPCG(1, 1))
	space := searchspace.NASBench201{}
	controller, err := generator.NewLSTM(space, generator.LSTMConfig{}, rng)
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
