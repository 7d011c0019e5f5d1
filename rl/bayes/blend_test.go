package bayes

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// views predicts some cells from the same results, with all edges and with those on paths.
func views(t require.TestingT, seed uint64) []*prediction {
	const seen = 20
	space := searchspace.NASBench201{}
	archs := draws(t, space, seed, 2*seen)
	values, numbers := make([]float64, seen), make([]int, seen)
	for i := range values {
		values[i], numbers[i] = float64(i%7), i
	}
	s := stateOf(t, space, archs[:seen], nil)
	var all []*prediction
	for _, key := range []memoryKey{{}, {paths: true}} {
		m := remember(s, key)
		sample, entries := m.sampleOf(numbers, false), m.measured(archs[seen:])
		m.turn.Unlock()
		posteriors, err := fullGrid.fit(sample, normalScores(values), averaged.models)
		require.NoError(t, err)
		all = append(all, predictSkewed(sample, posteriors, entries))
	}
	return all
}

// The mean of a blend is between those of its predictions. Its variance is the mean of theirs, and
// larger where they disagree.
func TestABlendIsUncertainWherePredictionsDisagree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := views(t, rapid.Uint64().Draw(t, "seed"))
		b := newBlend(all)
		require.LessOrEqual(t, len(b.predictions), len(all))
		sum := 0.0
		for _, w := range b.weights {
			sum += w
		}
		require.InDelta(t, 1, sum, 1e-12)
		for i := range b.mean {
			low, high, variance := math.Inf(1), math.Inf(-1), 0.0
			for k, p := range b.predictions {
				low, high = min(low, p.mean[i]), max(high, p.mean[i])
				variance += b.weights[k] * p.deviation(i) * p.deviation(i)
			}
			require.GreaterOrEqual(t, b.mean[i], low-1e-12)
			require.LessOrEqual(t, b.mean[i], high+1e-12)
			excess := b.deviation(i)*b.deviation(i) - variance
			if high-low > 1e-6 {
				require.Positive(t, excess)
			} else {
				require.InDelta(t, 0, excess, 1e-9)
			}
		}
		before := b.deviation(0)
		b.imagine(0)
		require.Less(t, b.deviation(0), before)
	})
}

// A prediction with little evidence counts less, and one with hardly any does not count.
func TestABlendFollowsTheEvidence(t *testing.T) {
	of := func(evidence float64) *prediction {
		return &prediction{
			mean: []float64{evidence}, between: []float64{0}, each: []gaussians{{explained: []float64{0.5}}},
			posteriors: []*posterior{{spread: 1, evidence: evidence, weight: 1}},
		}
	}
	assert.Equal(t, []float64{0.5, 0.5}, newBlend([]*prediction{of(3), of(3)}).weights)
	assert.InDeltaSlice(t, []float64{math.E / (1 + math.E), 1 / (1 + math.E)}, newBlend([]*prediction{of(3), of(3 - caution)}).weights, 1e-12)
	far := newBlend([]*prediction{of(3 - 3*caution), of(3)})
	assert.Equal(t, []float64{1}, far.weights)
	assert.Equal(t, []float64{3}, far.mean)
}
