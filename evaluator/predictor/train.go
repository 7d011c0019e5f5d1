package predictor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrNoExamples is wrapped by Train's error where there is nothing to learn from.
var ErrNoExamples = errors.New("no examples")

// Example is an architecture with its recorded value, in whatever unit.
type Example struct {
	Arch  searchspace.Arch
	Value float64
}

// Train learns to predict the values of architectures of a space. An architecture may stand in the data several times,
// with different values.
//
// The error wraps [ErrNoExamples] where there is no data, evaluator.ErrNotFinite where a value is NaN or infinite,
// searchspace.ErrInvalid where an architecture is no member of the space, and the cause of ctx where that has ended,
// upon which the training stops within a step.
func Train(ctx context.Context, space searchspace.Space, data []Example, c Config) (*Predictor, error) {
	p, err := train(ctx, space, data, c)
	if err != nil {
		return nil, fmt.Errorf("training a predictor: %w", err)
	}
	return p, nil
}

func train(ctx context.Context, space searchspace.Space, data []Example, c Config) (*Predictor, error) {
	if len(data) == 0 {
		return nil, ErrNoExamples
	}
	c, err := c.withDefaults(len(data))
	if err != nil {
		return nil, err
	}
	e, err := newEncoder(space)
	if err != nil {
		return nil, err
	}
	targets, scale, err := e.targets(data)
	if err != nil {
		return nil, err
	}
	p := &Predictor{encoder: e, net: newNetwork(e, c.Hidden, c.Layers), scale: scale, params: make([][]float32, c.Networks)}
	errs := make([]error, c.Networks)
	parallel.Do(c.Networks, func(i int) {
		rng := rand.New(rand.NewPCG(c.Seed, uint64(i)))
		p.params[i], errs[i] = trainNetwork(ctx, p.net, slices.Clone(targets), c.Epochs, rng)
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

// targets encodes the examples and puts their values to scale.
func (e *encoder) targets(data []Example) ([]target, *scale, error) {
	targets, values := make([]target, len(data)), make([]float64, len(data))
	for i, x := range data {
		if math.IsNaN(x.Value) || math.IsInf(x.Value, 0) {
			return nil, nil, fmt.Errorf("example %d [%v]: %w: %v", i, x.Arch, evaluator.ErrNotFinite, x.Value)
		}
		var err error
		if targets[i].graph, err = e.encode(x.Arch); err != nil {
			return nil, nil, fmt.Errorf("example %d: %w", i, err)
		}
		values[i] = x.Value
	}
	scale := newScale(values)
	for i, v := range values {
		targets[i].score = float32(scale.score(v))
	}
	return targets, scale, nil
}
