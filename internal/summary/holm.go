package summary

import (
	"cmp"
	"math"
	"slices"
)

// Holm corrects the p-values of several tests (Holm 1979). If tests with a corrected p-value of at
// most α are called significant, the probability that any of these calls is wrong is at most α,
// regardless of how the tests depend on one another. A NaN means that the test was not made: it
// stays NaN and does not count.
func Holm(p []float64) []float64 {
	corrected := slices.Clone(p)
	var order []int // indexes of the tests, ordered by p-value
	for i, v := range p {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	highest := 0.0
	for rank, i := range order {
		highest = max(highest, min(1, float64(len(order)-rank)*p[i]))
		corrected[i] = highest
	}
	return corrected
}
