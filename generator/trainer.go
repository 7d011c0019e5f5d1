package generator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/internal/descent"
)

// trainer trains one network on architectures in the form T. It is compiled once and serves every batch, and every fresh
// start.
type trainer[T any] struct {
	loss    *batchLoss[T]
	program *descent.Program
}

func newTrainer[T any](l learner[T], flat []float32) (*trainer[T], error) {
	loss := &batchLoss[T]{learner: l}
	program, err := descent.New(loss, flat)
	if err != nil {
		return nil, err
	}
	return &trainer[T]{loss, program}, nil
}

// checkFit refuses what no model can learn from.
func checkFit(data []Example, o FitOptions) error {
	if len(data) == 0 {
		return errors.New("no architectures")
	}
	for _, x := range data {
		if math.IsNaN(x.Weight) || math.IsInf(x.Weight, 0) {
			return fmt.Errorf("%v: %w: weight %v", x.Arch, ErrNotFinite, x.Weight)
		}
	}
	return o.Validate()
}

// fit makes o.Epochs passes over the data in shuffled batches.
func (t *trainer[T]) fit(ctx context.Context, rng *rand.Rand, data []T, o FitOptions, report *FitReport) error {
	size := o.BatchSize
	if size == 0 {
		size = 2
	}
	epochs := max(o.Epochs, 1)
	t.program.Adam.LearningRate, t.program.Adam.ClipNorm = o.LearningRate, o.ClipNorm
	t.loss.objective = objective{
		masked: o.Loss == LogLikelihood, paper: o.Loss == PaperLoss, entropy: o.Entropy, temperature: 1,
	}
	for epoch := range epochs {
		rng.Shuffle(len(data), func(i, j int) { data[i], data[j] = data[j], data[i] })
		var total float64
		for start := 0; start < len(data); start += size {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			t.loss.batch = data[start:min(start+size, len(data))]
			if err := t.program.Run(); err != nil {
				return fmt.Errorf("epoch %d: %w", epoch, err)
			}
			if err := t.program.Descend(); err != nil {
				return fmt.Errorf("epoch %d: %w", epoch, err)
			}
			report.Steps++
			total += t.loss.value * float64(len(t.loss.batch))
		}
		if epoch == 0 {
			report.FirstLoss += total / float64(len(data))
		}
		if epoch == epochs-1 {
			report.LastLoss += total / float64(len(data))
		}
	}
	return nil
}
