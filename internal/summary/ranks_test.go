package summary_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/summary"
)

func TestRanks(t *testing.T) {
	assert.Equal(t, []float64{2.5, 1, 4, 2.5}, summary.Ranks([]float64{5, 7, 3, 5}))
	assert.Equal(t, []float64{2, 2, 2}, summary.Ranks([]float64{1, 1, 1}))
	assert.Equal(t, []float64{1.5, 1.5, 3}, summary.Ranks([]float64{0.1 + 0.2, 0.3, 0.29}), "rounding is no difference")
	assert.Equal(t, []float64{1, 2}, summary.Ranks([]float64{-1, -2}))
	assert.Empty(t, summary.Ranks(nil))
}

func TestRanksShareTheirSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := tiedValues(t, "values")
		ranks := summary.Ranks(values)
		sum := 0.0
		for i, r := range ranks {
			sum += r
			better, equal := 0, 0
			for _, v := range values {
				if v > values[i] {
					better++
				} else if v == values[i] {
					equal++
				}
			}
			assert.InDelta(t, float64(better)+float64(equal+1)/2, r, 1e-12)
		}
		assert.InDelta(t, float64(len(values)*(len(values)+1))/2, sum, 1e-9)
	})
}

func TestPercentiles(t *testing.T) {
	var samples []float64
	for i := range 1001 {
		samples = append(samples, float64(1000-i))
	}
	i := summary.Percentiles(500, samples)
	within(t, i, 500, 25, 975, 1)
	assert.False(t, summary.Percentiles(1, []float64{1}).Known())
	rapid.Check(t, func(t *rapid.T) {
		samples, value := values(2).Draw(t, "samples"), rapid.Float64Range(-200, 200).Draw(t, "value")
		i := summary.Percentiles(value, slices.Clone(samples))
		require.True(t, i.Known())
		assert.LessOrEqual(t, float64(i.Low), value)
		assert.GreaterOrEqual(t, float64(i.High), value)
		assert.GreaterOrEqual(t, float64(i.Low), math.Min(value, slices.Min(samples)))
		assert.LessOrEqual(t, float64(i.High), math.Max(value, slices.Max(samples)))
	})
}
