package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// spaces are those that a table can be of.
var spaces = []named[searchspace.Space]{
	{"nasbench201", searchspace.NASBench201{}},
	{"nasbench101", searchspace.NASBench101{}},
}

// presets are the paper's, by data set.
var presets = []named[func() rl.Config]{
	{"cifar10", rl.PresetCIFAR10},
	{"cifar100", rl.PresetCIFAR100},
	{"imagenet16", rl.PresetImageNet16},
	{"nasbench101", rl.PresetNASBench101},
}

// paper is the method that all others are compared with.
const paper = "graphpnas"

// methods are what can be compared. Each makes a search of one seed out of the paper's settings.
var methods = []named[newSearcher]{
	{"ranked", learning(newGRAN(gran.PaperForm), ofItsOwn(rl.PresetRanked))},
	{paper, learning(newGRAN(gran.PaperForm), asThePaper)},
	{"causal", learning(newGRAN(gran.CausalForm), asThePaper)},
	{"lstm", learning(newLSTM, ofItsOwn(rl.PresetLSTM))},
	{"process", proposing(rl.GaussianProcess{})},
	{"local", proposing(rl.LocalSearch{})},
	{"evolution", proposing(rl.RegularizedEvolution{})},
	{"random", proposing(rl.RandomSearch{})},
}

// contender is a method that takes part, with its number of seeds.
type contender struct {
	named[newSearcher]
	seeds int
}

// contend reads a method's name, and its number of seeds where one follows after a colon.
func contend(entry string, seeds int) (contender, error) {
	name, number, ok := strings.Cut(entry, ":")
	m, err := find(methods, "method", name)
	if ok && err == nil {
		if seeds, err = strconv.Atoi(number); err == nil && seeds < 1 {
			err = fmt.Errorf("%d seeds", seeds)
		}
	}
	if err != nil {
		return contender{}, fmt.Errorf("-methods %s: %w", entry, err)
	}
	return contender{m, seeds}, nil
}

// searcher is what an rl.Trainer and an rl.Search have in common.
type searcher interface {
	Run(context.Context) (*rl.History, error)
}

// newSearcher wires a method to an evaluator. The configuration has the seed, the budget and the paper's settings. The
// model is nil where nothing learns.
type newSearcher func(searchspace.Space, evaluator.Evaluator, rl.Config) (searcher, generator.Model, error)

// newModel makes a generator. The search draws its weights from its own seed.
type newModel func(searchspace.Space, *rand.Rand) (generator.Model, error)

func newGRAN(form gran.Form) newModel {
	return func(space searchspace.Space, rng *rand.Rand) (generator.Model, error) {
		return gran.New(space, gran.Config{Form: form}, rng)
	}
}

func newLSTM(space searchspace.Space, rng *rand.Rand) (generator.Model, error) {
	return lstm.New(space, lstm.Config{}, rng)
}

// learning searches with a generator, under settings made of the paper's.
func learning(model newModel, settings func(rl.Config) rl.Config) newSearcher {
	return func(space searchspace.Space, e evaluator.Evaluator, c rl.Config) (searcher, generator.Model, error) {
		m, err := model(space, rand.New(rand.NewPCG(0, 0)))
		if err != nil {
			return nil, nil, err
		}
		trainer, err := rl.NewTrainer(m, e, settings(c))
		return trainer, m, err
	}
}

func asThePaper(c rl.Config) rl.Config { return c }

// ofItsOwn takes nothing of the paper's settings but the budget.
func ofItsOwn(preset func() rl.Config) func(rl.Config) rl.Config {
	return func(paper rl.Config) rl.Config {
		c := preset()
		c.Seed, c.Evaluations, c.OnRound = paper.Seed, paper.Evaluations, paper.OnRound
		return c
	}
}

// proposing searches with a strategy, which has nothing of the paper's settings but the budget.
func proposing(strategy rl.Strategy) newSearcher {
	return func(space searchspace.Space, e evaluator.Evaluator, c rl.Config) (searcher, generator.Model, error) {
		search, err := rl.NewSearch(space, strategy, e, rl.Config{Seed: c.Seed, Evaluations: c.Evaluations, OnRound: c.OnRound})
		return search, nil, err
	}
}

// named is an entry of a list that a flag picks from.
type named[T any] struct {
	name  string
	value T
}

func names[T any](list []named[T]) []string {
	all := make([]string, len(list))
	for i, n := range list {
		all[i] = n.name
	}
	return all
}

func find[T any](list []named[T], kind, name string) (named[T], error) {
	for _, n := range list {
		if n.name == name {
			return n, nil
		}
	}
	return named[T]{}, fmt.Errorf("unknown %s %q: there are %q", kind, name, names(list))
}
