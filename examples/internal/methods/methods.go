// Package methods lists the search methods that the example programs compare, by name. To compare your own method, add it to
// [All].
package methods

import (
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/lstm"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Settings are a preset: a function that returns a method for a generator, and the settings of the loop.
type Settings func(generator.Model) (rl.Reinforce, rl.Config)

// Presets are the paper's settings, by the data set that they were chosen for. The methods graphpnas and causal use them.
var Presets = []tool.Named[Settings]{
	{Name: "cifar10", Value: preset.CIFAR10},
	{Name: "cifar100", Value: preset.CIFAR100},
	{Name: "imagenet16", Value: preset.ImageNet16},
	{Name: "nasbench101", Value: preset.NASBench101},
}

// All lists the methods that can be compared, in the order of tables.
var All = []tool.Named[New]{
	{Name: "ranked", Value: learning(newGRAN(gran.CausalForm), preset.Ranked)},
	{Name: "ranked-paper", Value: learning(newGRAN(gran.PaperForm), preset.Ranked)},
	{Name: "ranked-lstm", Value: learning(newLSTM, rankedLSTM)},
	{Name: "ranked-nogen", Value: withoutGenerator(preset.Ranked)},
	{Name: "graphpnas", Value: learning(newGRAN(gran.PaperForm), nil)},
	{Name: "causal", Value: learning(newGRAN(gran.CausalForm), nil)},
	{Name: "lstm", Value: learning(newLSTM, preset.LSTM)},
	{Name: "process", Value: exploring(func(e Explorer) rl.Method { return bayes.GaussianProcess{Explorer: e} })},
	{Name: "local", Value: exploring(func(e Explorer) rl.Method { return baseline.LocalSearch{Explorer: e} })},
	{Name: "evolution", Value: exploring(func(e Explorer) rl.Method { return baseline.RegularizedEvolution{Explorer: e} })},
	{Name: "random", Value: exploring(func(e Explorer) rl.Method { return baseline.RandomSearch{Explorer: e} })},
}

// Task describes the search that a method is made for.
type Task struct {
	Space searchspace.Space
	// Paper contains the settings of the methods without their own.
	Paper Settings
	// Explorer draws for the methods without a generator. If nil, they draw decision by decision
	// (explore.NewUniformLabels). Methods with a generator have their own explorer.
	Explorer Explorer
}

// Explorer draws architectures without learning.
type Explorer = generator.GraphGenerator

// New returns a method for one search, and the settings of its loop.
type New func(Task) (rl.Method, rl.Config, error)

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
// matter: each training run starts from fresh ones, which the search draws from its own seed.
func learning(model newModel, own Settings) New {
	return func(t Task) (rl.Method, rl.Config, error) {
		m, err := model(t.Space, rand.New(rand.NewPCG(0, 0)))
		if err != nil {
			return nil, rl.Config{}, err
		}
		preset := own
		if preset == nil {
			preset = t.Paper
		}
		method, config := preset(m)
		return method, config, nil
	}
}

// rankedLSTM is preset.Ranked with a controller as its generator, which is trained with the optimizer's settings of
// preset.LSTM.
func rankedLSTM(m generator.Model) (rl.Reinforce, rl.Config) {
	method, config := preset.Ranked(m)
	controller, _ := preset.LSTM(m)
	learner := method.Learner.(rl.Replay)
	learner.Fit = controller.Learner.(rl.Replay).Fit
	method.Learner = learner
	return method, config
}

// exploring is a method without a generator.
func exploring(method func(Explorer) rl.Method) New {
	return func(t Task) (rl.Method, rl.Config, error) { return method(t.Explorer), rl.Config{}, nil }
}
