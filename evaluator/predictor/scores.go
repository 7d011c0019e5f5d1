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

// value is linear between the values that there are, and goes on beyond them along the line from the middle one to the
// last: the steps between the last few are too irregular to go by.
func (s *scale) value(score float64) float64 {
	last := len(s.values) - 1
	if last == 0 {
		return s.values[0]
	}
	above, found := slices.BinarySearch(s.scores, score)
	switch {
	case found:
		return s.values[above]
	case above == 0:
		return s.beyond(score, 0, max(last/2, 1))
	case above > last:
		return s.beyond(score, last, last/2)
	}
	a, b := above-1, above
	t := (score - s.scores[a]) / (s.scores[b] - s.scores[a])
	return (1-t)*s.values[a] + t*s.values[b]
}

// beyond extends the line from the inner value through the end. It stays finite, however large the values are.
func (s *scale) beyond(score float64, end, inner int) float64 {
	t := (score - s.scores[end]) / (s.scores[end] - s.scores[inner])
	v := s.values[end] + t*(s.values[end]-s.values[inner])
	return max(-math.MaxFloat64, min(v, math.MaxFloat64))
}
