package main

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

var space = searchspace.NASBench101{}

// method is a search method by name. make returns one for a single search, and the settings of the loop that go with it.
type method struct {
	name string
	make func() (rl.Method, rl.Config, error)
}

var methods = []method{
	{"ranked", learning(newGRAN(gran.PaperForm), preset.Ranked)},
	{"graphpnas", learning(newGRAN(gran.PaperForm), preset.NASBench101)},
	{"causal", learning(newGRAN(gran.CausalForm), preset.NASBench101)},
	{"lstm", learning(newLSTM, preset.LSTM)},
	{"process", fixed(bayes.GaussianProcess{})},
	{"local", fixed(baseline.LocalSearch{})},
	{"evolution", fixed(baseline.RegularizedEvolution{})},
	{"random", fixed(baseline.RandomSearch{})},
}

func newGRAN(form gran.Form) func(*rand.Rand) (generator.Model, error) {
	return func(rng *rand.Rand) (generator.Model, error) {
		return gran.New(space, gran.Config{Form: form}, rng)
	}
}

func newLSTM(rng *rand.Rand) (generator.Model, error) {
	return lstm.New(space, lstm.Config{}, rng)
}

// learning is a method with a generator. Its weights do not matter: each training run starts from fresh ones, which the search
// draws from its own seed.
func learning(
	model func(*rand.Rand) (generator.Model, error), preset func(generator.Model) (rl.Reinforce, rl.Config),
) func() (rl.Method, rl.Config, error) {
	return func() (rl.Method, rl.Config, error) {
		m, err := model(rand.New(rand.NewPCG(0, 0)))
		if err != nil {
			return nil, rl.Config{}, err
		}
		method, config := preset(m)
		return method, config, nil
	}
}

// fixed is a method without a generator.
func fixed(m rl.Method) func() (rl.Method, rl.Config, error) {
	return func() (rl.Method, rl.Config, error) { return m, rl.Config{}, nil }
}

func methodNames() []string {
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = m.name
	}
	return names
}

// chooseMethods returns the methods of a comma-separated list.
func chooseMethods(list string) ([]method, error) {
	var chosen []method
	for name := range strings.SplitSeq(list, ",") {
		i := slices.Index(methodNames(), name)
		if i < 0 {
			return nil, program.Usagef("unknown method %q: choose from %s", name, strings.Join(methodNames(), ", "))
		}
		chosen = append(chosen, methods[i])
	}
	return chosen, nil
}
