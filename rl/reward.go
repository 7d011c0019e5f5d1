package rl

import (
	"cmp"
	"fmt"
	"slices"
)

// Reward turns the values of evaluations into rewards: one finite reward for each value. It must not change its argument.
type Reward func(values []float64) []float64

// RawReward is the value itself.
func RawReward(values []float64) []float64 { return slices.Clone(values) }

// RankReward gives the i-th worst of n values i/n, its place in their empirical distribution. It does not depend on their
// scale. Of equal values the earlier one ranks higher.
func RankReward(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = len(values) - 1 - i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	rewards := make([]float64, len(values))
	for rank, i := range order {
		rewards[i] = float64(rank+1) / float64(len(values))
	}
	return rewards
}

// Of returns the rewards of values, such as those of [State.Scores]. It is an error if there is not one for each.
func (r Reward) Of(values []float64) ([]float64, error) {
	rewards := r(values)
	if len(rewards) != len(values) {
		return nil, fmt.Errorf("a Reward must return one reward for each of %d values, got %d", len(values), len(rewards))
	}
	return rewards, nil
}
