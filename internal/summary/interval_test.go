package summary_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// within checks the bounds of an interval.
func within(t *testing.T, i summary.Interval, value, low, high, delta float64) {
	t.Helper()
	assert.InDelta(t, value, i.Value, delta)
	assert.InDelta(t, low, float64(i.Low), delta)
	assert.InDelta(t, high, float64(i.High), delta)
}

// The 97.5 % quantiles of Student's distribution in published tables are 12.706, 2.776 and 2.262
// for 1, 4 and 9 degrees of freedom. The last two samples are a published example of Welch's test,
// checked with SciPy.
func TestIntervals(t *testing.T) {
	within(t, summary.Mean([]float64{-1, 1}), 0, -12.706, 12.706, 5e-4)
	within(t, summary.Mean([]float64{1, 2, 3, 4, 5}), 3, 3-2.776*0.70711, 3+2.776*0.70711, 5e-4)
	within(t, summary.Mean([]float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), 4.5, 4.5-2.2622*0.95743, 4.5+2.2622*0.95743, 5e-4)
	within(t, summary.Mean([]float64{1, 1, 1}), 1, 1, 1, 0)

	within(t, summary.Difference([]float64{3, 3}, []float64{1, 1, 1}), 2, 2, 2, 0)
	within(t, summary.Difference([]float64{1, 2, 4, 7, 11}, []float64{3, 5}), 1, -4.341112, 6.341112, 1e-6)
	within(t, summary.Difference(
		[]float64{27.5, 21, 19, 23.6, 17, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19, 21.7, 21.4},
		[]float64{27.1, 22, 20.8, 23.4, 23.4, 23.5, 25.8, 22, 24.8, 20.2, 21.9, 22.1, 22.9, 30.2},
	), -2.758571, -4.842778, -0.674364, 1e-6)

	within(t, summary.Paired([]float64{2, 4, 6, 8, 10}, []float64{1, 2, 3, 4, 5}), 3, 3-2.776*0.70711, 3+2.776*0.70711, 5e-4)
}

func TestTooFewValuesHaveNoInterval(t *testing.T) {
	for _, i := range []summary.Interval{
		summary.Mean([]float64{3}), summary.Paired([]float64{5}, []float64{2}),
		summary.Difference([]float64{5}, []float64{1, 2, 3}), summary.Difference([]float64{4, 5, 6}, []float64{2}),
	} {
		assert.False(t, i.Known())
		assert.Equal(t, "3.00 (no interval)", i.Text("%.2f"))
	}
	assert.Equal(t, "+1.00 (-4.34 to +6.34)", summary.Difference([]float64{1, 2, 4, 7, 11}, []float64{3, 5}).Text("%+.2f"))
}

// values draws results of searches.
func values(least int) *rapid.Generator[[]float64] {
	return rapid.SliceOfN(rapid.Float64Range(-100, 100), least, 12)
}

func TestAnIntervalContainsItsValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := values(2).Draw(t, "x"), values(2).Draw(t, "y")
		for _, i := range []summary.Interval{summary.Mean(x), summary.Difference(x, y)} {
			require.True(t, i.Known())
			assert.LessOrEqual(t, float64(i.Low), i.Value)
			assert.GreaterOrEqual(t, float64(i.High), i.Value)
		}
	})
}

func TestTheOrderOfValuesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := values(2).Draw(t, "x"), values(2).Draw(t, "y")
		mixed := rapid.Permutation(x).Draw(t, "mixed")
		for _, c := range []struct{ a, b summary.Interval }{
			{summary.Mean(x), summary.Mean(mixed)},
			{summary.Difference(x, y), summary.Difference(mixed, y)},
			{summary.Difference(y, x), summary.Difference(y, mixed)},
		} {
			assert.InDelta(t, c.a.Value, c.b.Value, 1e-9)
			assert.InDelta(t, float64(c.a.Low), float64(c.b.Low), 1e-6)
			assert.InDelta(t, float64(c.a.High), float64(c.b.High), 1e-6)
		}
		there, back := summary.Difference(x, y), summary.Difference(y, x)
		assert.InDelta(t, float64(there.Low), -float64(back.High), 1e-9)
	})
}

// Over 4,000 samples, a coverage of 0.95 has a standard deviation of 0.34 %.
func TestIntervalsCoverTheTruthInNineteenOfTwentyCases(t *testing.T) {
	const samples = 4000
	rng := rand.New(rand.NewPCG(1, 1))
	draw := func(n int, mean, deviation float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = mean + deviation*rng.NormFloat64()
		}
		return x
	}
	covered := map[string]int{}
	count := func(name string, i summary.Interval, truth float64) {
		if float64(i.Low) <= truth && truth <= float64(i.High) {
			covered[name]++
		}
	}
	for range samples {
		x, y := draw(5, 3, 1), draw(5, 1, 4)
		count("mean", summary.Mean(x), 3)
		count("paired", summary.Paired(x, y), 2)
		count("difference", summary.Difference(x, y), 2)
	}
	assert.Len(t, covered, 3)
	for name, n := range covered {
		assert.InDelta(t, 0.95, float64(n)/samples, 0.015, name)
	}
}

// Holm's procedure by hand: 0.01·4, 0.02·3, 0.03·2 and 0.04·1, each raised to the previous one.
func TestHolm(t *testing.T) {
	assert.InDeltaSlice(t, []float64{0.06, 0.04, 0.06, 0.06}, summary.Holm([]float64{0.04, 0.01, 0.03, 0.02}), 1e-12)
	assert.InDeltaSlice(t, []float64{0.03, 0.06, 0.06, 0.02}, summary.Holm([]float64{0.01, 0.04, 0.03, 0.005}), 1e-12)
	assert.Equal(t, []float64{1, 1}, summary.Holm([]float64{0.7, 0.9}))
	assert.Equal(t, []float64{0.2}, summary.Holm([]float64{0.2}), "a single test needs no correction")
	assert.Empty(t, summary.Holm(nil))
}

func TestATestThatWasNotMadeDoesNotCount(t *testing.T) {
	unknown := float64(summary.Mean([]float64{1}).Low)
	corrected := summary.Holm([]float64{0.02, unknown, 0.5})
	assert.InDelta(t, 0.04, corrected[0], 1e-12)
	assert.NotEqual(t, corrected[1], corrected[1], "NaN")
	assert.InDelta(t, 0.5, corrected[2], 1e-12)
}

func TestHolmKeepsTheOrderAndLowersNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 10).Draw(t, "p")
		before := slices.Clone(p)
		corrected := summary.Holm(p)
		require.Equal(t, before, p)
		for i := range p {
			assert.GreaterOrEqual(t, corrected[i], p[i])
			assert.LessOrEqual(t, corrected[i], min(1, float64(len(p))*p[i]), "never stricter than Bonferroni's correction")
			for j := range p {
				if p[i] <= p[j] {
					assert.LessOrEqual(t, corrected[i], corrected[j])
				}
			}
		}
	})
}
