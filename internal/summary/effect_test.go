package summary_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	_ "github.com/graphpnas/graphpnas/internal/race" // fewer cases with the race detector
	"github.com/graphpnas/graphpnas/internal/summary"
)

// tiedValues draws small integers, so that ties occur.
func tiedValues(t *rapid.T, name string) []float64 {
	var values []float64
	for _, v := range rapid.SliceOfN(rapid.IntRange(0, 5), 2, 20).Draw(t, name) {
		values = append(values, float64(v))
	}
	return values
}

func TestEffectSizes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := tiedValues(t, "x"), tiedValues(t, "y")
		wins := 0.0
		for _, a := range x {
			for _, b := range y {
				if a > b {
					wins++
				} else if a == b {
					wins += 0.5
				}
			}
		}
		there, back := summary.Superiority(x, y), summary.Superiority(y, x)
		assert.InDelta(t, wins/float64(len(x)*len(y)), there.Value, 1e-12)
		assert.LessOrEqual(t, float64(there.Low), there.Value+1e-12)
		assert.GreaterOrEqual(t, float64(there.High), there.Value-1e-12)
		assert.InDelta(t, 1, there.Value+back.Value, 1e-12)
		assert.InDelta(t, 1, float64(there.Low)+float64(back.High), 1e-9)
		p := summary.MannWhitney(x, y)
		assert.True(t, p >= 0 && p <= 1, "p %v", p)
		assert.InDelta(t, p, summary.MannWhitney(y, x), 1e-9)
	})
}

func TestEffectOfNothing(t *testing.T) {
	same := []float64{3, 3, 3, 3, 3}
	e := summary.EffectOf(same, same)
	assert.Equal(t, summary.Interval{}, e.Difference)
	assert.Equal(t, 0.5, e.Superior.Value)
	assert.Equal(t, summary.Number(1), e.P)
}

// If ten values are all above ten others, one in C(20, 10) = 184,756 orders is as extreme, on
// either side. The interval is the solution of Newcombe's equation, computed by hand: at 0.8002, a
// share of 1 is 1.96 standard errors away.
func TestEffectOfAll(t *testing.T) {
	var low, high []float64
	for i := range 10 {
		low, high = append(low, float64(i)), append(high, float64(i+20))
	}
	e := summary.EffectOf(high, low)
	assert.Equal(t, 1.0, e.Superior.Value)
	assert.InDelta(t, 0.8002, float64(e.Superior.Low), 1e-4)
	assert.Equal(t, summary.Number(1), e.Superior.High)
	assert.InDelta(t, 20, e.Difference.Value, 1e-12)
	assert.Less(t, float64(e.Difference.Low), 20.0)
	assert.Greater(t, float64(e.Difference.High), 20.0)
	assert.InDelta(t, 2.0/184756, float64(e.P), 1e-9)
}

// A test requires five seeds of both methods, and an interval two.
func TestFewSeeds(t *testing.T) {
	four, five := []float64{1, 2, 3, 4}, []float64{5, 6, 7, 8, 9}
	assert.False(t, summary.EffectOf(four, five).P.Known())
	assert.False(t, summary.EffectOf(five, four).P.Known())
	assert.True(t, summary.EffectOf(four, five).Superior.Known())
	assert.InDelta(t, 2.0/252, float64(summary.EffectOf(five, []float64{0, 1, 2, 3, 4}).P), 1e-9)
	one := summary.EffectOf([]float64{1}, five)
	assert.False(t, one.Difference.Known())
	assert.False(t, one.Superior.Known())
	assert.InDelta(t, -6, one.Difference.Value, 1e-12)
}

// Newcombe's interval covers the true probability in about 95 % of cases, even with five seeds.
func TestCoverageOfSuperiority(t *testing.T) {
	const samples = 2000
	rng := rand.New(rand.NewPCG(1, 1))
	draw := func(mean float64) []float64 {
		x := make([]float64, 5)
		for i := range x {
			x[i] = mean + rng.NormFloat64()
		}
		return x
	}
	for _, shift := range []float64{0, 1.5} {
		truth := (1 + math.Erf(shift/2)) / 2 // for a difference with variance 2
		covered := 0
		for range samples {
			if i := summary.Superiority(draw(shift), draw(0)); float64(i.Low) <= truth && truth <= float64(i.High) {
				covered++
			}
		}
		assert.InDelta(t, 0.95, float64(covered)/samples, 0.025, "shift %v", shift)
	}
}
