// Package bayes provides Bayesian optimization of architectures, with Gaussian processes that
// predict the objective of an architecture from the evaluations so far. [ModelAverage] averages
// many processes and adapts to the objective. [GaussianProcess] is the textbook method, for
// comparison. [HypervolumeImprovement] handles several objectives and limits. [Screened] adds
// evaluations at small budgets. The first three can be used as methods or to rank the proposals of
// a generator:
//
//	rl.New(space, bayes.ModelAverage{}, config)
//	rl.Reinforce{Model: model, Ranking: rl.Ranking{Ranker: bayes.ModelAverage{}, Design: bayes.Variance{}}}
//
// [Variance] chooses the first architectures of such a search, so that they differ from each other.
package bayes
