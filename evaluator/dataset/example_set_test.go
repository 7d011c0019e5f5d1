package dataset_test

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

// Four images of 2×2 pixels in two classes are kept in memory.
func ExampleNewSet() {
	shape := dataset.Shape{Channels: 1, Height: 2, Width: 2}
	pixels := []uint8{
		0, 0, 0, 0,
		255, 255, 255, 255,
		0, 0, 0, 1,
		255, 255, 255, 254,
	}
	set, err := dataset.NewSet(shape, 2, pixels, []int{0, 1, 0, 1})
	if err != nil {
		panic(err)
	}
	fmt.Println(set.Len(), "images of", set.Shape(), "with", set.Counts(), "per class")

	normalization, err := dataset.MeasureNormalization(context.Background(), set)
	fmt.Printf("%.1f ± %.1f %v\n", normalization.Mean, normalization.Deviation, err)
	// Output:
	// 4 images of 1×2×2 with [2 2] per class
	// [127.5] ± [127.4] <nil>
}

// Half of the embedded digits become the validation set. Both sets have the same share of each class.
func ExampleSet_Split() {
	digits, err := dataset.Digits()
	if err != nil {
		panic(err)
	}
	valid, train, err := digits.Train.Split(1, digits.Train.Len()/2)
	if err != nil {
		panic(err)
	}
	fmt.Println(valid.Counts())
	fmt.Println(train.Counts())
	// Output:
	// [89 91 89 91 90 91 90 90 87 90]
	// [89 91 88 92 91 91 91 89 87 90]
}
