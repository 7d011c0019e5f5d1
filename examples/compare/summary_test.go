package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// values are small whole numbers, so that ties occur.
func values(t *rapid.T, name string) []float64 {
	var values []float64
	for _, v := range rapid.SliceOfN(rapid.IntRange(0, 5), 1, 20).Draw(t, name) {
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
		assert.InDelta(t, wins/float64(len(x)*len(y)), superiority(x, y), 1e-12)
		assert.InDelta(t, 1, superiority(x, y)+superiority(y, x), 1e-12)
		p := mannWhitney(x, y)
		assert.True(t, p >= 0 && p <= 1, "p %v", p)
		assert.InDelta(t, p, mannWhitney(y, x), 1e-9)
	})
}

func TestEffectOfNothing(t *testing.T) {
	same := []float64{3, 3, 3}
	e := effectOf(same, same)
	assert.Equal(t, effect{interval{0, 0, 0}, interval{0.5, 0.5, 0.5}, 1}, e)
}

// Of ten values all above ten others, one order in C(20, 10) = 184,756 is as extreme, on either side.
func TestEffectOfAll(t *testing.T) {
	var low, high []float64
	for i := range 10 {
		low, high = append(low, float64(i)), append(high, float64(i+20))
	}
	e := effectOf(high, low)
	assert.Equal(t, interval{1, 1, 1}, e.superior)
	assert.InDelta(t, 20, e.difference.value, 1e-12)
	assert.Less(t, e.difference.low, 20.0)
	assert.Greater(t, e.difference.high, 20.0)
	assert.InDelta(t, 2.0/184756, e.p, 1e-9)
}

func TestWhatASearchHadWhen(t *testing.T) {
	r := record{Better: []point{{2, 10}, {5, 30}}}
	assert.Equal(t, []float64{10, 10, 10, 30, 30}, []float64{r.bestAfter(1), r.bestAfter(2), r.bestAfter(4), r.bestAfter(5), r.bestAfter(9)})
	assert.Equal(t, []float64{2, 5, math.Inf(1)}, []float64{r.until(10), r.until(11), r.until(31)})
}

func TestASummaryOverSeeds(t *testing.T) {
	c := comparison{bench: &bench{options: options{reach: 3}, best: 4}}
	s := c.summary("m", []record{
		{Valid: 4, Test: 1, Seconds: 2, Better: []point{{7, 4}}},
		{Valid: 3, Test: 2, Seconds: 4, Better: []point{{1, 2}, {9, 3}}},
		{Valid: 2, Test: 3, Seconds: 6, Better: []point{{1, 2}}},
	})
	assert.InDelta(t, 3, s.valid.mean, 1e-12)
	assert.InDelta(t, 1, s.valid.deviation, 1e-12)
	assert.InDelta(t, 1/math.Sqrt(3), s.valid.err, 1e-12)
	assert.InDelta(t, 2, s.test.mean, 1e-12)
	assert.InDelta(t, 1.0/3, s.hits, 1e-12)
	assert.InDelta(t, 2.0/3, s.reached, 1e-12)
	assert.Equal(t, 9.0, s.until)
	assert.InDelta(t, 4, s.seconds, 1e-12)
}
