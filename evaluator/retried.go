package evaluator

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Retried retries evaluations that fail with [ErrTemporary], unless the error also wraps [ErrUncertain]. The wait between
// attempts doubles each time. Each wait is shortened at random by up to half, so that evaluations that fail together are not
// retried together.
//
// The error of the last attempt still wraps ErrTemporary, so it is not [Permanent] and is neither cached nor stored.
type Retried struct {
	// Evaluator is the evaluator to retry.
	Evaluator Evaluator
	// Attempts is the maximum number of attempts; 0 means 5.
	Attempts int
	// Wait is the maximum wait before the second attempt; 0 means one second.
	Wait time.Duration
	// MaxWait limits all waits; 0 means one minute, or Wait if that is longer.
	MaxWait time.Duration
}

var _ Budgeted = Retried{}

// Evaluate evaluates the architecture until an attempt succeeds or fails with an error that is not temporary, until ctx ends, or
// until Attempts is reached.
func (r Retried) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) {
	return r.EvaluateAt(ctx, a, Budget{})
}

// Unit returns the unit of the wrapped evaluator's budgets, or "" if it has none.
func (r Retried) Unit() string { return UnitOf(r.Evaluator) }

// EvaluateAt is like Evaluate at a budget.
func (r Retried) EvaluateAt(ctx context.Context, a searchspace.Arch, b Budget) (Result, error) {
	attempts := r.Attempts
	if attempts <= 0 {
		attempts = 5
	}
	wait, longest := r.waits()
	for n := 1; ; n++ {
		result, err := TryAt(ctx, r.Evaluator, a, b)
		retry := errors.Is(err, ErrTemporary) && !errors.Is(err, ErrUncertain) && !errors.Is(err, ErrBroken)
		if !retry || ctx.Err() != nil {
			return result, err
		}
		if n >= attempts {
			return result, fmt.Errorf("attempt %d of %d: %w", n, attempts, err)
		}
		select {
		case <-time.After(wait - rand.N(wait/2+1)):
		case <-ctx.Done():
			return result, fmt.Errorf("%w before attempt %d: %w", context.Cause(ctx), n+1, err)
		}
		wait = min(wait, longest/2) * 2
	}
}

// waits returns the first and the longest wait.
func (r Retried) waits() (first, longest time.Duration) {
	first, longest = r.Wait, r.MaxWait
	if first <= 0 {
		first = time.Second
	}
	if longest <= 0 {
		longest = time.Minute
	}
	return first, max(first, longest)
}
