package main

import (
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
)

// The purposes of the random shifts.
const (
	forValid uint64 = iota
	forTest
)

// shifted returns several copies of every image of a set, each shifted at random by up to shift
// rows and columns in either direction, filled with black.
func shifted(set *dataset.Set, purpose uint64) (*dataset.Set, error) {
	rng := rand.New(rand.NewPCG(divisionSeed, purpose))
	shape := set.Shape()
	image := make([]uint8, shape.Size())
	var pixels []uint8
	var labels []int
	for i, label := range set.Labels() {
		if err := set.Read(i, image); err != nil {
			return nil, err
		}
		for range copies {
			down, right := rng.IntN(2*shift+1)-shift, rng.IntN(2*shift+1)-shift
			pixels = append(pixels, moved(image, shape, down, right)...)
			labels = append(labels, label)
		}
	}
	return dataset.NewSet(shape, set.Classes(), pixels, labels)
}

// moved returns an image with one channel, shifted by the given number of rows and columns.
func moved(image []uint8, shape dataset.Shape, down, right int) []uint8 {
	to := make([]uint8, len(image))
	for row := max(0, down); row < min(shape.Height, shape.Height+down); row++ {
		for column := max(0, right); column < min(shape.Width, shape.Width+right); column++ {
			to[row*shape.Width+column] = image[(row-down)*shape.Width+column-right]
		}
	}
	return to
}
