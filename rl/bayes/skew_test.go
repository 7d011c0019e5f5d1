package bayes

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/rl"
)

// A surprise is the error of a posterior that has not seen the target.
func TestSurprisesEqualPredictionsWithoutTheTarget(t *testing.T) {
	for name, g := range grids {
		seen, posteriors, targets, _ := fitted(t, g, 5)
		for _, post := range posteriors {
			s := post.surprises()
			for j := range targets {
				others := slices.Delete(slices.Clone(seen.entries), j, j+1)
				mean, explained := explicit(t, post.model, seen, others, slices.Delete(slices.Clone(targets), j, j+1), seen.entries[j])
				wrong := targets[j] - mean
				ratio := 2 * wrong * wrong / (post.spread * post.spread * (1 - explained + post.noise))
				want := surprises{above: []float64{ratio}, below: []float64{0}}
				if wrong < 0 {
					want.above, want.below = want.below, want.above
				}
				assert.InDelta(t, want.above[0], s.above[j], 1e-6*(1+ratio), name)
				assert.InDelta(t, want.below[0], s.below[j], 1e-6*(1+ratio), name)
			}
		}
	}
}

// A skew lies between the prior and the surprises, and close to the surprises of an architecture
// that many evaluations resemble.
func TestASkewFollowsSimilarEvaluations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "evaluations")
		ratios := rapid.SliceOfN(rapid.Float64Range(0, 20), n, n)
		s := surprises{ratios.Draw(t, "above"), ratios.Draw(t, "below")}
		covariances := rapid.SliceOfN(rapid.Float64Range(0, 1), n, n).Draw(t, "covariances")
		near := s.near(covariances)
		for _, side := range []struct {
			ratio     float64
			surprises []float64
		}{{near.above, s.above}, {near.below, s.below}} {
			all := append([]float64{1}, side.surprises...)
			require.GreaterOrEqual(t, side.ratio, slices.Min(all)-1e-12)
			require.LessOrEqual(t, side.ratio, slices.Max(all)+1e-12)
		}
		require.Equal(t, skew{1, 1}, s.near(make([]float64, n)), "nothing similar")
	})
	assert.Equal(t, []float64{2, 3}, []float64{skew{2, 3}.of(0.1), skew{2, 3}.of(-0.1)})
	short := surprises{above: make([]float64, 100), below: slices.Repeat([]float64{4}, 100)}
	near := short.near(slices.Repeat([]float64{1}, 100))
	assert.InDelta(t, 0, near.above, 0.05, "no evaluation is above its prediction")
	assert.InDelta(t, 4, near.below, 0.1)
}

// Forecasts rise with the number of deviations and are equal to the mean for none, and the probability
// of a limit rises with its bound.
func TestSkewedForecastsAreOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		of := &forecast{prediction: newBlend(views(t, seed)), scale: newScale([]float64{-1, 0, 1.5}, []float64{2, 3, 9}), noise: 0.1}
		i := rapid.IntRange(0, len(of.prediction.mean)-1).Draw(t, "architecture")
		for z := -4.0; z < 4; z += 0.25 {
			require.Less(t, of.at(i, z), of.at(i, z+0.25))
			require.LessOrEqual(t, of.probability(i, rl.AtMost("", 5+z)), of.probability(i, rl.AtMost("", 5.25+z)))
		}
		require.InDelta(t, of.at(i, 0), of.at(i, math.SmallestNonzeroFloat64), 1e-12)
	})
}
