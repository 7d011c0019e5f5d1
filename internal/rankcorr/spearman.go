// Package rankcorr tells how much two orders agree.
//
// It is our own because gonum's stat has Kendall's coefficient, which takes the square of the time, and no ranks.
package rankcorr

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Spearman returns Spearman's rank correlation of two lists of one length: that of their ranks, where equal values share
// the mean of theirs. It is NaN where one list has a single value only.
func Spearman(a, b []float64) float64 { return stat.Correlation(ranks(a), ranks(b), nil) }

func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(x[i], x[j]) })
	r := make([]float64, len(x))
	for low := 0; low < len(order); {
		high := low
		for high < len(order) && x[order[high]] == x[order[low]] {
			high++
		}
		for _, i := range order[low:high] {
			r[i] = float64(low+high-1) / 2
		}
		low = high
	}
	return r
}
