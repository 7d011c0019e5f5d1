package pareto

import (
	"cmp"
	"slices"
)

// Hypervolume returns the volume of the region that the points dominate, up to the reference
// (Zitzler & Thiele 1998). Points that are not below the reference in every coordinate are ignored.
// With two objectives it takes O(n log n) time; each further objective multiplies the time by up to
// n.
func Hypervolume(points [][]float64, reference []float64) float64 {
	inside := make([][]float64, 0, len(points))
	for _, p := range points {
		if below(p, reference) {
			inside = append(inside, p)
		}
	}
	return volume(inside, reference)
}

// below reports whether a point is below the reference in every coordinate.
func below(p, reference []float64) bool {
	for i, x := range p {
		if x >= reference[i] {
			return false
		}
	}
	return true
}

// volume computes the hypervolume by slicing objectives (While et al. 2006). It slices the region
// along the last coordinate: between two of its values, the points up to the lower one dominate the
// cross-section. It reorders the points.
func volume(points [][]float64, reference []float64) float64 {
	last := len(reference) - 1
	if len(points) == 0 {
		return 0
	}
	slices.SortStableFunc(points, func(a, b []float64) int { return cmp.Compare(a[last], b[last]) })
	if last == 0 {
		return reference[0] - points[0][0]
	}
	sum, lowest := 0.0, reference[0]
	var section [][]float64
	for i, p := range points {
		end := reference[last]
		if i+1 < len(points) {
			end = points[i+1][last]
		}
		if last == 1 {
			lowest = min(lowest, p[0])
			sum += (end - p[1]) * (reference[0] - lowest)
			continue
		}
		section = append(section, p[:last])
		if end > p[last] {
			section = nondominated(section)
			sum += (end - p[last]) * volume(slices.Clone(section), reference[:last])
		}
	}
	return sum
}

// nondominated returns the points that no other point dominates, one of each set of equal points.
func nondominated(points [][]float64) [][]float64 {
	var kept [][]float64
	for i, rank := range Ranks(points) {
		equal := func(p []float64) bool { return slices.Equal(p, points[i]) }
		if rank == 0 && !slices.ContainsFunc(kept, equal) {
			kept = append(kept, points[i])
		}
	}
	return kept
}

// Contributions returns, for each point, how much smaller the hypervolume would be without it. Of
// equal points, the first gets the contribution of all, and the others get zero.
func Contributions(points [][]float64, reference []float64) []float64 {
	contributions := make([]float64, len(points))
	all := Hypervolume(points, reference)
	for i, p := range points {
		if slices.ContainsFunc(points[:i], func(q []float64) bool { return slices.Equal(p, q) }) {
			continue
		}
		others := make([][]float64, 0, len(points))
		for _, q := range points {
			if !slices.Equal(p, q) {
				others = append(others, q)
			}
		}
		contributions[i] = max(0, all-Hypervolume(others, reference))
	}
	return contributions
}
