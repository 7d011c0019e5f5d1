//go:build unix

package command_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// writer is an io.Writer that calls a function at each write.
type writer func()

func (w writer) Write(p []byte) (int, error) {
	w()
	return len(p), nil
}

// The errors of faults are not permanent, and when Evaluate returns one, the process has ended.
func TestFaults(t *testing.T) {
	for name, want := range map[string]struct {
		is     []error // the errors that it wraps
		text   string  // part of its text
		stdout string  // the end of Stdout
		stderr string  // the end of Stderr
		large  bool    // the request does not fit into a pipe's buffer
	}{
		"crash":                      {is: []error{evaluator.ErrTemporary}, text: "exit status 3", stderr: "CUDA error: out of memory"},
		"killed":                     {is: []error{evaluator.ErrTemporary}, text: "signal: killed"},
		"ends early":                 {is: []error{evaluator.ErrTemporary}, text: "exit status 0"},
		"ends at once":               {is: []error{evaluator.ErrTemporary}, text: "exit status 1", stderr: "no module named torch"},
		"ends within a reply":        {is: []error{evaluator.ErrTemporary}, text: "exit status 0"},
		"hang":                       {is: []error{evaluator.ErrTimeout, evaluator.ErrUncertain}, text: "no answer within 700ms"},
		"endless progress":           {is: []error{evaluator.ErrTimeout, evaluator.ErrUncertain}, text: "no answer within 700ms"},
		"floods standard error":      {is: []error{evaluator.ErrTemporary}, text: "exit status 1", stderr: "that was too much"},
		"answers another id":         {is: []error{evaluator.ErrTemporary}, text: `answered request "another" instead of`},
		"answers ahead":              {is: []error{evaluator.ErrTemporary}, text: `answered request "2" instead of`},
		"answers before it is asked": {is: []error{evaluator.ErrTemporary}, text: `answered request "1" instead of`},
		"rubbish":                    {is: []error{evaluator.ErrTimeout, evaluator.ErrUncertain}, text: "its output was logged", stdout: "epoch 1: loss 2.3"},
		"not JSON":                   {is: []error{protocol.ErrMalformed, evaluator.ErrNotFinite, evaluator.ErrUncertain}, text: `"value" is NaN: report a training run that diverged as {"id":"`},
		"endless line":               {is: []error{evaluator.ErrTimeout, evaluator.ErrUncertain}, text: "its output was logged", stdout: "xxx"},
		"does not flush":             {is: []error{evaluator.ErrTimeout, evaluator.ErrUncertain}, text: "does it flush its replies?"},
		"never reads":                {is: []error{evaluator.ErrTimeout, evaluator.ErrUncertain}, text: "no answer within 700ms", large: true},
		"closes its input":           {is: []error{evaluator.ErrTemporary}, text: "does not read its standard input", large: true},
		"closes its output":          {is: []error{evaluator.ErrTemporary}, text: "closed its standard output"},
		"leaves a child":             {is: []error{evaluator.ErrTemporary}, text: "exit status 1"},
		"hangs with a child":         {is: []error{evaluator.ErrTimeout, evaluator.ErrUncertain}, text: "no answer within 700ms"},
	} {
		t.Run(name, func(t *testing.T) {
			var options []func(*command.Config)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			switch {
			case want.stdout != "": // the time is up once the program has written its output
				options = append(options, func(c *command.Config) {
					c.Logger = slog.New(slog.NewTextHandler(writer(func() {
						cancel(fmt.Errorf("%w: its output was logged", evaluator.ErrTimeout))
					}), nil))
				})
			case slices.Contains(want.is, evaluator.ErrTimeout):
				options = append(options, timeout(700*time.Millisecond))
			}
			e := open(t, name, options...)
			arch := chain(3)
			if want.large {
				arch = large()
			}
			pool := evaluator.Pool{Evaluator: e, Workers: 1}
			for o := range pool.Run(ctx, slices.Values([]searchspace.Arch{arch})) {
				for _, target := range want.is {
					assert.ErrorIs(t, o.Err, target)
				}
				assert.ErrorContains(t, o.Err, want.text)
				assert.ErrorContains(t, o.Err, arch.String())
				assert.False(t, evaluator.Permanent(t.Context(), o.Err))
				assert.NotErrorIs(t, o.Err, evaluator.ErrBroken, "one failure is not enough")
				var failed *command.Error
				require.ErrorAs(t, o.Err, &failed)
				assert.Equal(t, os.Args[0], failed.Program)
				assert.LessOrEqual(t, len(failed.Stdout), 4<<10)
				assert.LessOrEqual(t, len(failed.Stderr), 4<<10)
				assert.True(t, strings.HasSuffix(failed.Stdout, want.stdout), "standard output: %s", failed.Stdout)
				assert.True(t, strings.HasSuffix(failed.Stderr, want.stderr), "standard error: %s", failed.Stderr)
				assert.Less(t, o.Elapsed, limit, "the exit is noticed without a timeout")
			}
			assert.Empty(t, processes())
		})
	}
}

func TestSecondAnswerIsIgnored(t *testing.T) {
	e := open(t, "answers twice")
	for n := range 5 {
		r, err := e.Evaluate(t.Context(), chain(n+1))
		require.NoError(t, err)
		assert.Equal(t, float64(n+1), r.Value)
	}
}

func TestStrictRefusesOtherLines(t *testing.T) {
	strict := func(c *command.Config) { c.Strict = true }
	_, err := open(t, "rubbish", strict).Evaluate(t.Context(), chain(4))
	assert.ErrorIs(t, err, protocol.ErrMalformed)
	assert.ErrorIs(t, err, evaluator.ErrTemporary)
	assert.ErrorContains(t, err, "epoch 1: loss 2.3")

	e := open(t, "answers twice", strict)
	for range 2 {
		r, err := e.Evaluate(t.Context(), chain(4))
		require.NoError(t, err)
		assert.Equal(t, 4.0, r.Value)
		_, err = e.Evaluate(t.Context(), chain(5))
		assert.Error(t, err, "the process cannot be trusted any more")
		assert.ErrorIs(t, err, evaluator.ErrTemporary)
	}
}

func TestStandardErrorBelongsToTheArchitecture(t *testing.T) {
	e := open(t, "asked")
	asked := func(budget map[string]float64) error {
		ctx := protocol.WithRequest(t.Context(), protocol.Request{Budget: budget}, nil)
		_, err := e.Evaluate(ctx, chain(1))
		return err
	}
	var lines []string
	for wait := time.Millisecond; len(lines) != 1 && wait < limit; wait *= 2 {
		require.NoError(t, asked(nil))
		time.Sleep(wait) // the evaluator reads the line about the first architecture in the meantime, or in a longer one
		var failed *command.Error
		require.ErrorAs(t, asked(map[string]float64{"fail": 1}), &failed)
		lines = strings.Split(failed.Stderr, "\n")
	}
	require.Len(t, lines, 1, "only the line about this architecture")
	assert.Contains(t, lines[0], " with")
}

func TestMuchStandardErrorDoesNotBlockTheAnswer(t *testing.T) {
	e := open(t, "loud")
	r, err := e.Evaluate(t.Context(), chain(3))
	require.NoError(t, err)
	assert.Equal(t, 3.0, r.Value)
}

// A descendant that has left the process group keeps the pipes open. The evaluator does not wait for it.
func TestDescendantsOutsideTheGroupAreNotAwaited(t *testing.T) {
	e := newCommand("leaves a child out of reach")
	begin := time.Now()
	_, err := e.Evaluate(t.Context(), chain(1))
	assert.ErrorContains(t, err, "exit status 1")
	assert.ErrorIs(t, err, evaluator.ErrTemporary)
	assert.NoError(t, e.Close())
	assert.Less(t, time.Since(begin), limit)
	for _, text := range processes() {
		pid, err := strconv.Atoi(text)
		require.NoError(t, err)
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	}
	assert.Eventually(t, func() bool { return len(processes()) == 0 }, limit, time.Millisecond)
}
