package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/searchspace"
)

// train trains a cell of each function with each seed, except for training runs that are already in the
// store, and returns the results by seed and function.
func train(ctx context.Context, db *store.DB, images *oracle.Images, functions []function, report func(done, all int)) ([seeds][]evaluator.Result, error) {
	var results [seeds][]evaluator.Result
	order, cells := shuffled(functions)
	for seed := range results {
		o, err := newOracle(images, uint64(seed))
		if err != nil {
			return results, err
		}
		results[seed] = make([]evaluator.Result, len(functions))
		pool := evaluator.Pool{Evaluator: db.Evaluator(space, objective(uint64(seed)), o)}
		done := seed * len(functions)
		for outcome := range pool.Run(ctx, slices.Values(cells)) {
			if outcome.Err != nil {
				return results, fmt.Errorf("seed %d: %w", seed, outcome.Err)
			}
			results[seed][order[outcome.Index]] = outcome.Result
			done++
			report(done, seeds*len(functions))
		}
	}
	return results, ctx.Err()
}

// shuffled lists the functions in random order, so that the remaining time can be estimated from
// the elapsed time.
func shuffled(functions []function) (order []int, cells []searchspace.Arch) {
	order = rand.New(rand.NewPCG(1, 1)).Perm(len(functions))
	for _, i := range order {
		cells = append(cells, functions[i].trained)
	}
	return order, cells
}
