package command

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/graphpnas/graphpnas/evaluator"
)

// Error is the error of an evaluation by a program; errors.As finds it. Besides Err it wraps [evaluator.ErrTemporary] or
// [evaluator.ErrUncertain] if the program is or may be at fault; see the package documentation.
type Error struct {
	// Program is the program with its arguments.
	Program string
	// Err is what went wrong.
	Err error
	// Stderr is the end of what the process has written to standard error since it started, or since the request if it had
	// answered another one before. It has at most 4 KiB, and is empty if the program itself answered with an error.
	Stderr string
	// Stdout is the same of standard output, without replies.
	Stdout string

	class error // ErrTemporary, ErrUncertain or nil
}

// Error names the program and ends with what it wrote, on separate lines.
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

// Unwrap returns what the error wraps.
func (e *Error) Unwrap() []error {
	if e.class == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.class}
}

// errClosed is the error of evaluations that Close ends, and of later ones.
var errClosed = fmt.Errorf("%w: it is closed", evaluator.ErrBroken)

// startError classifies why a process could not be started: a machine that is short of something may have it later.
func startError(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) && (number.Temporary() || number == syscall.ENOMEM) {
		return fmt.Errorf("%w: starting it: %w", evaluator.ErrTemporary, err)
	}
	return fmt.Errorf("%w: starting it: %w", evaluator.ErrBroken, err)
}

// named is the program with its arguments, for messages.
func named(command []string) string { return strings.Join(command, " ") }
