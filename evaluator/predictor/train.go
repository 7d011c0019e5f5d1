package predictor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/internal/halt"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/internal/seed"
	"github.com/graphpnas/graphpnas/internal/train"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrNoExamples is wrapped by the error of [Train] if there are no examples.
var ErrNoExamples = errors.New("no examples")

// Example is an architecture with its recorded value, in any unit.
type Example struct {
	Arch  searchspace.Arch
	Value float64
}

// Train trains graph networks to predict the values of architectures of a space. The data may contain an architecture several times
// with different values. Save the result with [Predictor.Save].
//
// The error wraps [ErrNoExamples] if there is no data, evaluator.ErrNotFinite if a value is NaN or infinite, searchspace.ErrInvalid if
// an architecture is not in the space, and [ErrTooLarge] if the networks would need too much memory. If ctx ends, training stops within
// a step, and the error wraps context.Cause(ctx).
func Train(ctx context.Context, space searchspace.Space, data []Example, c Config) (*Predictor, error) {
	p, err := trainAll(ctx, space, data, c)
	if err != nil {
		return nil, fmt.Errorf("training a predictor: %w", err)
	}
	return p, nil
}

// trainAll trains all networks of a predictor.
func trainAll(ctx context.Context, space searchspace.Space, data []Example, c Config) (*Predictor, error) {
	e, err := newEncoder(space)
	if err != nil {
		return nil, err
	}
	scale, err := newScaleOf(space, data)
	if err != nil {
		return nil, err
	}
	c, err = c.withDefaults(len(data))
	if err != nil {
		return nil, err
	}
	targets, err := e.targets(data, scale)
	if err != nil {
		return nil, err
	}
	if err := c.checkMemory(e, targets); err != nil {
		return nil, err
	}
	m := &networks{encoder: e, net: newNetwork(e, c.Hidden, c.Layers), params: make([][]float32, c.Networks)}
	errs := make([]error, c.Networks)
	counter := steps{report: c.OnStep, all: c.Networks * c.Epochs * batches(len(data))}
	parallel.Do(c.Networks, func(i int) {
		m.params[i], errs[i] = trainNetwork(ctx, m.net, slices.Clone(targets), c.Epochs, domain.Replica(c.Seed, uint64(i)), counter.step)
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return &Predictor{space: space, scale: scale, model: m}, nil
}

// domain is 0, as in earlier versions, because recorded predictions depend on it.
const domain seed.Domain = 0

// steps counts the training steps of all networks.
type steps struct {
	report func(begun, all int) // may be nil
	all    int

	mu    sync.Mutex
	begun int
}

// step counts a step at its start.
func (s *steps) step() {
	if s.report == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report(s.begun, s.all)
	s.begun++
}

// trainNetwork returns the parameters of a network after the given number of passes over the data, which it shuffles. It
// calls onStep before each step.
func trainNetwork(ctx context.Context, net *network, data []target, epochs int, rng *rand.Rand, onStep func()) ([]float32, error) {
	params := make([]float32, net.layout.Size)
	net.layout.Init(params, rng)
	trainer, err := train.New(&objective{net: net, halt: halt.At(ctx)}, params)
	if err != nil {
		return nil, err
	}
	_, err = trainer.Fit(ctx, rng, data, train.Options{
		Epochs: epochs, BatchSize: batchSize, WeightDecay: weightDecay, ClipNorm: clipNorm,
		Schedule: func(done float64) float64 {
			onStep()
			return rateAt(done)
		},
	})
	if errors.Is(err, finite.ErrNotFinite) && ctx.Err() != nil {
		err = context.Cause(ctx) // the step was not finished
	}
	return params, err
}

// rateAt returns the learning rate after the given fraction of the training, from 0 to 1.
func rateAt(done float64) float64 {
	return learningRate * min(done/warmUp, 1) * (1 + math.Cos(math.Pi*done)) / 2
}

// newScaleOf returns the scale of the values of examples, which must be finite.
func newScaleOf(space searchspace.Space, data []Example) (*scale, error) {
	if len(data) == 0 {
		return nil, ErrNoExamples
	}
	values := make([]float64, len(data))
	for i, x := range data {
		if !finite.Is(x.Value) {
			return nil, fmt.Errorf("example %d [%s]: %w: %v", i, searchspace.Text(space, x.Arch), evaluator.ErrNotFinite, x.Value)
		}
		values[i] = x.Value
	}
	return newScale(values), nil
}

// targets encodes the examples and their scores.
func (e *encoder) targets(data []Example, s *scale) ([]target, error) {
	targets := make([]target, len(data))
	for i, x := range data {
		g, err := e.encode(x.Arch)
		if err != nil {
			return nil, fmt.Errorf("example %d: %w", i, err)
		}
		targets[i] = target{g, float32(s.score(x.Value))}
	}
	return targets, nil
}
