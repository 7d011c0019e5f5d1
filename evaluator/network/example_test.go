package network_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A small network with a cell of NAS-Bench-201 learns to distinguish bright images from dark ones.
func Example() {
	space := searchspace.NASBench201{}
	cell, err := space.Parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|avg_pool_3x3~2|")
	if err != nil {
		panic(err)
	}
	design := network.NASBench201{Channels: 4, Cells: 1}
	plan, err := network.NewPlan(design, cell, network.Input{Channels: 1, Height: 8, Width: 8, Classes: 2})
	if err != nil {
		panic(err)
	}
	fmt.Println(plan.Params(), "parameters,", plan.FLOPs(), "multiplications per image")

	rng := rand.New(rand.NewPCG(1, 1))
	net, err := plan.Build(plan.Layout().Init(rng), network.Options{Batch: 32})
	if err != nil {
		panic(err)
	}
	batch := network.Batch{Images: make([]float32, 32*64), Labels: make([]int, 32)}
	for i := range batch.Labels {
		batch.Labels[i] = i % 2
		for j := range 64 {
			batch.Images[i*64+j] = float32(rng.NormFloat64() + float64(2*batch.Labels[i]-1))
		}
	}
	solver := &gnn.Adam{LearningRate: 0.01}
	for range 20 {
		if _, err := net.Gradient(batch, 0); err != nil {
			panic(err)
		}
		if err := solver.Step(net.Learned()); err != nil {
			panic(err)
		}
	}
	report, err := net.Measure(batch, network.Trial)
	if err != nil {
		panic(err)
	}
	fmt.Println(report.Correct, "of", len(batch.Labels), "images")
	// Output:
	// 8158 parameters, 61730 multiplications per image
	// 32 of 32 images
}

// A user-defined design adds a convolution for each node of a chain.
func ExampleDesignFunc() {
	design := network.DesignFunc(func(b *network.Builder, a searchspace.Arch) (network.Value, error) {
		x := b.Images()
		for node := range a.Part(0).Len() {
			layer := b.In("node%d", node)
			x = layer.ReLU(layer.BatchNorm("norm", layer.Conv("conv", x, 8, network.Kernel{Size: 3})))
		}
		return b.Linear("head", b.GlobalAvgPool(x), b.Classes()), nil
	})
	chain, err := searchspace.NewDAG("chain", 2, nil, []searchspace.Edge{{From: 0, To: 1}})
	if err != nil {
		panic(err)
	}
	plan, err := network.NewPlan(design, searchspace.NewArch(chain), network.Input{Channels: 1, Height: 8, Width: 8, Classes: 2})
	if err != nil {
		panic(err)
	}
	for _, p := range plan.Layout().Parameters() {
		fmt.Println(p.Name, p.Shape)
	}
	// Output:
	// node0.conv.weight [3 3 1 8]
	// node0.norm.weight [8]
	// node0.norm.bias [8]
	// node1.conv.weight [3 3 8 8]
	// node1.norm.weight [8]
	// node1.norm.bias [8]
	// head.weight [8 2]
	// head.bias [2]
}

// Load reads a network that another program has saved, and PredictImage classifies a picture with it.
func ExampleLoad() {
	classifier, err := network.Load(bytes.NewReader(savedNetwork())) // or os.Open
	if err != nil {
		panic(err)
	}
	picture, err := png.Decode(bytes.NewReader(picture())) // or image.Decode
	if err != nil {
		panic(err)
	}
	ranking, err := classifier.PredictImage(picture)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s with a probability of %.2f\n", ranking[0].Class, ranking[0].Probability)
	// Output:
	// bright with a probability of 0.88
}

// savedNetwork returns the file of a network that compares the mean of a picture with 128.
func savedNetwork() []byte {
	design := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		return b.Linear("head", b.GlobalAvgPool(b.Images()), b.Classes()), nil
	})
	plan, err := network.NewPlan(design, searchspace.Arch{}, network.Input{Channels: 1, Height: 4, Width: 4, Classes: 2})
	if err != nil {
		panic(err)
	}
	weights := plan.Layout().Init(rand.New(rand.NewPCG(1, 1)))
	copy(weights.Of("head.weight"), []float32{-1, 1})
	copy(weights.Of("head.bias"), []float32{0, 0})
	var file bytes.Buffer
	if err := network.Save(&file, &network.Classifier{
		Plan: plan, Weights: weights, Classes: []string{"dark", "bright"},
		Normalization: dataset.Normalization{Mean: []float32{128}, Deviation: []float32{72}},
	}); err != nil {
		panic(err)
	}
	return file.Bytes()
}

// picture returns a PNG file of 4×4 pixels.
func picture() []byte {
	img := image.NewGray(image.Rect(0, 0, 4, 4))
	for i := range img.Pix {
		img.Pix[i] = 200
	}
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		panic(err)
	}
	return file.Bytes()
}
