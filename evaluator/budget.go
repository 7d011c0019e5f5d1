package evaluator

import (
	"context"
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Budget is how much an evaluation may use. The zero Budget is the evaluator's own.
type Budget struct {
	// Amount is the budget in the evaluator's unit, such as epochs; see [Budgeted]. Zero means the evaluator's own budget, as
	// Evaluate uses it.
	Amount float64
	// Resume is the Result.Resume of an evaluation of the same architecture at a smaller budget, to continue from. If it is
	// empty, the evaluation starts from scratch.
	Resume string
}

// Budgeted is implemented by an Evaluator that can evaluate at several budgets, so that a search can stop spending on bad
// architectures early. Evaluate uses the evaluator's own budget, usually the largest.
type Budgeted interface {
	Evaluator
	// EvaluateAt evaluates with a budget, and if it can, continues from an evaluation at a smaller one. The Cost of the result
	// is what this call cost: an evaluator that cannot continue from b.Resume, because it does not know how to or because what
	// it needs is gone, starts from scratch and charges for all of it. If a larger budget can continue from this evaluation, the
	// result has a Resume.
	//
	// EvaluateAt with the zero Budget is Evaluate.
	EvaluateAt(ctx context.Context, a searchspace.Arch, b Budget) (Result, error)
	// Unit names what budgets count, such as "epochs". It is empty if the evaluator has no budgets after all, as a wrapper of
	// an evaluator that is not Budgeted.
	Unit() string
}

// ErrNoBudgets is wrapped by the error of an evaluation at a budget by an evaluator that has none. It wraps [ErrBroken].
var ErrNoBudgets = fmt.Errorf("%w: it cannot evaluate at a budget", ErrBroken)

// UnitOf returns the unit of an evaluator's budgets, or "" if it is not [Budgeted].
func UnitOf(e Evaluator) string {
	if b, ok := e.(Budgeted); ok {
		return b.Unit()
	}
	return ""
}

// EvaluateAt evaluates an architecture at a budget. With the zero Budget it is e.Evaluate. Otherwise the error wraps
// [ErrNoBudgets] if e is not [Budgeted].
func EvaluateAt(ctx context.Context, e Evaluator, a searchspace.Arch, b Budget) (Result, error) {
	if b == (Budget{}) {
		return e.Evaluate(ctx, a)
	}
	budgeted, ok := e.(Budgeted)
	if !ok {
		return Result{}, fmt.Errorf("%w: %v asked of %T", ErrNoBudgets, b.Amount, e)
	}
	if !(b.Amount >= 0) || math.IsInf(b.Amount, 0) {
		return Result{}, fmt.Errorf("a budget must be a finite number that is not negative, got %v", b.Amount)
	}
	return budgeted.EvaluateAt(ctx, a, b)
}
