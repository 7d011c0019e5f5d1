package summary

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a statistic with its 95 % confidence interval. Low and High are unknown if there are
// too few values for an interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   Number  `json:"low"`
	High  Number  `json:"high"`
}

// Known reports whether there is an interval.
func (i Interval) Known() bool { return i.Low.Known() && i.High.Known() }

// Text formats the statistic and its interval with a verb of package fmt. For "%+.2f", the result
// is like "+4.11 (+2.74 to +5.48)", or "+4.11 (no interval)" if there is no interval.
func (i Interval) Text(verb string) string {
	if !i.Known() {
		return fmt.Sprintf(verb+" (no interval)", i.Value)
	}
	return fmt.Sprintf(verb+" ("+verb+" to "+verb+")", i.Value, i.Low, i.High)
}

// Mean returns the mean of at least one value with Student's t interval. A single value has no
// interval.
//
// The t interval is exact for values from a normal distribution. Bootstrap percentile intervals are
// too narrow for few values: with five values, they cover the mean of a normal distribution in 84 %
// of cases. Neither has good coverage if the distribution is very skewed, as when most searches
// find the same best architecture; more seeds help.
func Mean(x []float64) Interval {
	e := Of(x)
	return around(e.Mean, float64(e.StdErr), float64(e.N-1))
}

// Paired returns the mean of x[i] − y[i] with Student's t interval, for results that come in pairs,
// such as those of two methods with the same seed that share training data. The slices must have
// the same length, at least 1. A single pair has no interval.
func Paired(x, y []float64) Interval {
	differences := make([]float64, len(x))
	for i := range x {
		differences[i] = x[i] - y[i]
	}
	return Mean(differences)
}

// Difference returns the mean of x minus the mean of y with Welch's t interval, for independent
// results. Both must have at least one value. There is an interval only if both have at least two.
func Difference(x, y []float64) Interval {
	difference := stat.Mean(x, nil) - stat.Mean(y, nil)
	a, b := squaredError(x), squaredError(y)
	freedom := (a + b) * (a + b) / (a*a/float64(len(x)-1) + b*b/float64(len(y)-1)) // Welch and Satterthwaite's
	return around(difference, math.Sqrt(a+b), freedom)
}

// squaredError returns the square of the standard error of a mean, or NaN for a single value.
func squaredError(x []float64) float64 { return stat.Variance(x, nil) / float64(len(x)) }

// around returns the t interval of a statistic, given its standard error, which is NaN if unknown.
func around(value, stdErr, freedom float64) Interval {
	switch {
	case math.IsNaN(stdErr):
		return Interval{value, unknown, unknown}
	case stdErr == 0:
		return Interval{value, Number(value), Number(value)}
	}
	reach := stdErr * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile(0.975)
	return Interval{value, Number(value - reach), Number(value + reach)}
}
