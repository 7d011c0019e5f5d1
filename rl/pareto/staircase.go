package pareto

import "slices"

// Staircase is a front that computes how much new points would improve its hypervolume. It is
// faster than calling Hypervolume for each point.
type Staircase struct {
	reference []float64
	front     [][]float64 // sorted by the first coordinate
}

// NewStaircase returns the front of some points. The reference bounds the hypervolume.
func NewStaircase(points [][]float64, reference []float64) *Staircase {
	s := &Staircase{reference: slices.Clone(reference)}
	for _, p := range points {
		s.Add(p)
	}
	return s
}

// Add adds a point to the front.
func (s *Staircase) Add(p []float64) {
	if !below(p, s.reference) || s.covers(p) {
		return
	}
	s.front = slices.DeleteFunc(s.front, func(q []float64) bool { return Dominates(p, q) })
	at, _ := slices.BinarySearchFunc(s.front, p, slices.Compare[[]float64])
	s.front = slices.Insert(s.front, at, slices.Clone(p))
}

// covers reports whether a point of the front equals or dominates p.
func (s *Staircase) covers(p []float64) bool {
	return slices.ContainsFunc(s.front, func(q []float64) bool {
		for k, x := range q {
			if x > p[k] {
				return false
			}
		}
		return true
	})
}

// Improvement returns how much a point would increase the hypervolume.
func (s *Staircase) Improvement(p []float64) float64 {
	if !below(p, s.reference) || s.covers(p) {
		return 0
	}
	switch len(p) {
	case 1:
		if len(s.front) > 0 {
			return s.front[0][0] - p[0]
		}
		return s.reference[0] - p[0]
	case 2:
		return s.area(p)
	}
	// The region that the point dominates, minus the part that the front already dominates.
	clipped := make([][]float64, len(s.front))
	for i, q := range s.front {
		clipped[i] = make([]float64, len(p))
		for k := range p {
			clipped[i][k] = max(p[k], q[k])
		}
	}
	box := 1.0
	for k, x := range p {
		box *= s.reference[k] - x
	}
	return max(0, box-Hypervolume(nondominated(clipped), s.reference))
}

// area is Improvement for two objectives: the area of the steps of the front above and to the right
// of the point.
func (s *Staircase) area(p []float64) float64 {
	sum, left, ceiling := 0.0, p[0], s.reference[1]
	for _, q := range s.front {
		if q[0] <= p[0] {
			ceiling = q[1]
			continue
		}
		if ceiling <= p[1] {
			break
		}
		sum += (q[0] - left) * (ceiling - p[1])
		left, ceiling = q[0], q[1]
	}
	if ceiling > p[1] {
		sum += (s.reference[0] - left) * (ceiling - p[1])
	}
	return sum
}
