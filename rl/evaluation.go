package rl

import (
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
)

// Evaluation is a trial and its outcome.
type Evaluation struct {
	Trial
	// Result is zero if Err is not nil, except for the Curve and Cost of an evaluation that was
	// stopped early.
	Result evaluator.Result
	// Err is the reason that the evaluation failed or was stopped early, or nil. Its text begins with
	// the architecture, except that of an error given to Tell, which is kept as it is.
	Err error
	// Repeat reports whether the architecture had been proposed before, so that this trial got the
	// earlier result.
	Repeat bool
}

// OK reports whether the evaluation succeeded.
func (e Evaluation) OK() bool { return e.Err == nil }

// Stopped reports whether the search stopped the evaluation early. It has not succeeded, but its
// architecture is not at fault.
func (e Evaluation) Stopped() bool { return isStop(e.Err) }

// top returns the n successful evaluations with the highest values, best first, ties in their
// original order.
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

// addCost adds durations, saturating at the largest time.Duration.
func addCost(a, b time.Duration) time.Duration {
	if sum := a + b; b <= 0 || sum >= a {
		return sum
	}
	return 1<<63 - 1
}
