package rl

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
)

// Trainer runs a search: round after round it draws architectures, from the generator or the explorer, has them
// evaluated, and lets the learner train the generator.
type Trainer struct {
	model     generator.Model
	evaluator evaluator.Evaluator
	config    Config
}

// NewTrainer wires a generator to an evaluator. Whatever weights the model has, a search starts it afresh from the seed.
func NewTrainer(m generator.Model, e evaluator.Evaluator, c Config) (*Trainer, error) {
	if m == nil || e == nil {
		return nil, errors.New("a search needs a model and an evaluator")
	}
	c, err := c.withDefaults(m)
	if err != nil {
		return nil, fmt.Errorf("configuring a search: %w", err)
	}
	return &Trainer{model: m, evaluator: e, config: c}, nil
}

// Run searches until a budget is spent, the callback stops it, nothing new is found, ctx ends, or something breaks. It
// always returns the history so far, also together with an error, and leaves the model trained on all of it where there
// is none. An evaluation's failure is no error, unless the evaluator says that it is broken or not one evaluation has
// succeeded.
func (t *Trainer) Run(ctx context.Context) (*History, error) {
	s := newSearch(t.model.Space(), t.evaluator, t.config)
	s.model = t.model
	s.model.Reset(s.rand(forFit))
	return s.run(ctx)
}
