package evaluator

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrBroken is wrapped by an Evaluator's error if it concerns every architecture and not just one: its data is missing,
	// or its machine does not answer. Callers should stop using the evaluator.
	ErrBroken = errors.New("the evaluator is broken")

	// ErrTemporary is wrapped by an Evaluator's error if it says nothing about the architecture: no worker was free, the
	// network was down, or the program that evaluates crashed. The same evaluation may succeed later; see [Retried].
	ErrTemporary = errors.New("temporary failure")

	// ErrUncertain is wrapped by an Evaluator's error if either the architecture or the evaluator may be at fault, such as
	// the failures of a program that has not evaluated anything yet. It wraps ErrTemporary, so such a failure is not held
	// against the architecture; but it is not retried, because a retry would probably cost as much and end the same way.
	ErrUncertain = fmt.Errorf("%w: the architecture may not be at fault", ErrTemporary)

	// ErrTimeout is wrapped by the error of an evaluation that exceeded its time limit; see [Limited].
	ErrTimeout = errors.New("the evaluation took too long")

	// ErrNotFinite is wrapped by the error of an evaluation whose objective is NaN or infinite.
	ErrNotFinite = errors.New("the objective is not a finite number")

	// ErrPanic is wrapped by the error of an evaluation that panicked; see [PanicError].
	ErrPanic = errors.New("the evaluator panicked")
)

// Permanent reports whether evaluating the same architecture again would fail again, given the error that Evaluate
// returned under ctx. Panics, objectives that are not finite and [ErrTimeout] are permanent. Errors that wrap [ErrBroken] or
// [ErrTemporary] are not, and neither are those of an evaluation that may have been interrupted: ctx has ended, or the error
// wraps context.Canceled or context.DeadlineExceeded.
func Permanent(ctx context.Context, err error) bool {
	return finished(ctx, err) && !errors.Is(err, ErrTemporary)
}

// finished reports whether err is the error of an evaluation that took place and was not interrupted.
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

// PanicError is the error of an evaluation that panicked. It wraps [ErrPanic]; errors.As finds it.
type PanicError struct {
	Value any    // the value that the evaluator panicked with
	Stack []byte // the stack of the panic, as formatted by runtime/debug.Stack
}

// Error describes the panic, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("%v: %v", ErrPanic, e.Value) }

// Unwrap returns ErrPanic.
func (e *PanicError) Unwrap() error { return ErrPanic }
