package main

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// values draws small whole numbers, so that ties occur.
func values(t *rapid.T, name string) []float64 {
	var values []float64
	for _, v := range rapid.SliceOfN(rapid.IntRange(0, 5), 2, 20).Draw(t, name) {
		values = append(values, float64(v))
	}
	return values
}

func TestEffectSizes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := values(t, "x"), values(t, "y")
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
		there, back := superiority(x, y), superiority(y, x)
		assert.InDelta(t, wins/float64(len(x)*len(y)), there.Value, 1e-12)
		assert.LessOrEqual(t, float64(there.Low), there.Value+1e-12)
		assert.GreaterOrEqual(t, float64(there.High), there.Value-1e-12)
		assert.InDelta(t, 1, there.Value+back.Value, 1e-12)
		assert.InDelta(t, 1, float64(there.Low)+float64(back.High), 1e-9)
		p := mannWhitney(x, y)
		assert.True(t, p >= 0 && p <= 1, "p %v", p)
		assert.InDelta(t, p, mannWhitney(y, x), 1e-9)
	})
}

func TestEffectOfNothing(t *testing.T) {
	same := []float64{3, 3, 3, 3, 3}
	e := effectOf(same, same)
	assert.Equal(t, summary.Interval{}, e.difference)
	assert.Equal(t, 0.5, e.superior.Value)
	assert.Equal(t, summary.Number(1), e.p)
}

// Of ten values all above ten others, one order in C(20, 10) = 184,756 is as extreme, on either side. The interval is that of
// Newcombe's equation, solved by hand: at 0.8002 a share of 1 is 1.96 standard errors away.
func TestEffectOfAll(t *testing.T) {
	var low, high []float64
	for i := range 10 {
		low, high = append(low, float64(i)), append(high, float64(i+20))
	}
	e := effectOf(high, low)
	assert.Equal(t, 1.0, e.superior.Value)
	assert.InDelta(t, 0.8002, float64(e.superior.Low), 1e-4)
	assert.Equal(t, summary.Number(1), e.superior.High)
	assert.InDelta(t, 20, e.difference.Value, 1e-12)
	assert.Less(t, float64(e.difference.Low), 20.0)
	assert.Greater(t, float64(e.difference.High), 20.0)
	assert.InDelta(t, 2.0/184756, float64(e.p), 1e-9)
}

// A test needs five seeds of both methods, an interval two.
func TestFewSeeds(t *testing.T) {
	four, five := []float64{1, 2, 3, 4}, []float64{5, 6, 7, 8, 9}
	assert.False(t, effectOf(four, five).p.Known())
	assert.False(t, effectOf(five, four).p.Known())
	assert.True(t, effectOf(four, five).superior.Known())
	assert.InDelta(t, 2.0/252, float64(effectOf(five, []float64{0, 1, 2, 3, 4}).p), 1e-9)
	one := effectOf([]float64{1}, five)
	assert.False(t, one.difference.Known())
	assert.False(t, one.superior.Known())
	assert.InDelta(t, -6, one.difference.Value, 1e-12)
}

// Newcombe's interval covers the true probability in about 95 % of cases, with five seeds too.
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
		truth := (1 + math.Erf(shift/2)) / 2 // of a difference with variance 2
		covered := 0
		for range samples {
			if i := superiority(draw(shift), draw(0)); float64(i.Low) <= truth && truth <= float64(i.High) {
				covered++
			}
		}
		assert.InDelta(t, 0.95, float64(covered)/samples, 0.025, "shift %v", shift)
	}
}

// runsWith makes searches with the given best values.
func runsWith(method string, values ...float64) []record {
	var runs []record
	for _, v := range values {
		runs = append(runs, record{Method: method, Valid: v, Better: []point{{1, v}}})
	}
	return runs
}

// comparisonWith compares three methods with random: one that is clearly better, one like it, and one with too few seeds.
func comparisonWith(baseline string) comparison {
	b := &bench{options: options{baseline: baseline, valid: "valid", test: "test", evals: 1, reach: 9}, best: 9}
	var runs []record
	for _, m := range []struct {
		name   string
		values []float64
	}{
		{"random", []float64{1, 2, 3, 4, 5}}, {"better", []float64{6, 7, 8, 9, 9.5}}, {"like", []float64{1.5, 2.5, 3.5, 4.5, 0.5}},
		{"few", []float64{7}},
	} {
		b.methods = append(b.methods, contender{named[newMethod]{name: m.name}, len(m.values)})
		runs = append(runs, runsWith(m.name, m.values...)...)
	}
	return comparisonOf(b, runs)
}

func TestTheBaselineIsChosen(t *testing.T) {
	c := comparisonWith("random")
	require.Nil(t, c.totals[0].against)
	better, like, few := c.totals[1].against, c.totals[2].against, c.totals[3].against
	assert.InDelta(t, 2.0/252, float64(better.p), 1e-9)
	assert.InDelta(t, 4.0/252, float64(better.corrected), 1e-9, "two tests were made")
	assert.Equal(t, like.p, like.corrected, "the larger of two is not multiplied")
	assert.False(t, few.p.Known())
	assert.False(t, few.corrected.Known())

	c = comparisonWith("better")
	require.Nil(t, c.totals[1].against)
	assert.InDelta(t, -better.difference.Value, c.totals[0].against.difference.Value, 1e-12)
	assert.InDelta(t, 4.0/252, float64(c.totals[0].against.corrected), 1e-9)
}

func TestTheTableOfEffects(t *testing.T) {
	var text strings.Builder
	require.NoError(t, comparisonWith("random").markdown(&text))
	assert.Contains(t, text.String(), "| few | 1 | 7.000 (one seed) | – |")
	assert.Contains(t, text.String(), "| against random | difference of means | beats it | p | p, corrected |\n")
	// The standard error is √(0.5 + 0.41), and t with 7.9 degrees of freedom 2.31.
	assert.Contains(t, text.String(), "| better | +4.900 (+2.696 to +7.104) | 1.00 (0.64 to 1.00) | 0.0079 | 0.016 |\n")
	assert.Contains(t, text.String(), "| few | +4.000 (no interval) | 1.00 (no interval) | – | – |\n")
	assert.Contains(t, text.String(), "needs at least 5 seeds of both methods.")
	assert.Contains(t, text.String(), "corrects for all 2 (Holm's method)")
	assert.NotContains(t, text.String(), "NaN")

	text.Reset()
	require.NoError(t, comparisonWith("random").csv(&text))
	assert.Contains(t, text.String(), "\nfew,1,7,,,0,,,0,0,,0,random,4,,,1,,,,,0,,,,\n")
	assert.NotContains(t, text.String(), "NaN")
}

func TestTheDefaultBaseline(t *testing.T) {
	all, err := contenders("local,random:3,evolution", 2)
	require.NoError(t, err)
	for _, c := range []struct {
		given  string
		all    []contender
		chosen string
	}{{"", all, "random"}, {"evolution", all, "evolution"}, {"", all[2:], "evolution"}, {"", all[:1], "local"}} {
		name, err := chooseBaseline(c.given, c.all)
		require.NoError(t, err)
		assert.Equal(t, c.chosen, name)
	}
}
