//go:build unix

package command_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/command"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// script returns an evaluator whose program is a shell script. The script calls "request" to read a request, which sets $id,
// and "answer" to answer it with a value.
func script(t *testing.T, lines string, options ...func(*command.Config)) *command.Evaluator {
	t.Helper()
	const request = `request() { read -r line || exit 0; id=${line#*\"id\":\"}; id=${id%%\"*}; }` + "\n" +
		`answer() { printf '{"id": "%s", "value": %s}\n' "$id" "$1"; }` + "\n"
	c := command.Config{Command: []string{"/bin/sh", "-c", request + lines}}
	for _, option := range options {
		option(&c)
	}
	e, err := command.New(graphs{}, c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

// A program may exit after each answer.
func TestOneShotProgram(t *testing.T) {
	evaluations := 1000
	if race.Enabled {
		evaluations = 100
	}
	e := script(t, "request; answer 1", func(c *command.Config) { c.Processes = 4 })
	pool := evaluator.Pool{Evaluator: e, Workers: 4}
	for o := range pool.Run(t.Context(), slices.Values(slices.Repeat([]searchspace.Arch{chain(1)}, evaluations))) {
		require.NoError(t, o.Err)
		require.Equal(t, 1.0, o.Result.Value)
		evaluations--
	}
	assert.Zero(t, evaluations)
}

// A process that exits before reading a request is replaced even if the request is too large for the pipe's buffer.
func TestOneShotProgramAndALargeRequest(t *testing.T) {
	e := script(t, "request; answer 1")
	for range 20 {
		_, err := e.Evaluate(t.Context(), large())
		require.NoError(t, err)
	}
}

// A process that has read the request may have worked on it for hours, so its exit is an error.
func TestAProcessThatHasReadTheRequestIsNotReplaced(t *testing.T) {
	log := filepath.Join(t.TempDir(), "requests")
	e := script(t, `request; echo >>`+log+`; answer 1; request; echo >>`+log+`; exit 3`)
	_, err := e.Evaluate(t.Context(), chain(1))
	require.NoError(t, err)
	_, err = e.Evaluate(t.Context(), chain(2))
	assert.ErrorIs(t, err, evaluator.ErrTemporary)
	assert.ErrorContains(t, err, "it ended before it answered: exit status 3")
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(string(text), "\n"))
}

// A process that exits before reading a request is replaced only once per request.
func TestAReplacementIsNotReplaced(t *testing.T) {
	starts := filepath.Join(t.TempDir(), "starts")
	e := script(t, `echo >>`+starts+`; [ $(wc -l <`+starts+`) -gt 1 ] && exit 4; request; answer 1`)
	_, err := e.Evaluate(t.Context(), chain(1))
	require.NoError(t, err)
	_, err = e.Evaluate(t.Context(), chain(2))
	assert.ErrorContains(t, err, "exit status 4")
	text, err := os.ReadFile(starts)
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(string(text), "\n"))
}
