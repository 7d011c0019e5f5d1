//go:build unix

package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestExitStatus(t *testing.T) {
	for name, c := range map[string]struct {
		args    []string
		run     func(context.Context) error
		status  int
		message string
	}{
		"success":        {run: func(context.Context) error { return nil }},
		"error":          {run: func(context.Context) error { return errors.New("no disk") }, status: 1, message: "prog: no disk\n"},
		"stray argument": {args: []string{"seeds=3"}, status: 2, message: "prog: unexpected argument \"seeds=3\"; see -h\n"},
		"usage": {
			run: func(context.Context) error {
				return fmt.Errorf("checking: %w", Usagef("-seeds must be at least 1, got %d", 0))
			},
			status: 2, message: "prog: checking: -seeds must be at least 1, got 0; see -h\n",
		},
		"interrupted":           {run: signalled(syscall.SIGINT, context.Cause), status: 130, message: "prog: interrupt\n"},
		"terminated":            {run: signalled(syscall.SIGTERM, context.Cause), status: 143, message: "prog: terminated\n"},
		"finished all the same": {run: signalled(syscall.SIGTERM, func(context.Context) error { return nil })},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			assert.Equal(t, c.status, exit(&stderr, "prog", c.args, c.run))
			assert.Equal(t, c.message, stderr.String())
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
