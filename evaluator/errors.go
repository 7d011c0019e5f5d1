package evaluator

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrBroken is wrapped by an Evaluator's error if it can no longer evaluate any architecture, for example because data
	// is missing. Callers should stop using the evaluator.
	ErrBroken = errors.New("the evaluator is broken")

	// ErrTemporary is wrapped by an Evaluator's error if the architecture is not at fault: no worker was free, the network was
	// down, or the evaluating program crashed. The same evaluation may succeed later; see [Retried].
	ErrTemporary = errors.New("temporary failure")

	// ErrUncertain is wrapped by an Evaluator's error if either the architecture or the evaluator may be at fault, for example
	// if a program fails that has never evaluated an architecture. It wraps ErrTemporary, so the failure is not permanent.
	// [Retried] does not retry it, because a retry would probably cost as much and fail again.
	ErrUncertain = fmt.Errorf("%w: the architecture may not be at fault", ErrTemporary)

	// ErrTimeout is wrapped by the error of an evaluation that exceeded its time limit; see [Limited].
	ErrTimeout = errors.New("the evaluation took too long")

	// ErrNotFinite is wrapped by the error of an evaluation that returned NaN or an infinity as its objective.
	ErrNotFinite = errors.New("the objective is not a finite number")

	// ErrPanic is wrapped by the error of an evaluation that panicked; see [PanicError].
	ErrPanic = errors.New("the evaluator panicked")
)

// Permanent reports whether evaluating the same architecture again would fail again. err is the error that Evaluate returned
// and ctx the context that it was called with. Errors are permanent by default, including [ErrPanic], [ErrNotFinite] and
// [ErrTimeout]. An error is not permanent if it wraps [ErrBroken] or [ErrTemporary], or if the evaluation may have been
// interrupted: ctx has ended, or the error wraps context.Canceled or context.DeadlineExceeded.
func Permanent(ctx context.Context, err error) bool {
	return finished(ctx, err) && !errors.Is(err, ErrTemporary)
}

// finished reports whether err comes from an evaluation that ran and was not interrupted.
func finished(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return false
	}
	for _, passing := range []error{ErrBroken, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, passing) {
			return false
		}
	}
	return true
}

// PanicError is the error of an evaluation that panicked. It wraps [ErrPanic]. Use errors.As to get it.
type PanicError struct {
	Value any    // the argument of panic
	Stack []byte // the stack at the panic, formatted by runtime/debug.Stack
}

// Error describes the panic, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("%v: %v", ErrPanic, e.Value) }

// Unwrap returns ErrPanic.
func (e *PanicError) Unwrap() error { return ErrPanic }
