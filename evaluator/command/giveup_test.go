//go:build unix

package command_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
)

func TestProgramThatNeverAnswersIsBroken(t *testing.T) {
	for name, test := range map[string]struct {
		giveUp, processes, after int
	}{
		"by default":         {0, 1, 3},
		"several processes":  {0, 5, 5},
		"as configured":      {2, 4, 2},
		"at the first fault": {1, 1, 1},
		"never":              {-1, 1, 100},
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, "crash", processesAtATime(test.processes), func(c *command.Config) { c.GiveUp = test.giveUp })
			for n := 1; n <= test.after+1 && n < 8; n++ {
				_, err := e.Evaluate(t.Context(), chain(1))
				assert.ErrorContains(t, err, "CUDA error: out of memory")
				assert.ErrorContains(t, err, "exit status 3")
				assert.Equal(t, n >= test.after, errors.Is(err, evaluator.ErrBroken), "request %d: %v", n, err)
				assert.False(t, evaluator.Permanent(t.Context(), err))
			}
		})
	}
}

// Once a program has evaluated an architecture, it works, and later failures do not break the evaluator.
func TestProvenProgramNeverBreaksTheEvaluator(t *testing.T) {
	e := open(t, "erratic")
	_, err := e.Evaluate(t.Context(), chain(4))
	require.NoError(t, err)
	for range 5 {
		_, err := e.Evaluate(t.Context(), chain(1)) // crashes
		assert.ErrorIs(t, err, evaluator.ErrTemporary)
		assert.NotErrorIs(t, err, evaluator.ErrBroken)
	}
	r, err := e.Evaluate(t.Context(), chain(5))
	require.NoError(t, err)
	assert.Equal(t, 5.0, r.Value)
}

func TestSkippedLinesAreLogged(t *testing.T) {
	var out bytes.Buffer
	e := newCommand("habit: percent", func(c *command.Config) { c.Logger = slog.New(slog.NewTextHandler(&out, nil)) })
	_, err := e.Evaluate(t.Context(), chain(1))
	require.NoError(t, err)
	require.NoError(t, e.Close())
	assert.Contains(t, out.String(), `msg="ignored a malformed progress line"`)
	assert.Contains(t, out.String(), "program="+os.Args[0])
	assert.Contains(t, out.String(), "from 0 to 1")

	out.Reset()
	e = newCommand("habit: log", func(c *command.Config) { c.Logger = slog.New(slog.NewTextHandler(&out, nil)) })
	_, err = e.Evaluate(t.Context(), chain(1))
	require.NoError(t, err)
	require.NoError(t, e.Close())
	assert.Contains(t, out.String(), `msg="output that is not a reply"`)
	assert.Contains(t, out.String(), `line="Epoch 1/3: loss 2.31"`)
}
