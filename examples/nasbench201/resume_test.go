package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/rl"
)

// countdown is a context that ends when it has been asked a number of times whether it has ended. A search asks before each
// seed and after each evaluation.
type countdown struct {
	context.Context
	left atomic.Int32
}

func after(questions int) context.Context {
	c := &countdown{Context: context.Background()}
	c.left.Store(int32(questions))
	return c
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// resumable is a search of two seeds that takes some seconds.
func resumable(t *testing.T, table string) options {
	return options{
		table: table, valid: "valid", test: "test", preset: "cifar10", form: "causal",
		evals: 34, seed: 5, seeds: 2, out: t.TempDir(),
	}
}

// filesOf returns what the seeds' directories contain, by path.
func filesOf(t *testing.T, o options) map[string]string {
	files := map[string]string{}
	for i := range o.seeds {
		paths, err := filepath.Glob(filepath.Join(o.folder(o.seed+uint64(i)), "*"))
		require.NoError(t, err)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			name, err := filepath.Rel(o.out, path)
			require.NoError(t, err)
			files[name] = string(text)
		}
	}
	return files
}

// evaluationsOf returns how many evaluations are in the histories of all seeds.
func evaluationsOf(t *testing.T, o options) int {
	n := 0
	for i := range o.seeds {
		f, err := os.Open(filepath.Join(o.folder(o.seed+uint64(i)), historyFile))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		h, err := rl.ReadCSV(f, space)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		n += len(h.Evaluations)
	}
	return n
}

func TestASearchThatIsStoppedGoesOn(t *testing.T) {
	table := writeTable(t)
	whole := resumable(t, table)
	var want bytes.Buffer
	require.NoError(t, run(t.Context(), whole, &want, os.Stderr))
	files := filesOf(t, whole)
	require.Len(t, files, 8)

	o := resumable(t, table)
	reached := 0
	for _, questions := range []int{0, 1, 12, 33, 20, 33 + 10, 30} {
		var stdout bytes.Buffer
		err := run(after(questions), o, &stdout, os.Stderr)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "of 2 searches have finished; the results so far are saved in "+o.out+"; the same command continues")
		n := evaluationsOf(t, o)
		assert.GreaterOrEqual(t, n, reached, "nothing is lost")
		reached = n
		if questions > 0 {
			assert.Contains(t, stdout.String(), " evaluations (0 failed); best so far: validation ")
			assert.FileExists(t, filepath.Join(o.folder(5), generatorFile))
		}
	}
	assert.Greater(t, reached, 34, "the second seed had begun")
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), o, &stdout, os.Stderr))
	assert.Equal(t, files, filesOf(t, o))
	for i, line := range strings.Split(stdout.String(), "\n") {
		result, _, _ := strings.Cut(line, " in ")
		assert.True(t, strings.HasPrefix(strings.Split(want.String(), "\n")[i], result), line)
	}

	require.NoError(t, os.Remove(filepath.Join(o.folder(6), drawingFile)))
	stdout.Reset()
	require.NoError(t, run(t.Context(), o, &stdout, os.Stderr))
	assert.Equal(t, files, filesOf(t, o), "what is missing is made again")
	assert.Equal(t, 1, strings.Count(stdout.String(), "in an earlier run"))
}

func TestALongerSearchContinuesAShorterOne(t *testing.T) {
	table := writeTable(t)
	o := resumable(t, table)
	o.seeds = 1
	whole := o
	for _, o.evals = range []int{3, 33, 34, 32, 34} {
		require.NoError(t, run(t.Context(), o, new(bytes.Buffer), os.Stderr))
		assert.Equal(t, o.evals, evaluationsOf(t, o))
		if o.evals >= 33 {
			whole.evals, whole.out = o.evals, t.TempDir()
			require.NoError(t, run(t.Context(), whole, new(bytes.Buffer), os.Stderr))
			assert.Equal(t, filesOf(t, whole), filesOf(t, o))
		}
	}
}

func TestADirectoryHoldsSearchesWithTheSameSettings(t *testing.T) {
	o := resumable(t, writeTable(t))
	o.evals, o.seeds = 3, 1
	require.NoError(t, run(t.Context(), o, new(bytes.Buffer), os.Stderr))
	other := filepath.Join(t.TempDir(), "other.csv")
	text, err := os.ReadFile(o.table)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(other, text, 0o666))
	moved := o
	moved.table = other
	require.NoError(t, run(t.Context(), moved, new(bytes.Buffer), os.Stderr), "the same table elsewhere")
	require.NoError(t, os.WriteFile(other, bytes.Replace(text, []byte(",0,0"), []byte(",1,0"), 1), 0o666))
	for says, change := range map[string]func(*options){
		"with another table":               func(o *options) { o.table = other },
		"with -valid valid, not test":      func(o *options) { o.valid = "test" },
		"with -test test, not valid":       func(o *options) { o.test = "" },
		"with -preset cifar10, not ranked": func(o *options) { o.preset = "ranked" },
		"with -form causal, not paper":     func(o *options) { o.form = "paper" },
	} {
		changed := o
		change(&changed)
		assert.ErrorContains(t, run(t.Context(), changed, new(bytes.Buffer), os.Stderr), says)
	}
	require.NoError(t, os.WriteFile(filepath.Join(o.out, settingsFile), []byte("{"), 0o666))
	assert.ErrorContains(t, run(t.Context(), o, new(bytes.Buffer), os.Stderr), settingsFile)
}

func TestASearchThatIsStoppedWithoutADirectory(t *testing.T) {
	o := resumable(t, writeTable(t))
	o.out = ""
	var stdout bytes.Buffer
	err := run(after(5), o, &stdout, os.Stderr)
	require.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "searches have finished; nothing is saved without -out DIR")
	assert.Regexp(t, `^seed 5: stopped after 5 of 34 evaluations \(0 failed\); best so far: validation \d\.000, test \d+\.000: \|`, stdout.String())

	stdout.Reset()
	o.json = true
	require.Error(t, run(after(5), o, &stdout, os.Stderr))
	line := lines(t, stdout.String())[0]
	assert.Equal(t, true, line["stopped"])
	assert.EqualValues(t, 5, line["evals"])
}

// A search that is stopped before anything has succeeded says so.
func TestASearchThatIsStoppedBeforeASuccess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.csv")
	require.NoError(t, os.WriteFile(path, []byte("arch,valid\n|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,1\n"), 0o666))
	o := resumable(t, path)
	o.test = ""
	var stdout bytes.Buffer
	require.ErrorIs(t, run(after(4), o, &stdout, os.Stderr), context.Canceled)
	assert.Equal(t, "seed 5: stopped after 4 of 34 evaluations; none has succeeded\n", stdout.String())
	assert.Equal(t, 4, evaluationsOf(t, o))

	stdout.Reset()
	err := run(t.Context(), o, &stdout, os.Stderr)
	require.ErrorIs(t, err, rl.ErrNoSuccess)
	assert.Empty(t, stdout.String())
	assert.Equal(t, 20, evaluationsOf(t, o), "the failures can be looked at")
}
