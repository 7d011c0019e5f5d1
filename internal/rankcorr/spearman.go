// Package rankcorr computes rank correlations.
//
// Gonum's package stat has only Kendall's coefficient, in quadratic time, and no ranks.
package rankcorr

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Spearman returns Spearman's rank correlation of two lists of the same length. Equal values share
// the mean of their ranks. It is NaN if all values of a list are equal.
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
