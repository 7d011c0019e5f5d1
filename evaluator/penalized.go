package evaluator

import (
	"context"
	"errors"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Penalized turns failed evaluations into results with a fixed objective, so that a search learns to avoid architectures that
// fail. The error becomes the result's Failure. Without Penalized, most methods learn nothing from an error; those of rl/bayes that
// predict failures, such as bayes.ModelAverage, do not need it.
//
// Only errors that are [Permanent] or wrap [ErrUncertain] are penalized; other errors are returned unchanged. Wrap Penalized
// around an evaluator that stores results, not the other way round: the store then contains the failures themselves, and each
// search can choose its own penalty.
type Penalized struct {
	// Evaluator is the evaluator whose failures are penalized.
	Evaluator Evaluator
	// Value is the objective of a failed architecture.
	Value float64
}

var _ Budgeted = Penalized{}

// Evaluate evaluates the architecture, and returns a result with the penalty if that fails.
func (p Penalized) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) {
	return p.EvaluateAt(ctx, a, Budget{})
}

// Unit returns the unit of the wrapped evaluator's budgets, or "" if it has none.
func (p Penalized) Unit() string { return UnitOf(p.Evaluator) }

// EvaluateAt is like Evaluate at a budget. The penalty is the same at all budgets.
func (p Penalized) EvaluateAt(ctx context.Context, a searchspace.Arch, b Budget) (Result, error) {
	r, err := TryAt(ctx, p.Evaluator, a, b)
	// Whether a failure is uncertain may depend on the order in which evaluations finish. The penalty must not.
	uncertain := finished(ctx, err) && errors.Is(err, ErrUncertain)
	if uncertain || Permanent(ctx, err) {
		return Result{Value: p.Value, Failure: err.Error()}, nil
	}
	return r, err
}
