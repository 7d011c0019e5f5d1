package main

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
)

// seeds is how many trainings a function has, by the seeds 0, 1, …
const seeds = 2

// How the digits are divided, and how often each of those that are measured on is there, each time shifted otherwise.
const (
	trainImages, validImages = 500, 600 // the others are test images
	copies                   = 3
	shift                    = 2 // pixels, of training images too
	divisionSeed             = 1
)

// design is NAS-Bench-201's network at 8 channels with one cell a stage instead of 16 channels and five cells.
var design = network.NASBench201{Channels: 8, Cells: 1}

// recipe has a small batch and a rate that is near the largest with which most cells learn: it tells cells apart by how
// well they can be trained, more than by luck. At gentler ones the better half of the cells are equal but for the seed.
var recipe = oracle.Recipe{Epochs: 12, Batch: 8, LearningRate: 0.15, WarmUp: 0.3, Momentum: 0.9, WeightDecay: 5e-4, Pad: shift}

// openImages divides and shifts the digits. Those to measure on are shifted as those to train on are: digits in their
// places are recognized too well by nearly every cell.
func openImages(ctx context.Context) (*oracle.Images, error) {
	digits, err := dataset.Digits()
	if err != nil {
		return nil, err
	}
	train, rest, err := digits.Train.Split(divisionSeed, trainImages)
	if err != nil {
		return nil, err
	}
	valid, test, err := rest.Split(divisionSeed, validImages)
	if err != nil {
		return nil, err
	}
	if valid, err = shifted(valid, forValid); err != nil {
		return nil, err
	}
	if test, err = shifted(test, forTest); err != nil {
		return nil, err
	}
	return oracle.NewImages(ctx, train, valid, test)
}

// newOracle makes what trains with one seed.
func newOracle(images *oracle.Images, seed uint64) (*oracle.Oracle, error) {
	return oracle.New(oracle.Config{Design: design, Images: images, Recipe: recipe, Seeds: []uint64{seed}, Test: true})
}

// objective names the trainings with a seed by all that they follow from.
func objective(seed uint64) string {
	return fmt.Sprintf("UCI digits, %d/%d images, %d copies shifted by %d, division %d; %+v; %+v; seed %d",
		trainImages, validImages, copies, shift, divisionSeed, design, recipe, seed)
}
