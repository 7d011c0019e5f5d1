// Package program gives the example programs common behavior: flags that are checked before anything runs, a
// clean exit on Ctrl-C, and exit statuses that scripts can rely on.
//
//	0    success, and -h
//	1    an error
//	2 an invalid command line: an unknown flag, an unexpected argument, a value out of range
//	130 interrupted (SIGINT), after writing the results so far
//	143 terminated (SIGTERM), after writing the results so far
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
	"strings"
	"syscall"
)

// signalError is the cause of a context that a signal has canceled.
type signalError struct{ os.Signal }

// Error returns "interrupted" or "terminated", so that a sentence can begin with it: "interrupted after 36 of
// 100 evaluations".
func (e signalError) Error() string {
	if e.Signal == os.Interrupt {
		return "interrupted"
	}
	return e.Signal.String()
}

// usageError is an error in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usagef returns an error about the command line: [Main] reports it with exit status 2.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// About makes -h print a description of the program and its usage above the list of flags.
func About(text string) {
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "%s\n\nFlags:\n", strings.TrimSpace(text))
		flag.PrintDefaults()
	}
}

// Main parses the command line, runs the program and exits. The flags must be defined in [flag.CommandLine]; arguments
// that belong to no flag are an error. -h prints the flags to standard output and runs nothing.
//
// The context of run ends on SIGINT and SIGTERM, and its cause reads "interrupted" or "terminated". run should then write
// the results so far and return an error that says how to continue. A second signal kills the program at once.
func Main(run func(context.Context) error) {
	os.Exit(exit(os.Stdout, os.Stderr, flag.CommandLine, os.Args, run))
}

// exit runs the program and returns its exit status.
func exit(stdout, stderr io.Writer, flags *flag.FlagSet, args []string, run func(context.Context) error) int {
	name := filepath.Base(args[0])
	var usage usageError
	switch err := parse(stdout, flags, args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "%s: %v; see -h\n", name, err)
		return 2
	}
	ctx, stop := interruptible()
	defer stop()
	err := run(ctx)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "%s: %v; see -h\n", name, err)
		return 2
	}
	fmt.Fprintf(stderr, "%s: %v\n", name, err)
	return status(ctx)
}

// parse parses the command line. It prints the usage only on request, so that it does not hide an error.
func parse(stdout io.Writer, flags *flag.FlagSet, args []string) error {
	usage := flags.Usage
	flags.Init(filepath.Base(args[0]), flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	err := flags.Parse(args[1:])
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stdout)
		usage()
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return err
}

// status returns the exit status of a program that failed: that of a signal if there was one.
func status(ctx context.Context) int {
	var signalled signalError
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
