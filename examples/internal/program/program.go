// Package program gives the example programs the same manners: flags that are checked before anything runs, an orderly
// end on Ctrl-C, and exit statuses that scripts can rely on.
//
//	0    success, and -h
//	1    an error
//	2    a command line that makes no sense: an unknown flag, a stray argument, a value out of range
//	130  interrupted (SIGINT), after writing what there is
//	143  terminated (SIGTERM), after writing what there is
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// signalError is the cause of a context that a signal has cancelled.
type signalError struct{ os.Signal }

func (e signalError) Error() string { return e.Signal.String() }

// usageError is an error in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usagef returns an error about the command line: [Main] reports it with exit status 2.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main parses the command line, runs the program and exits. The flags must be defined in [flag.CommandLine]; arguments
// that belong to no flag are an error. The context of run ends on SIGINT and SIGTERM; a second signal kills the program
// at once.
func Main(run func(context.Context) error) {
	flag.Parse()
	os.Exit(exit(os.Stderr, filepath.Base(os.Args[0]), flag.Args(), run))
}

// exit runs the program and returns its exit status.
func exit(stderr io.Writer, name string, args []string, run func(context.Context) error) int {
	if len(args) > 0 {
		fmt.Fprintf(stderr, "%s: unexpected argument %q; see -h\n", name, args[0])
		return 2
	}
	ctx, stop := interruptible()
	defer stop()
	err := run(ctx)
	var usage usageError
	var signalled signalError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "%s: %v; see -h\n", name, err)
		return 2
	}
	fmt.Fprintf(stderr, "%s: %v\n", name, err)
	if !errors.As(context.Cause(ctx), &signalled) {
		return 1
	}
	if number, ok := signalled.Signal.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return 1
}

// interruptible returns a context that the first SIGINT or SIGTERM cancels, with the signal as its cause.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals) // the next one kills
			cancel(signalError{s})
		case <-ctx.Done():
			signal.Stop(signals)
		}
	}()
	return ctx, func() { cancel(nil) }
}
