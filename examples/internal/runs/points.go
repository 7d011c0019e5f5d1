package runs

import "math"

// Point is a value after a number of evaluations.
type Point struct {
	Evals int     `json:"evals"`
	Value float64 `json:"value"`
}

// Points lists values in the order of their evaluations.
type Points []Point

// Until returns the number of evaluations until a value is at least as high as the given one, or infinity if none
// is.
func (p Points) Until(value float64) float64 {
	for _, q := range p {
		if q.Value >= value {
			return float64(q.Evals)
		}
	}
	return math.Inf(1)
}
