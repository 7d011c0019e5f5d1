package supernet

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
)

// openImages prepares the training and validation batches.
func (s *Supernet) openImages() error {
	images, r := s.config.Images, &s.config.Recipe
	if images == nil || images.Train == nil || images.Valid == nil || images.Train.Len() == 0 || images.Valid.Len() == 0 {
		return errors.New("Config.Images must have training and validation images")
	}
	if train, valid := images.Train, images.Valid; train.Shape() != valid.Shape() || train.Classes() != valid.Classes() {
		return fmt.Errorf("validation images are %v in %d classes, but training images are %v in %d", valid.Shape(), valid.Classes(),
			train.Shape(), train.Classes())
	}
	r.Batch = min(r.Batch, images.Train.Len())
	s.train = &batches{
		set: images.Train, normalization: images.Normalization, seed: s.config.Seed, epoch: -1,
		config: dataset.StreamConfig{Batch: r.Batch, Seed: s.config.Seed ^ uint64(domain), Pad: r.Pad, Flip: r.Flip},
	}
	if _, err := s.train.stream(0); err != nil {
		return err
	}
	return s.cutValidation()
}

// cutValidation divides the validation images into batches of nearly equal size, in random order, so that each batch contains all
// classes whatever the order of the set. The batches should be alike because batch normalization uses the moments of each batch.
func (s *Supernet) cutValidation() error {
	images, size := s.config.Images, s.config.Recipe.Batch
	n := images.Valid.Len()
	order := domain.Stream(s.config.Seed, 0, forValid).Perm(n)
	count := (n + size - 1) / size
	for i := range count {
		part, err := images.Valid.Subset(order[i*n/count : (i+1)*n/count])
		if err != nil {
			return err
		}
		stream, err := dataset.NewStream(part, images.Normalization, dataset.StreamConfig{Batch: size})
		if err != nil {
			return err
		}
		s.valid = append(s.valid, stream)
	}
	return nil
}

// batches provides one batch of training images per step.
type batches struct {
	set           *dataset.Set
	normalization dataset.Normalization
	config        dataset.StreamConfig
	seed          uint64
	epoch         int // the epoch of the current order
	order         []int
}

// epochSteps returns the number of batches in an epoch.
func (b *batches) epochSteps() int { return b.set.Len() / b.config.Batch }

// stream returns a stream of the single batch of a step. A stream of the whole epoch would have to
// stay open between calls of Train, and would save only the preparation of a batch, a hundredth of
// a step.
func (b *batches) stream(step int) (*dataset.Stream, error) {
	if epoch := step / b.epochSteps(); epoch != b.epoch {
		b.epoch, b.order = epoch, domain.Stream(b.seed, epoch, forEpoch).Perm(b.set.Len())
	}
	size := b.config.Batch
	first := step % b.epochSteps() * size
	part, err := b.set.Subset(b.order[first : first+size])
	if err != nil {
		return nil, err
	}
	return dataset.NewStream(part, b.normalization, b.config)
}

// withBatch calls do with the single batch of a stream. If the images cannot be read, the error
// wraps evaluator.ErrBroken, because it affects all architectures.
func withBatch(ctx context.Context, s *dataset.Stream, number int, do func(network.Batch) error) error {
	for batch, err := range s.Epoch(ctx, number) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", evaluator.ErrBroken, err)
		}
		if err := do(network.Batch{Images: batch.Images, Labels: batch.Labels}); err != nil {
			return err
		}
	}
	return nil
}
