package dataset

import (
	"context"
	"fmt"
	"iter"
)

// StreamConfig says what a [Stream] makes of a set. With Batch alone it is a plain pass for measuring.
type StreamConfig struct {
	// Batch is how many images a batch has, at least 1. The last one of an epoch has what is left.
	Batch int

	// DropLast leaves out the last batch if it is smaller than the others: with Shuffle, other images in every epoch.
	DropLast bool

	// Shuffle has every epoch see the images in an order of its own, and not in that of the set.
	Shuffle bool

	// Seed is what the order and the augmentation of an epoch follow from, together with its number.
	Seed uint64

	// Pad shifts every image at random by up to so many rows and columns either way; black, which is pixels of 0, comes in.
	// It is also known as padding and a random crop; 4 is usual for images of 32×32. It is less than an image's sides.
	Pad int

	// Flip mirrors every image left to right with probability a half.
	Flip bool
}

// Stream makes batches of a set, epoch after epoch. It is safe for concurrent use.
type Stream struct {
	set    *Set
	config StreamConfig
	tables [][256]float32 // of each channel, what a byte becomes
}

// NewStream makes a stream of the images of a set, normalized as said: by the training set's [MeasureNormalization], also
// where another set is measured on. The error says what of its arguments cannot be.
func NewStream(set *Set, normalization Normalization, config StreamConfig) (*Stream, error) {
	switch {
	case config.Batch < 1:
		return nil, fmt.Errorf("batches of %d images", config.Batch)
	case set.Len() == 0:
		return nil, fmt.Errorf("a stream: %w", errEmpty)
	case config.DropLast && set.Len() < config.Batch:
		return nil, fmt.Errorf("%d images are no batch of %d, and smaller ones are dropped", set.Len(), config.Batch)
	case config.Pad < 0 || config.Pad >= min(set.shape.Height, set.shape.Width):
		return nil, fmt.Errorf("padding of %d for images of %v", config.Pad, set.shape)
	}
	tables, err := normalization.tables(set.shape.Channels)
	if err != nil {
		return nil, fmt.Errorf("a normalization: %w", err)
	}
	return &Stream{set, config, tables}, nil
}

// Batches returns how many batches an epoch has.
func (s *Stream) Batches() int {
	n := s.set.Len() / s.config.Batch
	if !s.config.DropLast && s.set.Len()%s.config.Batch != 0 {
		n++
	}
	return n
}

// Batch is some images of an epoch.
type Batch struct {
	// Images are the normalized images one after the other, N×C×H×W: Images[i*size:(i+1)*size] is image i, where size is that
	// of the set's shape.
	Images []float32

	// Labels are the images' labels.
	Labels []int

	// Indices are the images' numbers in the set.
	Indices []int
}

// Epoch returns the batches of an epoch. They follow from the set, the configuration and the epoch's number, of which any
// will do: a training that goes on from epoch e, or that repeats it, sees what one without a break sees.
//
// Goroutines of the epoch, as many as there are processors, prepare the next batches while one is in use, and have ended
// when the loop over it has. A batch's slices are filled again after the loop's body: copy what is to last.
//
// An image that cannot be read and the end of ctx are errors, after which there are no more batches.
func (s *Stream) Epoch(ctx context.Context, epoch int) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		p := s.start(ctx, epoch)
		defer p.stop()
		for number := range s.Batches() {
			batch, err := p.next(number)
			if err != nil {
				yield(Batch{}, fmt.Errorf("epoch %d, batch %d: %w", epoch, number, err))
				return
			}
			if !yield(batch, nil) {
				return
			}
		}
	}
}
