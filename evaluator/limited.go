package evaluator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Limited gives each evaluation a time limit. When it is over, the evaluator's context ends, and an error that the
// evaluator then returns becomes the text of one that wraps [ErrTimeout]. That one does not wrap context.DeadlineExceeded,
// so it cannot be mistaken for the end of the search. An evaluation that succeeds in spite of the limit counts as a
// success, and an error that wraps [ErrBroken] or [ErrTemporary] is returned unchanged.
//
// Limited waits until the evaluator returns, so the evaluator must return soon after its context ends.
type Limited struct {
	// Evaluator is the evaluator to limit.
	Evaluator Evaluator
	// Timeout is the time limit of one evaluation; zero means no limit.
	Timeout time.Duration
}

var _ Budgeted = Limited{}

// Evaluate evaluates within the time limit.
func (l Limited) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) {
	return l.EvaluateAt(ctx, a, Budget{})
}

// Unit returns the unit of the evaluator's budgets, if it has any.
func (l Limited) Unit() string { return UnitOf(l.Evaluator) }

// EvaluateAt evaluates at a budget within the time limit, which is the same for all budgets.
func (l Limited) EvaluateAt(ctx context.Context, a searchspace.Arch, b Budget) (Result, error) {
	if l.Timeout <= 0 {
		return TryAt(ctx, l.Evaluator, a, b)
	}
	over := fmt.Errorf("%w: more than %v", ErrTimeout, l.Timeout) // unique to this call
	limited, cancel := context.WithTimeoutCause(ctx, l.Timeout, over)
	defer cancel()
	r, err := TryAt(limited, l.Evaluator, a, b)
	if err == nil || ctx.Err() != nil || context.Cause(limited) != over {
		return r, err
	}
	if errors.Is(err, ErrBroken) || errors.Is(err, ErrTemporary) {
		return r, err
	}
	return r, fmt.Errorf("%w: %v", over, err)
}
