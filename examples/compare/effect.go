package main

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// effect is how a method's best values compare with another's.
type effect struct {
	difference summary.Interval // of the means
	superior   summary.Interval // probability that a seed of this method beats one of the other's, ties half (Vargha & Delaney 2000)
	p          float64          // Mann-Whitney test, two-sided
}

func effectOf(x, y []float64) effect {
	return effect{
		difference: summary.Difference(x, y),
		superior:   summary.Bootstrap(func(s ...[]float64) float64 { return superiority(s[0], s[1]) }, x, y),
		p:          mannWhitney(x, y),
	}
}

// superiority returns the share of pairs in which the value of x is greater, ties half.
func superiority(x, y []float64) float64 {
	y = slices.Sorted(slices.Values(y))
	wins := 0.0
	for _, v := range x {
		below, _ := slices.BinarySearch(y, v)
		upTo, _ := slices.BinarySearch(y, math.Nextafter(v, math.Inf(1)))
		wins += float64(below) + float64(upTo-below)/2
	}
	return wins / float64(len(x)*len(y))
}

// The exact distribution of the statistic with ties, which the package computes for small samples, depends on the order of
// the two samples and exceeds one. The normal approximation with its correction for ties does neither.
func init() { stats.MannWhitneyTiesExactLimit = 0 }

// mannWhitney returns the p-value. It is 1 if all values are equal.
func mannWhitney(x, y []float64) float64 {
	result, err := stats.MannWhitneyUTest(x, y, stats.LocationDiffers)
	if err != nil {
		return 1 // neither is empty, so all are equal
	}
	return result.P
}
