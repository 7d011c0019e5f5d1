package evaluator

import (
	"context"
	"errors"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Penalized gives an architecture whose evaluation fails an objective of your choice, so that a search learns to avoid
// it. The error becomes the result's Failure. Without Penalized a search records the error and learns nothing from it.
//
// Only failures that are [Permanent] or wrap [ErrUncertain] are penalized; other errors remain errors. Wrap Penalized
// around an evaluator that stores results and not the other way round: then the store holds the failures themselves, and
// the penalty may change from search to search.
type Penalized struct {
	// Evaluator is the evaluator whose failures are penalized.
	Evaluator Evaluator
	// Value is the objective of an architecture whose evaluation failed.
	Value float64
}

var _ Budgeted = Penalized{}

// Evaluate evaluates, and returns a result instead of a failure.
func (p Penalized) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) {
	return p.EvaluateAt(ctx, a, Budget{})
}

// Unit returns the unit of the evaluator's budgets, if it has any.
func (p Penalized) Unit() string { return UnitOf(p.Evaluator) }

// EvaluateAt evaluates at a budget, and returns a result instead of a failure. The objective of a failure is the same at all
// budgets.
func (p Penalized) EvaluateAt(ctx context.Context, a searchspace.Arch, b Budget) (Result, error) {
	r, err := TryAt(ctx, p.Evaluator, a, b)
	// Whether a failure is uncertain may depend on the order in which evaluations finish. What a search learns must not.
	uncertain := finished(ctx, err) && errors.Is(err, ErrUncertain)
	if uncertain || Permanent(ctx, err) {
		return Result{Value: p.Value, Failure: err.Error()}, nil
	}
	return r, err
}
