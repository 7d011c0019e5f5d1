// Package preset provides methods with proven settings: the paper's and this library's own.
//
// A preset returns a method for a generator and the matching configuration of the search, both of
// which you may change:
//
//	method, config := preset.Ranked(model)
//	config.Seed, config.Workers = 1, 16
//	search, err := rl.New(space, method, config)
package preset

import (
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/bayes"
)

// Ranked is this library's own preset, for any space and objective. It extends the paper's method
// with a model of the objective that chooses among the generator's proposals. Like the paper's presets
// for NAS-Bench-201, it uses 100 evaluations.
//
// It differs from them as follows:
//
//   - The generator's samples are not evaluated as they come. For each group, the generator
//     draws 500 candidates, the neighbors of the three best architectures join them, and a
//     [bayes.ModelAverage] chooses. A generator trained on 15 architectures learns what they
//     have in common but nothing about bad ones. The model of the objective learns from all
//     evaluations, failures included, and estimates its own uncertainty.
//   - 500 further candidates are drawn without the generator, to keep the search from circling around its early
//     discoveries. The explorer draws half of them. The other half are uniform, so that edges may be absent:
//     the paper's explorer omits no edge that can carry an operation, but in some spaces good architectures
//     have few edges.
//   - In spaces that cannot be listed, up to 64 neighbors of each of the ten candidates that the model
//     prefers join the candidates: one step of a local search on its score.
//   - 20 trials explore instead of 30, and a training run has 30 epochs instead of 70, because the
//     generator only has to propose good candidates, not to choose among them.
//   - Trials that explore are spread out: each is the one of 500 draws of the explorer about whose value
//     the model is least certain ([bayes.Variance]).
//
// Use a generator with gran.CausalForm, which conditions every decision on all earlier ones. If its
// space is large ([gran.Large]) and it has the default number of layers, 3, or fewer, it is trained
// for 15 epochs at a learning rate of 4e-3 instead of 30 at 1e-3 and draws 200 candidates instead of
// 500. For graphs of 64 nodes, a proposal then takes a fifth of the time (docs/speed.md).
func Ranked(m generator.Model) (rl.Reinforce, rl.Config) {
	learner, samples := rl.Replay{Keep: 15, Epochs: 30, Lazy: true}, 500
	if lean(m) {
		learner.Epochs, learner.Fit.LearningRate, samples = 15, 4e-3, 200
	}
	return rl.Reinforce{
		Model: m, Exploration: rl.First(20), Learner: learner,
		Ranking: rl.Ranking{Ranker: bayes.ModelAverage{}, Design: bayes.Variance{}, Samples: samples, Parents: 3, Scattered: 500, Refine: 10},
	}, rl.Config{Evaluations: 100}
}

// lean reports whether the generator has the small network that is the default in a large space.
// Deeper networks do not learn well at a high rate.
func lean(m generator.Model) bool {
	g, ok := m.(*gran.Model)
	return ok && g.Config().Form == gran.CausalForm && g.Config().Layers <= 3 && gran.Large(g.Space())
}

// CIFAR10 is the paper's preset for NAS-Bench-201 on CIFAR-10 (arXiv 2211.15155 and its published
// runs): 100 evaluations one at a time, of which 30 explore, and 70 epochs on the best 15.
func CIFAR10(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{Model: m, Exploration: rl.First(30), Learner: rl.Replay{Keep: 15, Epochs: 70}}, rl.Config{Evaluations: 100}
}

// CIFAR100 is the paper's preset for NAS-Bench-201 on CIFAR-100: 100 evaluations one at a time, of
// which 15 explore, and 60 epochs on the best 10.
func CIFAR100(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{Model: m, Exploration: rl.First(15), Learner: rl.Replay{Keep: 10, Epochs: 60}}, rl.Config{Evaluations: 100}
}

// ImageNet16 is the paper's preset for NAS-Bench-201 on ImageNet16-120: 100 evaluations one at a
// time, of which 10 explore, and 50 epochs on the best 5.
func ImageNet16(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{Model: m, Exploration: rl.First(10), Learner: rl.Replay{Keep: 5, Epochs: 50}}, rl.Config{Evaluations: 100}
}

// NASBench101 is the paper's preset for NAS-Bench-101: 150 evaluations (the paper also uses 300) in
// groups of ten, of which the first three groups explore, and 70 epochs on the best 15.
func NASBench101(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{Model: m, Exploration: rl.First(30), Learner: rl.Replay{Keep: 15, Epochs: 70}},
		rl.Config{Evaluations: 150, Batch: 10}
}

// LSTM is a preset for generators of package generator/lstm with default sizes: 100 evaluations, of
// which 30 explore, and 30 epochs on the best 15, in batches of 5 at a learning rate of 2e-3, by the
// exact likelihood. It was tuned on NAS-Bench-201.
func LSTM(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{Model: m, Exploration: rl.First(30), Learner: rl.Replay{Keep: 15, Epochs: 30,
		Fit: generator.FitOptions{Loss: generator.LogLikelihood, BatchSize: 5, LearningRate: 2e-3}}}, rl.Config{Evaluations: 100}
}
