// Package pareto compares points by several objectives: dominance, fronts, and the hypervolume that
// a front dominates.
//
// A point has one coordinate for each objective, and lower is better in every coordinate; negate
// objectives to maximize. All points of a call must have the same length and finite coordinates.
package pareto

import (
	"cmp"
	"math"
	"slices"
)

// Dominates reports whether a is at least as good as b in every coordinate and better in one. Equal points do not dominate
// each other.
func Dominates(a, b []float64) bool {
	better := false
	for i, x := range a {
		if x > b[i] {
			return false
		}
		better = better || x < b[i]
	}
	return better
}

// Front returns the indexes of the points that no other point dominates, in ascending order. Equal
// points are all returned.
func Front(points [][]float64) []int {
	var front []int
	for i, rank := range Ranks(points) {
		if rank == 0 {
			front = append(front, i)
		}
	}
	return front
}

// Ranks returns the non-dominated rank of each point (Deb et al. 2002, section III-A): 0 for points
// on the front, 1 for points on the front of the remaining ones, and so on.
func Ranks(points [][]float64) []int {
	// In lexicographic order, a point is never dominated by a later one. The rank of a point is the
	// first rank whose points do not dominate it (Zhang et al. 2015, efficient non-dominated sort).
	order := make([]int, len(points))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return slices.Compare(points[a], points[b]) })
	ranks := make([]int, len(points))
	var fronts [][]int
	for _, i := range order {
		rank := slices.IndexFunc(fronts, func(front []int) bool {
			return !slices.ContainsFunc(front, func(j int) bool { return Dominates(points[j], points[i]) })
		})
		if rank < 0 {
			rank = len(fronts)
			fronts = append(fronts, nil)
		}
		ranks[i] = rank
		fronts[rank] = append(fronts[rank], i)
	}
	return ranks
}

// Crowding returns the crowding distance of each point of a front (Deb et al. 2002, section III-B):
// the sum over the coordinates of the distance between its two neighbors divided by the front's
// range. It is infinite for the ends.
func Crowding(front [][]float64) []float64 {
	distances := make([]float64, len(front))
	if len(front) == 0 {
		return distances
	}
	order := make([]int, len(front))
	for k := range front[0] {
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(front[a][k], front[b][k]) })
		first, last := order[0], order[len(order)-1]
		distances[first], distances[last] = math.Inf(1), math.Inf(1)
		span := front[last][k]/2 - front[first][k]/2 // halved to avoid overflow
		if span == 0 {
			continue
		}
		for at := 1; at < len(order)-1; at++ {
			distances[order[at]] += (front[order[at+1]][k]/2 - front[order[at-1]][k]/2) / span
		}
	}
	return distances
}

// Normalized scales each coordinate linearly to the range 0 to 1 over the points. A coordinate that
// is equal for all points becomes 0.
func Normalized(points [][]float64) [][]float64 {
	if len(points) == 0 {
		return nil
	}
	out := make([][]float64, len(points))
	for i := range out {
		out[i] = make([]float64, len(points[0]))
	}
	for k := range points[0] {
		low, high := math.Inf(1), math.Inf(-1)
		for _, p := range points {
			low, high = min(low, p[k]), max(high, p[k])
		}
		if span := high/2 - low/2; span > 0 {
			for i, p := range points {
				out[i][k] = (p[k]/2 - low/2) / span
			}
		}
	}
	return out
}
