package bayes

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Of many evaluations at smaller budgets, the best half of the limit and evenly spaced others are
// kept. All at the full budget are kept.
func TestManyEvaluationsAtSmallerBudgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, smaller := rapid.IntRange(0, 30).Draw(t, "whole"), rapid.IntRange(0, 5*mostSmaller).Draw(t, "smaller")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		e := &evidence{whole: whole}
		for i := range whole + smaller {
			e.numbers, e.scores, e.noise = append(e.numbers, i), append(e.scores, rng.NormFloat64()), append(e.noise, float64(i))
		}
		scores := slices.Clone(e.scores)
		e.thin()
		require.Len(t, e.numbers, whole+min(smaller, mostSmaller))
		assert.True(t, slices.IsSorted(e.numbers))
		for k, i := range e.numbers {
			assert.Equal(t, scores[i], e.scores[k])
			assert.Equal(t, float64(i), e.noise[k])
		}
		assert.Len(t, slices.Compact(slices.Clone(e.numbers)), len(e.numbers))
		for i := range whole {
			assert.Equal(t, i, e.numbers[i])
		}
		best := slices.Sorted(slices.Values(scores[whole:]))
		slices.Reverse(best)
		for _, score := range best[:min(smaller, mostSmaller/2)] {
			assert.Contains(t, e.scores[whole:], score)
		}
	})
}
