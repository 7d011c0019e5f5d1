package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
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

// spaces are the search spaces of tables.
var spaces = []named[searchspace.Space]{
	{"nasbench201", searchspace.NASBench201{}},
	{"nasbench101", searchspace.NASBench101{}},
}

// settings are a preset: it returns a method for a generator, and the settings of the loop.
type settings func(generator.Model) (rl.Reinforce, rl.Config)

// presets are the paper's settings, by the data set that they were chosen for. The methods graphpnas and causal use them.
var presets = []named[settings]{
	{"cifar10", preset.CIFAR10},
	{"cifar100", preset.CIFAR100},
	{"imagenet16", preset.ImageNet16},
	{"nasbench101", preset.NASBench101},
}

// methods are what can be compared.
var methods = []named[newMethod]{
	{"ranked", learning(newGRAN(gran.PaperForm), preset.Ranked)},
	{"graphpnas", learning(newGRAN(gran.PaperForm), nil)},
	{"causal", learning(newGRAN(gran.CausalForm), nil)},
	{"lstm", learning(newLSTM, preset.LSTM)},
	{"process", fixed(bayes.GaussianProcess{})},
	{"local", fixed(baseline.LocalSearch{})},
	{"evolution", fixed(baseline.RegularizedEvolution{})},
	{"random", fixed(baseline.RandomSearch{})},
}

// newMethod makes a method for one search of a space, and the settings of its loop. It may use the paper's settings.
type newMethod func(space searchspace.Space, paper settings) (rl.Method, rl.Config, error)

// newModel makes a generator.
type newModel func(searchspace.Space, *rand.Rand) (generator.Model, error)

func newGRAN(form gran.Form) newModel {
	return func(space searchspace.Space, rng *rand.Rand) (generator.Model, error) {
		return gran.New(space, gran.Config{Form: form}, rng)
	}
}

func newLSTM(space searchspace.Space, rng *rand.Rand) (generator.Model, error) {
	return lstm.New(space, lstm.Config{}, rng)
}

// learning is a method with a generator. If own is nil, it has the paper's settings. The weights of the generator do not
// matter: each training starts from fresh ones, which the search draws from its own seed.
func learning(model newModel, own settings) newMethod {
	return func(space searchspace.Space, paper settings) (rl.Method, rl.Config, error) {
		m, err := model(space, rand.New(rand.NewPCG(0, 0)))
		if err != nil {
			return nil, rl.Config{}, err
		}
		preset := own
		if preset == nil {
			preset = paper
		}
		method, config := preset(m)
		return method, config, nil
	}
}

// fixed is a method without a generator.
func fixed(m rl.Method) newMethod {
	return func(searchspace.Space, settings) (rl.Method, rl.Config, error) { return m, rl.Config{}, nil }
}

// contender is a method that takes part, with its number of seeds.
type contender struct {
	named[newMethod]
	seeds int
}

// contenders reads the list of methods.
func contenders(list string, seeds int) ([]contender, error) {
	var all []contender
	for name := range strings.SplitSeq(strings.ReplaceAll(list, "+", ","), ",") {
		m, err := contend(name, seeds)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(other contender) bool { return other.name == m.name }) {
			return nil, program.Usagef("-methods names %s twice", m.name)
		}
		all = append(all, m)
	}
	return all, nil
}

// contend reads the name of a method and, after a colon, its own number of seeds if it has one.
func contend(entry string, seeds int) (contender, error) {
	name, number, ok := strings.Cut(entry, ":")
	m, err := find(methods, "method", name)
	if err != nil {
		return contender{}, fmt.Errorf("-methods: %w", err)
	}
	if ok {
		if seeds, err = strconv.Atoi(number); err != nil || seeds < 1 {
			return contender{}, program.Usagef("-methods %s: the number of seeds must be at least 1, got %q", entry, number)
		}
	}
	return contender{m, seeds}, nil
}

// chooseBaseline returns the method that the others are compared with.
func chooseBaseline(name string, all []contender) (string, error) {
	takesPart := func(name string) bool {
		return slices.ContainsFunc(all, func(m contender) bool { return m.name == name })
	}
	switch {
	case takesPart(name):
		return name, nil
	case name != "":
		var there []string
		for _, m := range all {
			there = append(there, m.name)
		}
		return "", program.Usagef("-baseline %s does not take part; the methods that do are %s", name, strings.Join(there, ", "))
	case takesPart("random"):
		return "random", nil
	}
	return all[0].name, nil
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
	return named[T]{}, program.Usagef("unknown %s %q; there are %s", kind, name, strings.Join(names(list), ", "))
}
