// Package baseline provides baselines for learned methods: random search, regularized evolution, local search,
// successive halving and its variants, median stopping and, for several objectives, NSGA-II. Each is an
// rl.Method:
//
//	search, err := rl.New(space, baseline.RegularizedEvolution{}, rl.Config{Seed: 1})
//	history, err := search.Run(ctx, evaluator)
//
// They use only the exported API of package rl, so they also show how to write a method of your
// own.
package baseline
