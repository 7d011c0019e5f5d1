package evaluator

import (
	"context"
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Budget limits how much an evaluation may use. The zero Budget selects the evaluator's own budget.
type Budget struct {
	// Amount is the budget in the evaluator's unit, such as epochs; see [Budgeted]. Zero means the evaluator's own budget,
	// which Evaluate uses.
	Amount float64
	// Resume is the Result.Resume of an earlier evaluation of the same architecture at a smaller budget. The evaluation
	// continues from there. If Resume is empty, it starts from scratch.
	Resume string
}

// Budgeted is an Evaluator that can evaluate at several budgets, so that a search can give up on bad architectures early.
// Evaluate uses the evaluator's own budget, usually the largest.
type Budgeted interface {
	Evaluator
	// EvaluateAt evaluates an architecture at a budget. If b.Resume is set, it continues from that evaluation if it can, and
	// otherwise starts from scratch, for example because the checkpoint was deleted. The Cost of the result is the cost of
	// this call alone. Result.Resume is set if an evaluation at a larger budget can continue from this one.
	//
	// With the zero Budget, EvaluateAt does the same as Evaluate.
	EvaluateAt(ctx context.Context, a searchspace.Arch, b Budget) (Result, error)
	// Unit names the unit of the budgets, such as "epochs". It returns "" if the evaluator has no budgets after all; a wrapper
	// returns "" if the evaluator it wraps is not Budgeted.
	Unit() string
}

// ErrNoBudgets is returned, wrapped, by [EvaluateAt] if the evaluator is not [Budgeted]. It wraps [ErrBroken].
var ErrNoBudgets = fmt.Errorf("%w: it cannot evaluate at a budget", ErrBroken)

// UnitOf returns the unit of an evaluator's budgets, or "" if it is not [Budgeted].
func UnitOf(e Evaluator) string {
	if b, ok := e.(Budgeted); ok {
		return b.Unit()
	}
	return ""
}

// EvaluateAt evaluates an architecture at a budget. It calls e.Evaluate if the budget is zero, and otherwise e.EvaluateAt. It
// returns an error that wraps [ErrNoBudgets] if e is not [Budgeted], and an error if the amount is negative or not finite.
func EvaluateAt(ctx context.Context, e Evaluator, a searchspace.Arch, b Budget) (Result, error) {
	if b == (Budget{}) {
		return e.Evaluate(ctx, a)
	}
	budgeted, ok := e.(Budgeted)
	if !ok {
		return Result{}, fmt.Errorf("%w: it was given a budget of %v, and %T does not implement Budgeted", ErrNoBudgets, b.Amount, e)
	}
	if !(b.Amount >= 0) || math.IsInf(b.Amount, 0) {
		return Result{}, fmt.Errorf("the budget must be a finite number of at least 0, got %v", b.Amount)
	}
	return budgeted.EvaluateAt(ctx, a, b)
}
