// Package summary describes what searches with several seeds came to: means with their errors, intervals, and how many
// evaluations failed.
package summary

import (
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Estimate is the mean of a sample with its sample standard deviation and its standard error. Both are zero if there is
// only one value.
type Estimate struct{ Mean, Deviation, StdErr float64 }

// Of returns the estimate of at least one value.
func Of(x []float64) Estimate {
	e := Estimate{Mean: stat.Mean(x, nil)}
	if len(x) > 1 {
		e.Deviation = stat.StdDev(x, nil)
		e.StdErr = stat.StdErr(e.Deviation, float64(len(x)))
	}
	return e
}

// Interval is a statistic with its 95 % bootstrap percentile interval (Efron 1979).
type Interval struct{ Value, Low, High float64 }

// resamples is how often a bootstrap draws.
const resamples = 10_000

// Bootstrap returns the interval of a statistic of one or more independent samples, each of at least one value. The
// statistic must not keep or change its arguments. The same samples always have the same interval.
func Bootstrap(statistic func(samples ...[]float64) float64, samples ...[]float64) Interval {
	rng := rand.New(rand.NewPCG(1, 1))
	drawn := make([][]float64, len(samples))
	for i, x := range samples {
		drawn[i] = make([]float64, len(x))
	}
	values := make([]float64, resamples)
	for k := range values {
		for i, x := range samples {
			for j := range x {
				drawn[i][j] = x[rng.IntN(len(x))]
			}
		}
		values[k] = statistic(drawn...)
	}
	slices.Sort(values)
	return Interval{
		Value: statistic(samples...),
		Low:   stat.Quantile(0.025, stat.Empirical, values, nil),
		High:  stat.Quantile(0.975, stat.Empirical, values, nil),
	}
}

// Mean returns the interval of a mean.
func Mean(x []float64) Interval {
	return Bootstrap(func(s ...[]float64) float64 { return stat.Mean(s[0], nil) }, x)
}

// Difference returns the interval of the mean of x minus the mean of y.
func Difference(x, y []float64) Interval {
	return Bootstrap(func(s ...[]float64) float64 { return stat.Mean(s[0], nil) - stat.Mean(s[1], nil) }, x, y)
}
