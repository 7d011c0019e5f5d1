package command

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/graphpnas/graphpnas/evaluator"
)

// Error is how an evaluation by a program failed; errors.As finds it.
type Error struct {
	// Program is the program with its arguments.
	Program string
	// Err is what went wrong.
	Err error
	// Stderr is the end of what the process wrote to its standard error since it started, or since it was asked if it had
	// been asked before: at most 4 KiB. It is empty where the program itself has answered with an error.
	Stderr string
}

// Error names the program, and gives the end of its standard error on lines of their own.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %v", e.Program, e.Err)
	if e.Stderr != "" {
		text += "; its standard error ends:\n" + e.Stderr
	}
	return text
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// errClosed is the end of evaluations that Close meets, and of those that come later.
var errClosed = fmt.Errorf("%w: it is closed", evaluator.ErrBroken)

// startError classifies why a process could not be started: a machine that is out of something may have it again.
func startError(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) && (number.Temporary() || number == syscall.ENOMEM) {
		return fmt.Errorf("%w: %w", evaluator.ErrTemporary, err)
	}
	return fmt.Errorf("%w: %w", evaluator.ErrBroken, err)
}

// named is the program with its arguments, for messages.
func named(command []string) string { return strings.Join(command, " ") }
