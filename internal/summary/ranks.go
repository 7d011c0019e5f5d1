package summary

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Ranks returns the rank of each value: 1 for the highest. Equal values share the mean of their
// ranks, so ranks always add up to n(n+1)/2. Values with a relative difference of at most 1e-12,
// which may be due to rounding, count as equal. Values must not be NaN.
func Ranks(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(values[j], values[i]) })
	ranks := make([]float64, len(values))
	for first := 0; first < len(order); {
		top := values[order[first]]
		last := first + 1
		for last < len(order) && top-values[order[last]] <= 1e-12*math.Abs(top) {
			last++
		}
		for _, i := range order[first:last] {
			ranks[i] = float64(first+1+last) / 2
		}
		first = last
	}
	return ranks
}

// Percentiles returns a statistic with the interval between the 2.5th and 97.5th percentiles of its
// bootstrap samples (Efron 1979). The interval is extended to contain the statistic, which may
// otherwise be outside if there are few samples or they are very skewed. Percentiles sorts the
// samples. With fewer than two, there is no interval.
func Percentiles(value float64, samples []float64) Interval {
	if len(samples) < 2 {
		return Interval{value, unknown, unknown}
	}
	slices.Sort(samples)
	low := stat.Quantile(0.025, stat.LinInterp, samples, nil)
	high := stat.Quantile(0.975, stat.LinInterp, samples, nil)
	return Interval{value, Number(min(low, value)), Number(max(high, value))}
}
