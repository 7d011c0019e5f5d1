package evaluator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Limited gives each evaluation a time limit. The evaluator's context ends when it is over, and what the evaluator then
// returns becomes an error that wraps [ErrTimeout] and holds the evaluator's own as text. It does not wrap
// context.DeadlineExceeded, so that it is not mistaken for the end of the search. An evaluation that succeeds all the same
// has succeeded; an error that wraps [ErrBroken] or [ErrTemporary] stays what it is.
//
// The evaluator has to heed its context: Limited waits until it returns.
type Limited struct {
	// Evaluator is what has to be quick enough.
	Evaluator Evaluator
	// Timeout is how long an evaluation may take; 0: for ever.
	Timeout time.Duration
}

var _ Evaluator = Limited{}

// Evaluate evaluates within the time limit.
func (l Limited) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) {
	if l.Timeout <= 0 {
		return Try(ctx, l.Evaluator, a)
	}
	over := fmt.Errorf("%w: more than %v", ErrTimeout, l.Timeout) // a cause of this call's own
	limited, cancel := context.WithTimeoutCause(ctx, l.Timeout, over)
	defer cancel()
	r, err := Try(limited, l.Evaluator, a)
	if err == nil || ctx.Err() != nil || context.Cause(limited) != over {
		return r, err
	}
	if errors.Is(err, ErrBroken) || errors.Is(err, ErrTemporary) {
		return r, err
	}
	return r, fmt.Errorf("%w: %v", over, err)
}
