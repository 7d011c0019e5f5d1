package train

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/parallel"
)

// Trainer trains one network. Its program is compiled once and is used for all batches, even after
// a Reset.
type Trainer[T any] struct {
	// Loss is the loss that the trainer minimizes, on the last batch.
	Loss    *Loss[T]
	params  []float32
	program *Program
}

// New returns a trainer of the parameters in params, which it changes in place.
func New[T any](o Objective[T], params []float32) (*Trainer[T], error) {
	loss := &Loss[T]{Objective: o}
	program, err := NewProgram(loss, params)
	if err != nil {
		return nil, err
	}
	return &Trainer[T]{Loss: loss, params: params, program: program}, nil
}

// Reset clears the optimizer state. Call it when the parameters have been reinitialized.
func (t *Trainer[T]) Reset() { t.program.Reset() }

// Options configures a training run.
type Options struct {
	Epochs       int     // passes over the data, at least 1
	BatchSize    int     // examples per step, at least 1
	LearningRate float64 // 0 means Adam's default
	// Schedule returns the learning rate for the fraction of the steps done, from 0 to 1. If nil,
	// LearningRate is used throughout.
	Schedule func(done float64) float64
	// WeightDecay shrinks the parameters by the learning rate times WeightDecay in every step,
	// independently of the gradient (Loshchilov & Hutter 2019, arXiv 1711.05101). It requires a
	// Schedule or a LearningRate.
	WeightDecay float64
	// ClipNorm is the maximum Euclidean norm of the gradient. Zero means no limit.
	ClipNorm float64
	// Pace runs the steps of a caller that has called parallel.Warm; it may be nil.
	Pace *parallel.Pace
}

// Report describes a training run.
type Report struct {
	Steps int
	// FirstLoss and LastLoss are the mean losses of the first and the last epoch.
	FirstLoss, LastLoss float64
}

// Fit trains on the data in batches. It shuffles data in place at the start of each epoch, and
// continues from the current optimizer state. If ctx ends, it stops between two steps and returns
// the cause. The Report covers the steps made, even if there is an error.
func (t *Trainer[T]) Fit(ctx context.Context, rng *rand.Rand, data []T, o Options) (Report, error) {
	var r Report
	adam := &t.program.Adam
	adam.LearningRate, t.program.ClipNorm = o.LearningRate, o.ClipNorm
	steps := float64(o.Epochs) * float64((len(data)+o.BatchSize-1)/o.BatchSize)
	for epoch := range o.Epochs {
		rng.Shuffle(len(data), func(i, j int) { data[i], data[j] = data[j], data[i] })
		var total float64
		for start := 0; start < len(data); start += o.BatchSize {
			if ctx.Err() != nil {
				return r, context.Cause(ctx)
			}
			t.Loss.Batch = data[start:min(start+o.BatchSize, len(data))]
			if o.Schedule != nil {
				adam.LearningRate = o.Schedule((float64(r.Steps) + 0.5) / steps)
			}
			if err := o.Pace.Run(func() error { return t.step(o.WeightDecay) }); err != nil {
				return r, fmt.Errorf("epoch %d: %w", epoch, err)
			}
			r.Steps++
			total += t.Loss.Value * float64(len(t.Loss.Batch))
		}
		if epoch == 0 {
			r.FirstLoss = total / float64(len(data))
		}
		if epoch == o.Epochs-1 {
			r.LastLoss = total / float64(len(data))
		}
	}
	return r, nil
}

// step updates the parameters once by the gradient on the current batch.
func (t *Trainer[T]) step(weightDecay float64) error {
	if err := t.program.Run(); err != nil {
		return err
	}
	if weightDecay != 0 {
		f32.Scale(float32(1-t.program.Adam.LearningRate*weightDecay), t.params)
	}
	t.program.Step()
	return nil
}
