package command

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/graphpnas/graphpnas/evaluator"
)

// Error is the error of an evaluation by a program. Use errors.As to get it. Besides Err it wraps [evaluator.ErrTemporary] or
// [evaluator.ErrUncertain] if the program is or may be at fault; see the package documentation.
type Error struct {
	// Program is the program with its arguments.
	Program string
	// Err is the cause.
	Err error
	// Stderr is the end, at most 4 KiB, of the process's standard error. It covers the output since the process started or, if
	// the process has answered an earlier request, since the current request. It is empty if the program answered with an error.
	Stderr string
	// Stdout is the end of the process's standard output, without replies, with the same limits as Stderr.
	Stdout string

	class error // ErrTemporary, ErrUncertain or nil
}

// Error returns the program, the cause, and the end of the program's output on separate lines.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %v", e.Program, e.Err)
	if e.Stdout != "" {
		text += "; its standard output ends:\n" + e.Stdout
	}
	if e.Stderr != "" {
		text += "; its standard error ends:\n" + e.Stderr
	}
	return text
}

// Unwrap returns the errors that e wraps.
func (e *Error) Unwrap() []error {
	if e.class == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.class}
}

// errClosed is the error of evaluations that are running or start after Close was called.
var errClosed = fmt.Errorf("%w: it is closed", evaluator.ErrBroken)

// startError classifies the error of starting a process. A shortage of memory or processes is temporary.
func startError(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) && (number.Temporary() || number == syscall.ENOMEM) {
		return fmt.Errorf("%w: starting it: %w", evaluator.ErrTemporary, err)
	}
	return fmt.Errorf("%w: starting it: %w", evaluator.ErrBroken, err)
}

// named returns the program with its arguments, for messages.
func named(command []string) string { return strings.Join(command, " ") }
