package dataset

import (
	"context"
	"fmt"
	"iter"
)

// StreamConfig configures a [Stream]. With only Batch set, a stream returns the images unchanged in order, as for measuring.
type StreamConfig struct {
	// Batch is the number of images in a batch, at least 1. The last batch of an epoch may be smaller.
	Batch int

	// DropLast drops the last batch of an epoch if it is smaller than the others. With Shuffle, different images are dropped in
	// each epoch.
	DropLast bool

	// Shuffle shuffles the images in each epoch.
	Shuffle bool

	// Seed is the seed of the shuffling and augmentation. They depend only on the seed and the number of the epoch.
	Seed uint64

	// Pad shifts every image at random by up to Pad rows and columns in each direction, and fills the border with zeros. This
	// is also known as padding with a random crop; 4 is usual for images of 32×32. Pad must be less than the sides of an image.
	Pad int

	// Flip mirrors every image left to right with probability 1/2.
	Flip bool
}

// Stream divides a set into batches, epoch by epoch. It is safe for concurrent use.
type Stream struct {
	set    *Set
	config StreamConfig
	tables [][256]float32 // for each channel, the normalized value of every byte
}

// NewStream returns a stream of the normalized images of a set. Use the normalization of the training set, from
// [MeasureNormalization], for all sets. NewStream returns an error if an argument is not valid.
func NewStream(set *Set, normalization Normalization, config StreamConfig) (*Stream, error) {
	switch {
	case config.Batch < 1:
		return nil, fmt.Errorf("StreamConfig.Batch must be at least 1, got %d", config.Batch)
	case set.Len() == 0:
		return nil, fmt.Errorf("streaming: %w", errEmpty)
	case config.DropLast && set.Len() < config.Batch:
		return nil, fmt.Errorf("StreamConfig.DropLast would drop all %d images, because Batch is %d", set.Len(), config.Batch)
	case config.Pad < 0 || config.Pad >= min(set.shape.Height, set.shape.Width):
		return nil, fmt.Errorf("StreamConfig.Pad must be from 0 to less than the sides of an image, got %d for images of %v", config.Pad, set.shape)
	}
	tables, err := normalization.tables(set.shape.Channels)
	if err != nil {
		return nil, fmt.Errorf("normalization: %w", err)
	}
	return &Stream{set, config, tables}, nil
}

// Batches returns the number of batches in an epoch.
func (s *Stream) Batches() int {
	n := s.set.Len() / s.config.Batch
	if !s.config.DropLast && s.set.Len()%s.config.Batch != 0 {
		n++
	}
	return n
}

// Batch is a batch of images.
type Batch struct {
	// Images contains the normalized images, N×C×H×W: Images[i*size:(i+1)*size] is image i, where size is the Size of the
	// set's shape.
	Images []float32

	// Labels contains the labels of the images.
	Labels []int

	// Indices contains the numbers of the images in the set.
	Indices []int
}

// Epoch iterates over the batches of an epoch. They depend only on the set, the configuration and the number
// of the epoch, which may be any integer. A training run that is resumed at an epoch, or repeats it,
// therefore sees the same batches.
//
// While one batch is in use, goroutines, one for each processor, prepare the next ones. They end
// with the loop. The slices of a batch are reused after the loop body; copy them to keep them.
//
// If an image cannot be read or ctx ends, Epoch yields an error and the iteration ends.
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
