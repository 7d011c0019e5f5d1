package rl

import "github.com/graphpnas/graphpnas/generator"

// PresetRanked is this library's own, for any space and any objective: the paper's search with a judge between generator
// and evaluator. It spends as many evaluations as the paper's preset.
//
// What it changes, and why:
//
//   - The generator's samples are not evaluated as they come. It draws 300 a round, the neighbours of the three best
//     architectures so far join them, and a [GaussianProcess] chooses. A generator trained on fifteen architectures
//     knows what they have in common, but not what the rest has in common: it is blind to everything that was evaluated
//     and found bad. The Gaussian process learns from all evaluations.
//   - 1200 architectures that the generator has no part in are among the candidates. They keep a search from going round
//     in the surroundings of what it found early: where the generator believes in the wrong cells, its samples and their
//     neighbours offer nothing else to choose. Half of them are the explorer's, half are drawn uniformly and so may lack
//     edges: the paper's explorer leaves out no edge that may carry an operation, and there are spaces where the good
//     ones have few.
//   - The process's covariance is mostly one of labelled walks: of which operations follow one another along paths. That
//     is what a network computes, and two cells that compute alike look different decision by decision. A fifth of
//     it compares decision by decision, which tells apart what walks do not.
//   - It scores by the predicted mean plus four standard deviations, more daring than is usual; with less of it, more
//     searches end in a local optimum.
//   - 20 rounds of exploration in place of 30, and 30 epochs a training in place of 70: what is trained has to propose well
//     and no longer to decide.
//
// It was chosen on NAS-Bench-201 by the validation accuracies of CIFAR-10 and CIFAR-100, and has the same constants for
// both.
func PresetRanked() Config {
	return Config{
		Evaluations: 100, Batch: 1, Exploration: FirstRounds(20), Learner: Replay{Keep: 15, Epochs: 30},
		Ranking: Ranking{Ranker: GaussianProcess{Walks: 0.8, Confidence: 4}, Samples: 300, Parents: 3, Explored: 1200},
	}
}

// PresetCIFAR10 is the paper's for NAS-Bench-201 on CIFAR-10 (arXiv 2211.15155 and its published runs): 100 evaluations
// one a round, 30 rounds of exploration, 70 epochs on the best 15.
func PresetCIFAR10() Config {
	return Config{Evaluations: 100, Batch: 1, Exploration: FirstRounds(30), Learner: Replay{Keep: 15, Epochs: 70}}
}

// PresetCIFAR100 is the paper's for NAS-Bench-201 on CIFAR-100: 100 evaluations one a round, 15 rounds of exploration,
// 60 epochs on the best 10.
func PresetCIFAR100() Config {
	return Config{Evaluations: 100, Batch: 1, Exploration: FirstRounds(15), Learner: Replay{Keep: 10, Epochs: 60}}
}

// PresetImageNet16 is the paper's for NAS-Bench-201 on ImageNet16-120: 100 evaluations one a round, 10 rounds of
// exploration, 50 epochs on the best 5.
func PresetImageNet16() Config {
	return Config{Evaluations: 100, Batch: 1, Exploration: FirstRounds(10), Learner: Replay{Keep: 5, Epochs: 50}}
}

// PresetNASBench101 is the paper's for NAS-Bench-101: 150 evaluations (also run with 300) ten a round, 3 rounds of
// exploration, 70 epochs on the best 15.
func PresetNASBench101() Config {
	return Config{Evaluations: 150, Batch: 10, Exploration: FirstRounds(3), Learner: Replay{Keep: 15, Epochs: 70}}
}

// PresetLSTM is for lstm.Model with its default sizes: the exploration and the best 15 of the paper's preset for
// CIFAR-10, with the training that suits a recurrent network. It was chosen on NAS-Bench-201.
func PresetLSTM() Config {
	return Config{Evaluations: 100, Batch: 1, Exploration: FirstRounds(30), Learner: Replay{Keep: 15, Epochs: 30,
		Fit: generator.FitOptions{Loss: generator.LogLikelihood, BatchSize: 5, LearningRate: 2e-3}}}
}
