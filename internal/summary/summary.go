// Package summary describes the results of searches that differ only in their seeds: means with
// standard errors, intervals, corrections for several comparisons, and numbers of failed
// evaluations.
//
// The unit is the search. Architectures of the same search are not independent of one another, so
// average them first and pass one value for each search.
package summary

import (
	"encoding/json"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// Number is a number that may be unknown, such as the standard error of a single value. An unknown
// number is NaN, and null in JSON.
type Number float64

// Known reports whether the number is known.
func (n Number) Known() bool { return !math.IsNaN(float64(n)) }

// MarshalJSON writes the number, or null if it is unknown.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Known() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// unknown is an unknown Number.
var unknown = Number(math.NaN())

// Estimate is the mean of independent values, one for each seed.
type Estimate struct {
	// N is the number of values.
	N int `json:"n"`
	// Mean is the mean of the values.
	Mean float64 `json:"mean"`
	// Deviation is the sample standard deviation. It is unknown if there is only one value.
	Deviation Number `json:"std"`
	// StdErr is the standard error of the mean, Deviation/√N. It is unknown if there is only one value.
	StdErr Number `json:"std_err"`
}

// Of returns the estimate of at least one value.
func Of(x []float64) Estimate {
	e := Estimate{N: len(x), Mean: stat.Mean(x, nil), Deviation: unknown, StdErr: unknown}
	if e.N > 1 {
		deviation := stat.StdDev(x, nil)
		e.Deviation, e.StdErr = Number(deviation), Number(stat.StdErr(deviation, float64(e.N)))
	}
	return e
}

// Text formats the mean, its standard error and the number of seeds, as in "84.892 ± 0.012 (n =
// 10)", with the given number of decimals. A single value has no error: "84.892 (one seed)".
func (e Estimate) Text(digits int) string {
	if e.N == 1 {
		return e.Cell(digits)
	}
	return fmt.Sprintf("%s (n = %d)", e.Cell(digits), e.N)
}

// Cell is Text for tables with a separate column for the number of seeds: "84.892 ± 0.012", or
// "84.892 (one seed)".
func (e Estimate) Cell(digits int) string {
	if e.N == 1 {
		return fmt.Sprintf("%.*f (one seed)", digits, e.Mean)
	}
	return fmt.Sprintf("%.*f ± %.*f", digits, e.Mean, digits, e.StdErr)
}

// Times returns the estimate of the values multiplied by a positive factor, such as 100 for
// percent.
func (e Estimate) Times(factor float64) Estimate {
	e.Mean *= factor
	e.Deviation *= Number(factor)
	e.StdErr *= Number(factor)
	return e
}
