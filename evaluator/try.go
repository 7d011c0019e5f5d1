package evaluator

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"

	"github.com/graphpnas/graphpnas/searchspace"
)

var (
	errNoEvaluator = fmt.Errorf("%w: it is nil", ErrBroken)
	errGoexit      = fmt.Errorf("%w: it ended its goroutine", ErrPanic)
)

// Try has an architecture evaluated and turns what is neither a result nor an error into an error: a panic becomes one
// that wraps [ErrPanic], an objective that is NaN or infinite one that wraps [ErrNotFinite], a nil Evaluator one that
// wraps [ErrBroken]. The result is zero where the error is not nil. The evaluators of this package ask those that they
// wrap in this way, so that yours need not guard against them.
func Try(ctx context.Context, e Evaluator, a searchspace.Arch) (r Result, err error) {
	if e == nil {
		return Result{}, errNoEvaluator
	}
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
		if err != nil {
			r = Result{}
		}
	}()
	r, err = e.Evaluate(ctx, a)
	if v := r.Value; err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		err = fmt.Errorf("%w: %v", ErrNotFinite, v)
	}
	return r, err
}
