package evaluator

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrBroken is wrapped by an Evaluator's error that concerns not one architecture but all: its data is gone, its
	// machine does not answer. Whoever meets it stops asking.
	ErrBroken = errors.New("the evaluator is broken")

	// ErrTemporary is wrapped by an Evaluator's error that says nothing about the architecture: no worker was free, the
	// network was down. The same evaluation may succeed when it is asked for again, see [Retried].
	ErrTemporary = errors.New("temporary failure")

	// ErrTimeout is wrapped by the error of an evaluation that took longer than it may, see [Limited].
	ErrTimeout = errors.New("the evaluation took too long")

	// ErrNotFinite is wrapped by the error of an evaluation whose objective is NaN or infinite.
	ErrNotFinite = errors.New("the objective is not a finite number")

	// ErrPanic is wrapped by the error of an evaluation that panicked, see [PanicError].
	ErrPanic = errors.New("the evaluator panicked")
)

// Permanent tells whether err, which Evaluate returned under ctx, is the architecture's own failure: asked again, the
// evaluator would fail again. It is not where err wraps [ErrBroken] or [ErrTemporary], nor where the evaluation may have
// been cut short: ctx has ended, or err wraps context.Canceled or context.DeadlineExceeded. A panic, an objective that is
// no number and [ErrTimeout] are permanent.
func Permanent(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return false
	}
	for _, passing := range []error{ErrBroken, ErrTemporary, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, passing) {
			return false
		}
	}
	return true
}

// PanicError is the error of an evaluation that panicked. It wraps [ErrPanic]; errors.As finds it.
type PanicError struct {
	Value any    // what the evaluator panicked with
	Stack []byte // the stack at that moment, as runtime/debug.Stack writes it
}

// Error gives the value of the panic, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("%v: %v", ErrPanic, e.Value) }

// Unwrap returns ErrPanic.
func (e *PanicError) Unwrap() error { return ErrPanic }
