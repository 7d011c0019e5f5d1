package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

var space = searchspace.NASBench101{}

// searcher is what an rl.Trainer and an rl.Search have in common.
type searcher interface {
	Run(context.Context) (*rl.History, error)
}

// method searches with the seed and the budget of a configuration.
type method struct {
	name string
	make func(evaluator.Evaluator, rl.Config) (searcher, error)
}

var methods = []method{
	{"graphpnas", learning(newGRAN(gran.PaperForm), rl.PresetNASBench101)},
	{"ranked", learning(newGRAN(gran.PaperForm), rl.PresetRanked)},
	{"causal", learning(newGRAN(gran.CausalForm), rl.PresetNASBench101)},
	{"lstm", learning(newLSTM, rl.PresetLSTM)},
	{"process", proposing(rl.GaussianProcess{})},
	{"local", proposing(rl.LocalSearch{})},
	{"evolution", proposing(rl.RegularizedEvolution{})},
	{"random", proposing(rl.RandomSearch{})},
}

func newGRAN(form gran.Form) func(*rand.Rand) (generator.Model, error) {
	return func(rng *rand.Rand) (generator.Model, error) {
		return gran.New(space, gran.Config{Form: form}, rng)
	}
}

func newLSTM(rng *rand.Rand) (generator.Model, error) {
	return lstm.New(space, lstm.Config{}, rng)
}

// learning searches with a generator. The trainer draws its weights from the search's seed.
func learning(model func(*rand.Rand) (generator.Model, error), preset func() rl.Config) func(evaluator.Evaluator, rl.Config) (searcher, error) {
	return func(e evaluator.Evaluator, budget rl.Config) (searcher, error) {
		m, err := model(rand.New(rand.NewPCG(0, 0)))
		if err != nil {
			return nil, err
		}
		c := preset()
		c.Seed, c.Evaluations, c.MaxCost = budget.Seed, budget.Evaluations, budget.MaxCost
		return rl.NewTrainer(m, e, c)
	}
}

func proposing(strategy rl.Strategy) func(evaluator.Evaluator, rl.Config) (searcher, error) {
	return func(e evaluator.Evaluator, budget rl.Config) (searcher, error) {
		return rl.NewSearch(space, strategy, e, budget)
	}
}

func methodNames() []string {
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = m.name
	}
	return names
}

// chooseMethods finds those that a list with commas names.
func chooseMethods(list string) ([]method, error) {
	var chosen []method
	for name := range strings.SplitSeq(list, ",") {
		i := slices.Index(methodNames(), name)
		if i < 0 {
			return nil, fmt.Errorf("unknown method %q: there are %q", name, methodNames())
		}
		chosen = append(chosen, methods[i])
	}
	return chosen, nil
}
