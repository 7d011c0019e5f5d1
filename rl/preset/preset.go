// Package preset has settings that are known to work: the paper's, and this library's own.
//
// A preset returns a method for a generator and the configuration of the loop that goes with it. Change either as you like:
//
//	method, config := preset.Ranked(model)
//	config.Seed, config.Workers = 1, 16
//	search, err := rl.New(space, method, config)
package preset

import (
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/bayes"
)

// Ranked is this library's own preset, for any space and any objective: the paper's method with a model of the objective
// that chooses among what the generator proposes. It spends as many evaluations as the paper's presets.
//
// It differs from them as follows:
//
//   - The generator's samples are not evaluated as they come. It draws 500 for a group, the neighbors of the three best
//     architectures so far join them, and a [bayes.ModelAverage] chooses. A generator trained on fifteen architectures
//     knows what they have in common, but nothing of what was evaluated and found bad. The model of the objective learns from
//     all evaluations, failures included, and estimates how far it can be relied on.
//   - 500 architectures that the generator has no part in are among the candidates. They keep a search from circling in
//     the surroundings of what it found early. Half of them are the explorer's. The others are uniform, so edges may be
//     absent: the paper's explorer leaves out no edge that may carry an operation, and there are spaces in which good
//     architectures have few.
//   - 20 trials explore instead of 30, and a training has 30 epochs instead of 70: the generator only has to propose good
//     candidates, not to choose among them.
//   - Trials that are proposed before any result is known are spread out: each is the one of 500 draws of the explorer that
//     differs most from what is running.
//
// The generator to use it with is gran.CausalForm, which relates every decision to all that were made before it.
func Ranked(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{
		Model: m, Exploration: rl.First(20), Learner: rl.Replay{Keep: 15, Epochs: 30, Lazy: true},
		Ranking: rl.Ranking{Ranker: bayes.ModelAverage{}, Samples: 500, Parents: 3, Scattered: 500},
	}, rl.Config{Evaluations: 100}
}

// CIFAR10 is the paper's for NAS-Bench-201 on CIFAR-10 (arXiv 2211.15155 and its published runs): 100 evaluations one at a
// time, 30 that explore, 70 epochs on the best 15.
func CIFAR10(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{Model: m, Exploration: rl.First(30), Learner: rl.Replay{Keep: 15, Epochs: 70}}, rl.Config{Evaluations: 100}
}

// CIFAR100 is the paper's for NAS-Bench-201 on CIFAR-100: 100 evaluations one at a time, 15 that explore, 60 epochs on the
// best 10.
func CIFAR100(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{Model: m, Exploration: rl.First(15), Learner: rl.Replay{Keep: 10, Epochs: 60}}, rl.Config{Evaluations: 100}
}

// ImageNet16 is the paper's for NAS-Bench-201 on ImageNet16-120: 100 evaluations one at a time, 10 that explore, 50 epochs
// on the best 5.
func ImageNet16(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{Model: m, Exploration: rl.First(10), Learner: rl.Replay{Keep: 5, Epochs: 50}}, rl.Config{Evaluations: 100}
}

// NASBench101 is the paper's for NAS-Bench-101: 150 evaluations (also run with 300) in groups of ten, the first three
// groups explore, 70 epochs on the best 15.
func NASBench101(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{Model: m, Exploration: rl.First(30), Learner: rl.Replay{Keep: 15, Epochs: 70}},
		rl.Config{Evaluations: 150, Batch: 10}
}

// LSTM is for a generator of package generator/lstm with its default sizes: the exploration and the best 15 of the paper's
// preset for CIFAR-10, with the training that suits a recurrent network. It was chosen on NAS-Bench-201.
func LSTM(m generator.Model) (rl.Reinforce, rl.Config) {
	return rl.Reinforce{Model: m, Exploration: rl.First(30), Learner: rl.Replay{Keep: 15, Epochs: 30,
		Fit: generator.FitOptions{Loss: generator.LogLikelihood, BatchSize: 5, LearningRate: 2e-3}}}, rl.Config{Evaluations: 100}
}
