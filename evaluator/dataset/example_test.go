package dataset_test

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

// A fifth of the embedded digits is held out for validation. The others are streamed in batches, in a different order in each
// epoch, and shifted at random by up to one pixel.
func Example() {
	ctx := context.Background()
	data, err := dataset.Digits()
	if err != nil {
		panic(err)
	}
	valid, train, err := data.Train.Split(1, data.Train.Len()/5)
	if err != nil {
		panic(err)
	}
	normalization, err := dataset.MeasureNormalization(ctx, train)
	if err != nil {
		panic(err)
	}
	stream, err := dataset.NewStream(train, normalization, dataset.StreamConfig{Batch: 500, Shuffle: true, Seed: 1, Pad: 1})
	if err != nil {
		panic(err)
	}
	fmt.Println(data.Name, "of", train.Shape(), "in", len(data.Classes), "classes")
	fmt.Println(train.Len(), "training images,", valid.Len(), "validation images, by class", valid.Counts())
	fmt.Printf("pixels: %.2f ± %.2f\n", normalization.Mean, normalization.Deviation)
	for epoch := range 2 {
		for batch, err := range stream.Epoch(ctx, epoch) {
			if err != nil {
				panic(err)
			}
			fmt.Println("epoch", epoch, "batch of", len(batch.Labels), "with", len(batch.Images), "numbers, labels",
				batch.Labels[:5], "…")
		}
	}
	// Output:
	// UCI digits of 1×8×8 in 10 classes
	// 1438 training images, 359 validation images, by class [36 36 35 37 36 36 36 36 35 36]
	// pixels: [4.88] ± [6.01]
	// epoch 0 batch of 500 with 32000 numbers, labels [9 3 6 6 9] …
	// epoch 0 batch of 500 with 32000 numbers, labels [1 1 7 4 3] …
	// epoch 0 batch of 438 with 28032 numbers, labels [7 9 9 6 3] …
	// epoch 1 batch of 500 with 32000 numbers, labels [7 6 7 5 6] …
	// epoch 1 batch of 500 with 32000 numbers, labels [1 6 9 7 5] …
	// epoch 1 batch of 438 with 28032 numbers, labels [7 8 4 1 1] …
}
