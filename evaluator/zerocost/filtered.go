package zerocost

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrFiltered is wrapped by the error of an architecture whose score is too low to evaluate it, see [Filtered].
var ErrFiltered = errors.New("the score is too low")

// Filtered keeps architectures with a low score from an expensive evaluator. An architecture whose score is below Least fails
// with an error that wraps ErrFiltered. Such a failure is permanent in the sense of [evaluator.Permanent]:
// evaluator.Penalized gives it an objective, for a search to learn from.
//
// To choose Least, score a sample of the space with an evaluator.Pool: its median lets half of the space pass.
type Filtered struct {
	// Evaluator evaluates what passes.
	Evaluator evaluator.Evaluator
	// Score is asked first: a Scorer, or anything else that is cheap.
	Score evaluator.Evaluator
	// Least is the lowest score that passes.
	Least float64
}

var _ evaluator.Budgeted = Filtered{}

// Evaluate scores, and evaluates what passes: its result is the evaluator's. A score that fails is a failure of the
// architecture.
func (f Filtered) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return f.EvaluateAt(ctx, a, evaluator.Budget{})
}

// Unit returns the unit of the evaluator's budgets, if it has any.
func (f Filtered) Unit() string { return evaluator.UnitOf(f.Evaluator) }

// EvaluateAt is Evaluate at a budget. Scores have none.
func (f Filtered) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	score, err := evaluator.Try(ctx, f.Score, a)
	if err != nil {
		return evaluator.Result{}, err
	}
	if score.Value < f.Least {
		return evaluator.Result{}, fmt.Errorf("%v: %w: %v, not %v", a, ErrFiltered, score.Value, f.Least)
	}
	return evaluator.TryAt(ctx, f.Evaluator, a, b)
}
