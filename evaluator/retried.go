package evaluator

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Retried tries again where an error wraps [ErrTemporary], after a wait that doubles from attempt to attempt. Between
// half and the whole of it is waited, at random, so that many evaluations that fail together do not come back together.
// The error of the last attempt still wraps ErrTemporary.
type Retried struct {
	// Evaluator is asked again and again.
	Evaluator Evaluator
	// Attempts is how often it is asked at most; 0: 5.
	Attempts int
	// Wait is the longest wait before the second attempt; 0: 1 s.
	Wait time.Duration
	// MaxWait is where waits stop growing; 0: 1 min, or Wait if that is longer.
	MaxWait time.Duration
}

var _ Evaluator = Retried{}

// Evaluate tries until an attempt succeeds or fails for good, ctx ends, or all attempts are spent.
func (r Retried) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) {
	attempts := r.Attempts
	if attempts <= 0 {
		attempts = 5
	}
	wait, longest := r.waits()
	for n := 1; ; n++ {
		result, err := Try(ctx, r.Evaluator, a)
		if !errors.Is(err, ErrTemporary) || errors.Is(err, ErrBroken) || ctx.Err() != nil {
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

// waits returns the first wait and the longest.
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
