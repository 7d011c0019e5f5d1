package rl

import (
	"cmp"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/rl/pareto"
)

// order returns the indexes of the successful evaluations, best first, ties in their original
// order. Those within the limits come first, ordered by value or, with several objectives, by
// non-dominated rank and then by hypervolume contribution. The others follow, ordered by how far
// they are beyond the limits (Deb et al. 2002, section VI).
func (g goals) order(evaluations []Evaluation) []int {
	var within, beyond []int
	excesses := map[int][]float64{}
	for i, e := range evaluations {
		if !e.OK() {
			continue
		}
		if x := g.excesses(e.Result); x != nil {
			beyond, excesses[i] = append(beyond, i), x
		} else {
			within = append(within, i)
		}
	}
	g.sortWithin(evaluations, within)
	sortBeyond(beyond, excesses, len(g.limits))
	return append(within, beyond...)
}

// sortWithin sorts evaluations within the limits, best first.
func (g goals) sortWithin(evaluations []Evaluation, list []int) {
	points := make([][]float64, len(list))
	for k, i := range list {
		points[k] = g.point(evaluations[i].Result)
	}
	places := make([]int, len(list))
	for k := range places {
		places[k] = k
	}
	if len(g.objectives) == 1 {
		slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(points[a][0], points[b][0]) })
	} else {
		ranks, contributions := standings(points)
		slices.SortStableFunc(places, func(a, b int) int {
			return cmp.Or(cmp.Compare(ranks[a], ranks[b]), -cmp.Compare(contributions[a], contributions[b]))
		})
	}
	sorted := make([]int, len(list))
	for k, place := range places {
		sorted[k] = list[place]
	}
	copy(list, sorted)
}

// beyondWorst is the reference point of hypervolume contributions for points scaled to [0, 1]. It
// is above 1 so that the ends of a front contribute too.
const beyondWorst = 1.1

// standings returns the non-dominated rank of each point and its contribution to the hypervolume of
// its rank.
func standings(points [][]float64) (ranks []int, contributions []float64) {
	ranks, contributions = pareto.Ranks(points), make([]float64, len(points))
	points = pareto.Normalized(points)
	if len(points) == 0 {
		return ranks, contributions
	}
	reference := make([]float64, len(points[0]))
	for k := range reference {
		reference[k] = beyondWorst
	}
	for rank := range slices.Max(ranks) + 1 {
		var members []int
		var front [][]float64
		for i, r := range ranks {
			if r == rank {
				members, front = append(members, i), append(front, points[i])
			}
		}
		for k, c := range pareto.Contributions(front, reference) {
			contributions[members[k]] = c
		}
	}
	return ranks, contributions
}

// sortBeyond sorts evaluations by the sum of their excesses, each divided by the largest excess
// over the same limit.
func sortBeyond(list []int, excesses map[int][]float64, limits int) {
	most := make([]float64, limits)
	for _, x := range excesses {
		for k := range most {
			most[k] = max(most[k], x[k])
		}
	}
	sums := map[int]float64{}
	for _, i := range list {
		for k, x := range excesses[i] {
			if x > 0 {
				sums[i] += x / most[k]
			}
			if math.IsNaN(sums[i]) { // infinite excesses
				sums[i] = math.Inf(1)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(sums[a], sums[b]) })
}

// best returns the first n evaluations in order.
func (g goals) best(evaluations []Evaluation, n int) []Evaluation {
	if g.plain() {
		return top(evaluations, n)
	}
	return pick(evaluations, g.order(evaluations), n)
}

// pick returns the evaluations with the first n indexes of order.
func pick(evaluations []Evaluation, order []int, n int) []Evaluation {
	order = order[:max(0, min(n, len(order)))]
	if len(order) == 0 {
		return nil
	}
	list := make([]Evaluation, len(order))
	for k, i := range order {
		list[k] = evaluations[i]
	}
	return list
}

// front returns the evaluations within the limits that no other dominates, ordered by the first objective, best first.
func (g goals) front(evaluations []Evaluation) []Evaluation {
	within := slices.DeleteFunc(slices.Clone(evaluations), func(e Evaluation) bool { return !e.OK() || g.excesses(e.Result) != nil })
	points := make([][]float64, len(within))
	for i, e := range within {
		points[i] = g.point(e.Result)
	}
	front := pareto.Front(points)
	slices.SortStableFunc(front, func(a, b int) int { return slices.Compare(points[a], points[b]) })
	return pick(within, front, len(front))
}
