package oracle

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
)

// Images are the images for training and measuring networks. They are safe for concurrent use.
type Images struct {
	// Train contains the training images. Valid contains the validation images, whose accuracy is the objective of a search.
	Train, Valid *dataset.Set
	// Test contains the images for the final measurement. It may be nil.
	Test *dataset.Set
	// Normalization is the normalization of Train.
	Normalization dataset.Normalization
}

// NewImages returns the images with the normalization of the training images, which it reads completely. All sets must have the same
// shape and number of classes. test may be nil.
func NewImages(ctx context.Context, train, valid, test *dataset.Set) (*Images, error) {
	i := &Images{Train: train, Valid: valid, Test: test}
	if err := i.check(); err != nil {
		return nil, err
	}
	var err error
	i.Normalization, err = dataset.MeasureNormalization(ctx, train)
	return i, err
}

func (i *Images) check() error {
	if i == nil || i.Train == nil || i.Valid == nil {
		return errors.New("Images.Train and Images.Valid must not be nil")
	}
	sets := map[string]*dataset.Set{"training": i.Train, "validation": i.Valid}
	if i.Test != nil {
		sets["test"] = i.Test
	}
	for name, set := range sets {
		if set.Len() == 0 {
			return fmt.Errorf("there must be at least one %s image", name)
		}
		if set.Shape() != i.Train.Shape() || set.Classes() != i.Train.Classes() {
			return fmt.Errorf("%s images are %v in %d classes, but training images are %v in %d", name, set.Shape(), set.Classes(),
				i.Train.Shape(), i.Train.Classes())
		}
	}
	return nil
}

// Input returns the input of networks for the images.
func (i *Images) Input() network.Input {
	shape := i.Train.Shape()
	return network.Input{Channels: shape.Channels, Height: shape.Height, Width: shape.Width, Classes: i.Train.Classes()}
}

// trainedOn returns the fraction of the training images that a recipe uses, and a stream of them. If there are fewer images than
// Recipe.Batch, they form one batch.
func (i *Images) trainedOn(r *Recipe, seed uint64) (*dataset.Set, *dataset.Stream, error) {
	train := i.Train
	if r.Fraction < 1 {
		n := int(r.Fraction * float64(train.Len()))
		if n == 0 {
			return nil, nil, fmt.Errorf("Recipe.Fraction is too small: %v of %d images is less than one image", r.Fraction, train.Len())
		}
		var err error
		if train, err = i.Train.Subset(share(i.Train.Labels(), n)); err != nil {
			return nil, nil, err
		}
	}
	r.Batch = min(r.Batch, train.Len())
	stream, err := dataset.NewStream(train, i.Normalization, dataset.StreamConfig{
		Batch: r.Batch, DropLast: true, Shuffle: true, Seed: seed, Pad: r.Pad, Flip: r.Flip,
	})
	return train, stream, err
}
