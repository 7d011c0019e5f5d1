// Package rl searches: it draws architectures, has them evaluated, turns the results into rewards, and trains the
// generator on them, round after round. It knows no space, network or benchmark by name.
//
// A [Trainer] wires a generator.Model to an evaluator.Evaluator:
//
//	model, _ := gran.New(space, gran.Config{}, rng)
//	trainer, _ := rl.NewTrainer(model, evaluator, rl.Config{Seed: 1})
//	history, err := trainer.Run(ctx)
//
// How it learns is a [Learner]. [Replay] is the paper's (arXiv 2211.15155, section 3.3): REINFORCE with the evaluated
// architectures as a replay buffer, a fresh generator trained each round on the best so far, weighted by their ranks.
// [OnPolicy] is the textbook form (Williams 1992): the gradient of the exact log-probability of what was just drawn,
// times its advantage over a moving average. The zero [Config] is the paper's preset for CIFAR-10.
//
// A [Ranker] may choose what is evaluated among many architectures that the generator draws: [PresetRanked] has a
// [GaussianProcess] do so. What needs no generator is a [Strategy], and [NewSearch] runs it with the same budget, history
// and callbacks: [RandomSearch], [RegularizedEvolution], [LocalSearch], the Gaussian process, or one of your own.
//
// A search ends with the round that spends one of its budgets: of evaluations, of what they cost (measured, or simulated by
// a benchmark that records how long its trainings took), or of time by the clock.
//
// A seed fixes the whole search, whatever the number of processors and in whatever order evaluations finish: random
// numbers come from streams of their own for each round and purpose, and results enter the history in the order in which
// their architectures were drawn. Only where the clock ends it is not fixed.
package rl
