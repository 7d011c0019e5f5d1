package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
)

// strategies search without a generator that learns.
var strategies = map[string]rl.Strategy{
	"random":    rl.RandomSearch{},
	"evolution": rl.RegularizedEvolution{},
	"local":     rl.LocalSearch{},
	"process":   rl.GaussianProcess{},
}

// searcher is what an rl.Trainer and an rl.Search have in common.
type searcher interface {
	Run(context.Context) (*rl.History, error)
}

// newSearcher wires the method to the evaluator. The model is nil where nothing learns.
func newSearcher(o options, config rl.Config, eval evaluator.Evaluator) (searcher, generator.Model, error) {
	if strategy, ok := strategies[o.method]; ok {
		budget := rl.Config{Seed: config.Seed, Evaluations: config.Evaluations, OnRound: config.OnRound}
		search, err := rl.NewSearch(space, strategy, eval, budget)
		return search, nil, err
	}
	model, err := newModel(o)
	if err != nil {
		return nil, nil, err
	}
	trainer, err := rl.NewTrainer(model, eval, config)
	return trainer, model, err
}

// newModel makes the generator that the method trains. The trainer draws the weights from its own seed.
func newModel(o options) (generator.Model, error) {
	rng := rand.New(rand.NewPCG(0, 0))
	switch o.method {
	case "graphpnas":
		return generator.NewGRAN(space, generator.Config{Form: forms[o.form]}, rng)
	case "lstm":
		return generator.NewLSTM(space, generator.LSTMConfig{}, rng)
	}
	return nil, fmt.Errorf("unknown method %q: there are graphpnas, lstm, random, evolution, local and process", o.method)
}
