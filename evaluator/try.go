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
	errGoexit      = fmt.Errorf("%w: it called runtime.Goexit", ErrPanic)
)

// Try evaluates an architecture and turns misbehavior into errors: a panic becomes an error that wraps [ErrPanic], an
// objective that is NaN or infinite one that wraps [ErrNotFinite], and a nil Evaluator one that wraps [ErrBroken]. If the
// error is not nil, the result is zero. Otherwise its learning curve is cleaned; see [Curve.Clean]. A wrapper
// should call the evaluator that it wraps through Try, as those of this package do.
func Try(ctx context.Context, e Evaluator, a searchspace.Arch) (r Result, err error) {
	return TryAt(ctx, e, a, Budget{})
}

// TryAt is like Try at a budget; see the function [EvaluateAt].
func TryAt(ctx context.Context, e Evaluator, a searchspace.Arch, b Budget) (r Result, err error) {
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
	r, err = EvaluateAt(ctx, e, a, b)
	if v := r.Value; err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		err = fmt.Errorf("%w: %v", ErrNotFinite, v)
	}
	r.Curve = r.Curve.Clean()
	return r, err
}
