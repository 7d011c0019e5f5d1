//go:build unix

package program

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestExitStatus(t *testing.T) {
	for name, c := range map[string]struct {
		args    []string
		run     func(context.Context) error // nil: it must not run
		status  int
		message string
		printed string
	}{
		"success": {args: []string{"-seeds", "3"}, run: func(context.Context) error { return nil }},
		"error":   {run: func(context.Context) error { return errors.New("no disk") }, status: 1, message: "prog: no disk\n"},
		"help":    {args: []string{"-h"}, printed: "How to.\n  -seeds int\n    \tnumber of seeds\n"},
		"help, and more": {
			args: []string{"-seeds=2", "--help", "-x"}, printed: "How to.\n  -seeds int\n    \tnumber of seeds\n",
		},
		"stray argument": {args: []string{"seeds=3"}, status: 2, message: "prog: unexpected argument \"seeds=3\"; see -h\n"},
		"unknown flag":   {args: []string{"-x"}, status: 2, message: "prog: flag provided but not defined: -x; see -h\n"},
		"no number": {
			args: []string{"-seeds", "few"}, status: 2,
			message: "prog: invalid value \"few\" for flag -seeds: parse error; see -h\n",
		},
		"usage": {
			run: func(context.Context) error {
				return fmt.Errorf("checking: %w", Usagef("-seeds must be at least 1, got %d", 0))
			},
			status: 2, message: "prog: checking: -seeds must be at least 1, got 0; see -h\n",
		},
		"interrupted":           {run: signalled(syscall.SIGINT, context.Cause), status: 130, message: "prog: interrupted\n"},
		"terminated":            {run: signalled(syscall.SIGTERM, context.Cause), status: 143, message: "prog: terminated\n"},
		"finished all the same": {run: signalled(syscall.SIGTERM, func(context.Context) error { return nil })},
	} {
		t.Run(name, func(t *testing.T) {
			flags := flag.NewFlagSet("other", flag.PanicOnError)
			flags.Int("seeds", 0, "number of seeds")
			flags.Usage = func() {
				fmt.Fprintln(flags.Output(), "How to.")
				flags.PrintDefaults()
			}
			run := c.run
			if run == nil {
				run = func(context.Context) error { return errors.New("it ran") }
			}
			var stdout, stderr bytes.Buffer
			assert.Equal(t, c.status, exit(&stdout, &stderr, flags, append([]string{"dir/prog"}, c.args...), run))
			assert.Equal(t, c.message, stderr.String())
			assert.Equal(t, c.printed, stdout.String())
		})
	}
}

// signalled runs until a signal that it sends to this process has ended the context.
func signalled(s syscall.Signal, result func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := syscall.Kill(syscall.Getpid(), s); err != nil {
			return err
		}
		<-ctx.Done()
		return result(ctx)
	}
}
