package evaluator

import (
	"errors"
	"fmt"
)

var (
	// ErrBroken is wrapped by an Evaluator's error that concerns not one architecture but all: its data is gone, its
	// machine does not answer. Whoever meets it stops asking.
	ErrBroken = errors.New("the evaluator is broken")

	// ErrNotFinite is wrapped by the error of an evaluation whose objective is NaN or infinite.
	ErrNotFinite = errors.New("the objective is not a finite number")

	// ErrPanic is wrapped by the error of an evaluation that panicked, see [PanicError].
	ErrPanic = errors.New("the evaluator panicked")
)

// PanicError is the error of an evaluation that panicked. It wraps [ErrPanic]; errors.As finds it.
type PanicError struct {
	Value any    // what the evaluator panicked with
	Stack []byte // the stack at that moment, as runtime/debug.Stack writes it
}

// Error gives the value of the panic, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("%v: %v", ErrPanic, e.Value) }

// Unwrap returns ErrPanic.
func (e *PanicError) Unwrap() error { return ErrPanic }
