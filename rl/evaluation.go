package rl

import (
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
)

// Evaluation is a trial and its outcome.
type Evaluation struct {
	Trial
	// Result is zero if Err is not nil, except for the Curve and the Cost of an evaluation that the search has stopped.
	Result evaluator.Result
	// Err is why the evaluation failed.
	Err error
	// Repeat reports that the architecture had been proposed before: this trial got the earlier result.
	Repeat bool
}

// OK reports whether the evaluation succeeded.
func (e Evaluation) OK() bool { return e.Err == nil }

// top returns the n successful evaluations with the highest values, best first, equal ones in their order.
func top(evaluations []Evaluation, n int) []Evaluation {
	if n <= 0 {
		return nil
	}
	best := make([]Evaluation, 0, min(n, len(evaluations)))
	for _, e := range evaluations {
		if !e.OK() || len(best) == n && e.Result.Value <= best[n-1].Result.Value {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, e.Result.Value, func(b Evaluation, value float64) int {
			if b.Result.Value >= value {
				return -1
			}
			return 1
		})
		if len(best) == n {
			best = best[:n-1]
		}
		best = slices.Insert(best, at, e)
	}
	return best
}

// addCost adds durations and stops at the longest one that there is.
func addCost(a, b time.Duration) time.Duration {
	if sum := a + b; b <= 0 || sum >= a {
		return sum
	}
	return 1<<63 - 1
}
