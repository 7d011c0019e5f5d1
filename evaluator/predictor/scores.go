package predictor

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// scale is the monotone map between values and the scores that models learn: the quantiles of a normal distribution at the values'
// ranks. Equal values share the mean of their ranks.
type scale struct{ values, scores []float64 } // ascending, one element for each distinct value

func newScale(values []float64) *scale {
	sorted := slices.Sorted(slices.Values(values))
	n, s := len(sorted), &scale{}
	for i := 0; i < n; {
		j := i
		for j < n && sorted[j] == sorted[i] {
			j++
		}
		below := float64(i+j) / 2 // the smaller values and half of the equal ones
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

// value converts a score to a value by linear interpolation between the recorded values. In the outer halves of the first and the last
// interval it continues with the same slope and approaches the end of the range exponentially. So values are always in the range, and
// higher scores give higher values, up to rounding.
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
	return max(s.values[a], min((1-t)*s.values[a]+t*s.values[b], s.values[b])) // clamps rounding errors
}

// approach falls from 1/2 at distance 0 to 0, initially with slope −1.
func approach(distance float64) float64 { return math.Exp(-2*distance) / 2 }
