package main

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
)

// seeds is the number of training runs of each function, with seeds 0, 1, …
const seeds = 2

// How the digits are divided, and how many shifted copies of each validation and test image there
// are.
const (
	trainImages, validImages = 500, 600 // the rest are test images
	copies                   = 3
	shift                    = 2 // pixels, also for training images
	divisionSeed             = 1
)

// design is the network of NAS-Bench-201 with 8 channels and one cell per stage instead of 16
// channels and five cells.
var design = network.NASBench201{Channels: 8, Cells: 1}

// recipe has a small batch and a rate near the largest at which most cells learn, so that
// differences between cells reflect how well they can be trained more than luck. At lower rates,
// the better half of the cells are equal within the variation between seeds.
var recipe = oracle.Recipe{Epochs: 12, Batch: 8, LearningRate: 0.15, WarmUp: 0.3, Momentum: 0.9, WeightDecay: 5e-4, Pad: shift}

// openImages divides and shifts the digits. Validation and test images are shifted like training
// images, because nearly every cell recognizes centered digits too well.
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

// newOracle returns an oracle that trains with one seed.
func newOracle(images *oracle.Images, seed uint64) (*oracle.Oracle, error) {
	return oracle.New(oracle.Config{Design: design, Images: images, Recipe: recipe, Seeds: []uint64{seed}, Test: true})
}

// objective returns a name for the training runs with a seed that contains everything they depend on.
func objective(seed uint64) string {
	return fmt.Sprintf("UCI digits, %d/%d images, %d copies shifted by %d, division %d; %+v; %+v; seed %d",
		trainImages, validImages, copies, shift, divisionSeed, design, recipe, seed)
}
