// Package bayes has Bayesian optimization of architectures: Gaussian processes that predict how good an architecture is from
// those evaluated so far. [ModelAverage] averages many of them and adapts to the objective; [GaussianProcess] is the textbook's, to
// compare with. [HypervolumeImprovement] searches by several objectives, and with limits. Each is a method of its own, and ranks what a generator proposes:
//
//	rl.New(space, bayes.ModelAverage{}, config)
//	rl.Reinforce{Model: model, Ranking: rl.Ranking{Ranker: bayes.ModelAverage{}}}
package bayes
