package oracle_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Two cells of NAS-Bench-201 are trained on handwritten digits: one with convolutions, and one without a path from input to output.
func Example() {
	ctx := context.Background()
	data, err := dataset.Digits()
	if err != nil {
		panic(err)
	}
	valid, train, err := data.Train.Split(1, 300)
	if err != nil {
		panic(err)
	}
	images, err := oracle.NewImages(ctx, train, valid, nil)
	if err != nil {
		panic(err)
	}
	scores, err := oracle.New(oracle.Config{
		Design: network.NASBench201{Channels: 4, Cells: 1},
		Images: images,
		Recipe: oracle.Recipe{Epochs: 4, Batch: 32},
	})
	if err != nil {
		panic(err)
	}
	for _, text := range []string{
		"|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_1x1~2|",
		"|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|none~2|",
	} {
		cell, err := searchspace.NASBench201{}.Parse(text)
		if err != nil {
			panic(err)
		}
		result, err := scores.Evaluate(ctx, cell)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%.0f parameters, more than 90 %% right: %t\n", result.Metrics[oracle.Params], result.Value > 90)
	}
	// Output:
	// 11374 parameters, more than 90 % right: true
	// 10982 parameters, more than 90 % right: false
}

// A network is trained epoch by epoch, and its weights are kept.
func ExampleTraining() {
	ctx := context.Background()
	data, err := dataset.Digits()
	if err != nil {
		panic(err)
	}
	valid, train, err := data.Train.Split(1, 300)
	if err != nil {
		panic(err)
	}
	images, err := oracle.NewImages(ctx, train, valid, nil)
	if err != nil {
		panic(err)
	}
	design := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		x := b.ReLU(b.BatchNorm("norm", b.Conv("conv", b.Images(), 8, network.Kernel{Size: 3})))
		return b.Linear("head", b.GlobalAvgPool(x), b.Classes()), nil
	})
	plan, err := network.NewPlan(design, searchspace.Arch{}, images.Input())
	if err != nil {
		panic(err)
	}
	training, err := oracle.NewTraining(plan, images, oracle.Recipe{Epochs: 3}, oracle.Options{Seed: 1})
	if err != nil {
		panic(err)
	}
	for !training.Done() {
		if err := training.Epoch(ctx); err != nil {
			panic(err)
		}
		p := training.Progress()
		fmt.Println("epoch", p.Epoch, "better than guessing:", p.Train.Accuracy > 10)
	}
	weights := training.Network().Weights()
	fmt.Println(len(weights.Of("conv.weight")), "weights of the convolution")
	// Output:
	// epoch 1 better than guessing: true
	// epoch 2 better than guessing: true
	// epoch 3 better than guessing: true
	// 72 weights of the convolution
}

// A trained network is saved, so that another program can use it.
func ExampleTraining_Classifier() {
	ctx := context.Background()
	data, err := dataset.Digits()
	if err != nil {
		panic(err)
	}
	test, train, err := data.Train.Split(1, 300)
	if err != nil {
		panic(err)
	}
	images, err := oracle.NewImages(ctx, train, test, nil)
	if err != nil {
		panic(err)
	}
	design := network.DesignFunc(func(b *network.Builder, _ searchspace.Arch) (network.Value, error) {
		x := b.ReLU(b.BatchNorm("norm1", b.Conv("conv1", b.Images(), 8, network.Kernel{Size: 3})))
		x = b.ReLU(b.BatchNorm("norm2", b.Conv("conv2", x, 16, network.Kernel{Size: 3, Stride: 2})))
		return b.Linear("head", b.GlobalAvgPool(x), b.Classes()), nil
	})
	plan, err := network.NewPlan(design, searchspace.Arch{}, images.Input())
	if err != nil {
		panic(err)
	}
	training, err := oracle.NewTraining(plan, images, oracle.Recipe{Epochs: 6, Batch: 32}, oracle.Options{Seed: 1})
	if err != nil {
		panic(err)
	}
	if err := training.Run(ctx); err != nil {
		panic(err)
	}
	var file bytes.Buffer
	if err := network.Save(&file, training.Classifier(data.Classes)); err != nil {
		panic(err)
	}

	// Another program needs only the file and the pixels of a picture.
	reader, err := network.Load(&file)
	if err != nil {
		panic(err)
	}
	right, pixels := 0, make([]uint8, 64)
	for i, label := range test.Labels() {
		if err := test.Read(i, pixels); err != nil {
			panic(err)
		}
		ranking, err := reader.Predict(pixels)
		if err != nil {
			panic(err)
		}
		if ranking[0].Label == label {
			right++
		}
	}
	fmt.Println("more than 270 of 300 digits are read:", right > 270)
	// Output:
	// more than 270 of 300 digits are read: true
}
