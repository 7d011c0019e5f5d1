package oracle

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
)

// Images are what networks are trained and measured on. They are safe for concurrent use.
type Images struct {
	// Train is what is trained on, Valid what accuracy is measured on, which is a search's objective.
	Train, Valid *dataset.Set
	// Test is for measuring what has been found. nil: there is none.
	Test *dataset.Set
	// Normalization is that of Train.
	Normalization dataset.Normalization
}

// NewImages measures the normalization of the training images, which reads all of them. Sets must be of one shape and have
// the same classes; test may be nil.
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
		return errors.New("no images to train or to validate on")
	}
	sets := map[string]*dataset.Set{"training": i.Train, "validation": i.Valid}
	if i.Test != nil {
		sets["test"] = i.Test
	}
	for name, set := range sets {
		if set.Len() == 0 {
			return fmt.Errorf("no %s images", name)
		}
		if set.Shape() != i.Train.Shape() || set.Classes() != i.Train.Classes() {
			return fmt.Errorf("%s images are %v in %d classes, training images %v in %d", name, set.Shape(), set.Classes(),
				i.Train.Shape(), i.Train.Classes())
		}
	}
	return nil
}

// Input is what networks for the images take.
func (i *Images) Input() network.Input {
	shape := i.Train.Shape()
	return network.Input{Channels: shape.Channels, Height: shape.Height, Width: shape.Width, Classes: i.Train.Classes()}
}

// trainedOn returns the share of the training images that a recipe wants, and has them streamed, in batches of no more than
// there are.
func (i *Images) trainedOn(r *Recipe, seed uint64) (*dataset.Set, *dataset.Stream, error) {
	train := i.Train
	if r.Fraction < 1 {
		n := int(r.Fraction * float64(train.Len()))
		if n == 0 {
			return nil, nil, fmt.Errorf("a fraction of %v is none of %d images", r.Fraction, train.Len())
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
