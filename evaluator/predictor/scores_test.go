package predictor

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestScaleIsMonotoneBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1, 1),
			rapid.Map(rapid.IntRange(0, 3), func(i int) float64 { return float64(i) })), 1, 30).Draw(t, "values")
		s := newScale(values)
		for _, v := range values {
			if s.values[0] < v && v < s.values[len(s.values)-1] {
				require.Equal(t, v, s.value(s.score(v)))
			}
			for _, w := range values {
				if v < w {
					require.Less(t, s.score(v), s.score(w))
				}
			}
		}
		scores := rapid.SliceOfN(rapid.Float64Range(-10, 10), 2, 30).Draw(t, "scores")
		slices.Sort(scores)
		lowest, highest := slices.Min(values), slices.Max(values)
		for i, z := range scores {
			v := s.value(z)
			require.False(t, math.IsNaN(v) || math.IsInf(v, 0))
			if i > 0 {
				before := s.value(scores[i-1])
				require.LessOrEqual(t, before, v+1e-9*max(math.Abs(before), math.Abs(v)))
			}
			require.True(t, lowest <= v && v <= highest)
		}
	})
}

func TestScoresAreNormal(t *testing.T) {
	s := newScale([]float64{5, 1, 100, 2, 2, 2, 2, -7})
	assert.Equal(t, []float64{-7, 1, 2, 5, 100}, s.values)
	for i, probability := range []float64{0.5 / 8, 1.5 / 8, 4. / 8, 6.5 / 8, 7.5 / 8} {
		assert.InDelta(t, probability, 0.5*math.Erfc(-s.scores[i]/math.Sqrt2), 1e-9)
	}
	assert.Equal(t, 3.5, s.value((s.scores[2]+s.scores[3])/2))
}

// TestTheRangeIsApproached checks that higher scores give higher values, which never reach the ends of the recorded range.
func TestTheRangeIsApproached(t *testing.T) {
	for _, values := range [][]float64{{5, 1, 100, 2, 2, -7}, {0, 1}} {
		s := newScale(values)
		lowest, highest := slices.Min(values), slices.Max(values)
		last := s.value(-4)
		assert.Greater(t, last, lowest)
		for z := -3.99; z < 4; z += 0.01 {
			v := s.value(z)
			require.Greater(t, v, last, "score %v", z)
			last = v
		}
		assert.Less(t, last, highest)
		assert.Equal(t, highest, s.value(1e9))
		assert.Equal(t, lowest, s.value(-1e9))
	}
}
