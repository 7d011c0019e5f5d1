package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/tool/tooltest"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/searchspace"
)

var seconds = regexp.MustCompile(`"seconds":[^,]*,`)

// withoutSeconds returns lines of JSON without what differs from run to run.
func withoutSeconds(text string) string { return seconds.ReplaceAllString(text, "") }

func TestFinishedSearchesAreKept(t *testing.T) {
	o := options{table: writeFile(t), surrogate: small, methods: "random,evolution", evals: 40, seed: 3, seeds: 3, json: true}
	var want bytes.Buffer
	require.NoError(t, run(t.Context(), o, &want, io.Discard))

	o.out = filepath.Join(t.TempDir(), "new", "dir")
	for _, text := range []string{`"random","seed":4`, `"random","seed":5`, `"evolution","seed":3`} {
		_, err := tooltest.Interrupt(t, text, func(ctx context.Context, out io.Writer) error { return run(ctx, o, out, io.Discard) })
		if err == nil {
			continue // it was too late
		}
		require.ErrorIs(t, err, context.Canceled)
		assert.ErrorContains(t, err, "of 6 searches have finished; the results so far are saved in "+o.out+"; the same command continues")
	}
	kept, err := os.ReadFile(filepath.Join(o.out, finishedFile))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, bytes.Count(kept, []byte("\n")), 4)
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), o, &stdout, io.Discard))
	assert.Equal(t, withoutSeconds(want.String()), withoutSeconds(stdout.String()))

	finished := stdout.String()
	stdout.Reset()
	require.NoError(t, run(t.Context(), o, &stdout, io.Discard))
	assert.Equal(t, finished, stdout.String(), "nothing runs again, so even the seconds are the same")

	o.evals = 20
	stdout.Reset()
	require.NoError(t, run(t.Context(), o, &stdout, io.Discard))
	assert.Contains(t, stdout.String(), `"evals":20`)
	require.NoError(t, os.WriteFile(filepath.Join(o.out, finishedFile), append(kept, "rubbish\n"...), 0o666))
	assert.ErrorContains(t, run(t.Context(), o, &stdout, io.Discard), finishedFile+": line ")
}

func TestASearchThatIsStoppedShowsItsBest(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	var evaluations atomic.Int32
	formulas := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		if evaluations.Add(1) == 25 {
			cancel(errors.New("interrupted"))
		}
		accuracy, _ := formula(a)
		return evaluator.Result{Value: accuracy}, nil
	})
	var stdout bytes.Buffer
	b := bench{
		options: options{evals: 2000, seeds: 3, seed: 1}, printer: printer{&stdout, false}, benchmark: formulas,
		bar: progress.New(io.Discard).Bar(progress.Options{}),
	}
	var err error
	b.methods, err = methods.Contenders("ranked", 3)
	require.NoError(t, err)
	_, err = b.searchAll(ctx, b.methods[0])
	require.EqualError(t, err, "interrupted: 0 of 3 searches have finished; nothing is saved without -out DIR")
	require.NotEmpty(t, stdout.String())
	for line := range strings.Lines(stdout.String()) {
		assert.Regexp(t, `^ranked seed [123]: stopped after \d+ of 2000 evaluations \(0 failed\); best so far: validation \d\d\.\d+ % \(recorded\): `, line)
	}
}

func TestACanceledRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o := options{table: writeFile(t), surrogate: small, methods: "random", evals: 10, seeds: 3}
	var stdout bytes.Buffer
	assert.ErrorIs(t, run(ctx, o, &stdout, io.Discard), context.Canceled)
	assert.Empty(t, stdout.String())
}
