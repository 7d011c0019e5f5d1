package bayes

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The prediction of a result is that of the joint normal distribution of an architecture's noiseless score, its result, and the
// score inferred from a smaller budget.
func TestResultAfterASmallerBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		positive := rapid.Float64Range(0.01, 3)
		prior := normal{rapid.Float64Range(-2, 2).Draw(t, "mean"), positive.Draw(t, "variance")}
		noise, h := positive.Draw(t, "noise"), positive.Draw(t, "error")
		y := rapid.Float64Range(-3, 3).Draw(t, "inferred score")

		// The model of the noiseless score given y.
		gain := prior.variance / (prior.variance + noise + h)
		o := &outlook{
			prediction: &prediction{
				mean: []float64{prior.mean + gain*(y-prior.mean)}, between: []float64{0},
				posteriors: []*posterior{{weight: 1, spread: 2}}, each: []gaussians{{explained: []float64{1 - prior.variance*(1-gain)/4}}},
			},
			evidence: &evidence{scores: []float64{y}, noise: []float64{h}, early: map[string]int{"a": 0}},
		}
		got := o.result(0, "a", noise)
		whole := prior.variance + noise
		require.InDelta(t, prior.mean+whole/(whole+h)*(y-prior.mean), got.mean, 1e-9)
		require.InDelta(t, whole*h/(whole+h), got.variance, 1e-9)

		other := o.result(0, "b", noise)
		require.InDelta(t, o.mean[0], other.mean, 1e-12)
		require.InDelta(t, prior.variance*(1-gain)+noise, other.variance, 1e-9)
	})
}
