package bayes

import (
	"slices"
	"sort"
)

// scale turns scores back into the figures that they are the scores of.
type scale struct {
	scores, figures []float64 // ascending, each score once
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

// tail is over how many steps at an end of a scale the slope is taken with which the scale goes on.
const tail = 5

// figure returns the figure of a score: between two known ones by linear interpolation, beyond them with the mean slope of the
// last few.
func (s *scale) figure(score float64) float64 {
	n := len(s.scores)
	if n == 1 {
		return s.figures[0]
	}
	i := sort.SearchFloat64s(s.scores, score)
	lo, hi, from := i-1, i, i-1
	switch {
	case i == 0:
		lo, hi, from = 0, min(tail, n-1), 0
	case i == n:
		lo, hi, from = max(0, n-1-tail), n-1, n-1
	}
	slope := (s.figures[hi] - s.figures[lo]) / (s.scores[hi] - s.scores[lo])
	return s.figures[from] + slope*(score-s.scores[from])
}

// score returns the score of a figure, the inverse of figure, and the score at an end if the figure is beyond it.
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
