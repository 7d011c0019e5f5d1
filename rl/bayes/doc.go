// Package bayes has Bayesian optimization of architectures: a Gaussian process that predicts how good an architecture is
// from those evaluated so far. It is a method of its own, and ranks what a generator proposes:
//
//	rl.New(space, bayes.GaussianProcess{}, config)
//	rl.Reinforce{Model: model, Ranking: rl.Ranking{Ranker: bayes.GaussianProcess{Walks: 0.8, Confidence: 4}}}
package bayes
