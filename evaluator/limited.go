package evaluator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Limited gives each evaluation a time limit. When the time is up, the evaluator's context ends. If the evaluator then returns
// an error, Limited returns one with the same text that wraps [ErrTimeout] but not context.DeadlineExceeded, so that callers
// do not mistake it for the end of the search. A late result is still a success, and an error that wraps [ErrBroken] or
// [ErrTemporary] is returned unchanged.
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

// Unit returns the unit of the wrapped evaluator's budgets, or "" if it has none.
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
