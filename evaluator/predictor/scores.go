package predictor

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// scale is the monotone map between values and the scores that the networks learn: the quantiles of a normal
// distribution at the values' ranks. Equal values share the mean of their ranks.
type scale struct{ values, scores []float64 } // ascending, one for each value that there is

func newScale(values []float64) *scale {
	sorted := slices.Sorted(slices.Values(values))
	n, s := len(sorted), &scale{}
	for i := 0; i < n; {
		j := i
		for j < n && sorted[j] == sorted[i] {
			j++
		}
		below := float64(i+j) / 2 // and half of those that are equal
		s.values = append(s.values, sorted[i])
		s.scores = append(s.scores, distuv.UnitNormal.Quantile(below/float64(n)))
		i = j
	}
	return s
}

// score returns the score of one of the values.
func (s *scale) score(value float64) float64 {
	i, _ := slices.BinarySearch(s.values, value)
	return s.scores[i]
}

// value is linear between the recorded values, except in the outer halves of the first and the last interval. There it goes on
// with the same slope and approaches the end of the range exponentially. So values are in the range, and larger scores still have
// larger values beyond the largest recorded one, until the difference is that of rounding.
func (s *scale) value(score float64) float64 {
	last := len(s.values) - 1
	if last == 0 {
		return s.values[0]
	}
	above, _ := slices.BinarySearch(s.scores, score)
	above = max(1, min(above, last))
	a, b := above-1, above
	t := (score - s.scores[a]) / (s.scores[b] - s.scores[a])
	if b == last && t > 0.5 {
		t = 1 - approach(t-0.5)
	}
	if a == 0 && t < 0.5 {
		t = approach(0.5 - t)
	}
	return max(s.values[a], min((1-t)*s.values[a]+t*s.values[b], s.values[b])) // rounding does not leave the range
}

// approach falls from a half, at distance 0, to 0, at first with slope 1.
func approach(distance float64) float64 { return math.Exp(-2*distance) / 2 }
