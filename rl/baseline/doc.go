// Package baseline has the methods that learned ones are compared with: random search, regularized evolution, local
// search and, for several objectives, NSGA-II. Each is an rl.Method:
//
//	search, err := rl.New(space, baseline.RegularizedEvolution{}, rl.Config{Seed: 1})
//	history, err := search.Run(ctx, evaluator)
//
// They use nothing but the exported API of package rl, and are examples of how to write a method of your own.
package baseline
