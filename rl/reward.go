package rl

import (
	"cmp"
	"fmt"
	"slices"
)

// Reward converts the scores of evaluations to rewards, one finite reward for each. It must not
// change its argument.
type Reward func(values []float64) []float64

// RawReward returns the values unchanged.
func RawReward(values []float64) []float64 { return slices.Clone(values) }

// RankReward returns i/n for the i-th worst of n values, regardless of their scale. Of equal
// values, the earlier one ranks higher.
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

// Of returns the rewards of values, such as those of [State.Scores]. It returns an error if r does
// not return one reward for each.
func (r Reward) Of(values []float64) ([]float64, error) {
	rewards := r(values)
	if len(rewards) != len(values) {
		return nil, fmt.Errorf("a Reward must return one reward for each of the %d values, got %d", len(values), len(rewards))
	}
	return rewards, nil
}
