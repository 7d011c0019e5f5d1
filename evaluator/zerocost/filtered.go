package zerocost

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrFiltered is wrapped by the error of an architecture that is not evaluated because its score is too low; see [Filtered].
var ErrFiltered = errors.New("the score is too low")

// Filtered evaluates only architectures with a sufficient score. An architecture whose score is below Least fails with an error that
// wraps ErrFiltered. This failure is [evaluator.Permanent]; use evaluator.Penalized to turn it into an objective that a search can learn
// from.
//
// To choose Least, score a sample of the space with an evaluator.Pool. With the median of the scores, half of the space passes.
type Filtered struct {
	// Evaluator evaluates the architectures that pass.
	Evaluator evaluator.Evaluator
	// Score returns the score: a Scorer, or any other cheap evaluator.
	Score evaluator.Evaluator
	// Least is the minimum score that passes.
	Least float64
}

var _ evaluator.Budgeted = Filtered{}

// Evaluate scores the architecture, and evaluates it if the score is sufficient. It returns the evaluator's result. If the score
// fails, Evaluate returns its error.
func (f Filtered) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return f.EvaluateAt(ctx, a, evaluator.Budget{})
}

// Unit returns the unit of the wrapped evaluator's budgets, or "" if it has none.
func (f Filtered) Unit() string { return evaluator.UnitOf(f.Evaluator) }

// EvaluateAt is like Evaluate at a budget. The budget does not affect the score.
func (f Filtered) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	score, err := evaluator.Try(ctx, f.Score, a)
	if err != nil {
		return evaluator.Result{}, err
	}
	if score.Value < f.Least {
		return evaluator.Result{}, fmt.Errorf("%v: %w: it is %v, but must be at least %v", a, ErrFiltered, score.Value, f.Least)
	}
	return evaluator.TryAt(ctx, f.Evaluator, a, b)
}
