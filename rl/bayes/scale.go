package bayes

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat"
)

// rankShare returns the weight of normal scores in mixedScores relative to that of the figures. It
// falls from 1 with at most 10 figures to 0.1 with 100 or more.
func rankShare(n int) float64 { return max(0.1, min(1, 10/float64(n))) }

// mixedScores returns a weighted sum of the figures and their normal scores, scaled to mean zero
// and variance one. Normal scores distinguish good figures that differ little if others are
// hopeless, and do not depend on how hopeless those are. But hypervolumes are measured in figures,
// so figures count more when there are enough of them.
func mixedScores(figures []float64) []float64 {
	scores := normalScores(figures)
	most := 0.0
	for _, f := range figures {
		most = max(most, math.Abs(f))
	}
	if most == 0 {
		return scores
	}
	plain := make([]float64, len(figures))
	for i, f := range figures {
		plain[i] = f / most // so that squares do not overflow
	}
	standardize(plain)
	for i := range scores {
		scores[i] = rankShare(len(scores))*scores[i] + plain[i]
	}
	standardize(scores)
	return scores
}

// standardize scales values to mean zero and variance one. If all are equal, they become zero.
func standardize(values []float64) {
	mean, deviation := stat.PopMeanStdDev(values, nil)
	for i := range values {
		if values[i] -= mean; deviation > 0 {
			values[i] /= deviation
		}
	}
}

// scale converts scores back to figures.
type scale struct {
	scores, figures []float64 // in ascending order, each score once
}

// newScale returns the scale of figures and their normal scores.
func newScale(scores, figures []float64) *scale {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case scores[a] < scores[b]:
			return -1
		case scores[a] > scores[b]:
			return 1
		}
		return a - b
	})
	s := &scale{}
	for _, i := range order {
		if n := len(s.scores); n == 0 || scores[i] > s.scores[n-1] {
			s.scores, s.figures = append(s.scores, scores[i]), append(s.figures, figures[i])
		}
	}
	return s
}

// tail returns the number of steps at an end of a scale over which the slope beyond the end is
// computed. A search evaluates many similar architectures, and the last few figures may be so close
// together that their slope would rule out much better ones.
func (s *scale) tail() int {
	n := len(s.scores)
	return min(max(5, n/4), n-1)
}

// figure returns the figure for a score: by linear interpolation between known scores, and beyond
// them with the mean slope of the last quarter.
func (s *scale) figure(score float64) float64 {
	n := len(s.scores)
	if n == 1 {
		return s.figures[0]
	}
	i := sort.SearchFloat64s(s.scores, score)
	lo, hi, from := i-1, i, i-1
	switch {
	case i == 0:
		lo, hi, from = 0, s.tail(), 0
	case i == n:
		lo, hi, from = n-1-s.tail(), n-1, n-1
	}
	slope := (s.figures[hi] - s.figures[lo]) / (s.scores[hi] - s.scores[lo])
	return s.figures[from] + slope*(score-s.scores[from])
}

// score returns the score of a figure, the inverse of figure. Beyond the ends, it returns the score
// of the end.
func (s *scale) score(figure float64) float64 {
	n := len(s.figures)
	i := sort.SearchFloat64s(s.figures, figure)
	switch {
	case i == n:
		return s.scores[n-1]
	case i == 0 || s.figures[i] == figure:
		return s.scores[i]
	}
	share := (figure - s.figures[i-1]) / (s.figures[i] - s.figures[i-1])
	return s.scores[i-1] + share*(s.scores[i]-s.scores[i-1])
}
