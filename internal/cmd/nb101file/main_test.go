package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// someCells yields the first ordered cells of the space, some of which are isomorphic.
func someCells(n int) iter.Seq[searchspace.Arch] {
	return func(yield func(searchspace.Arch) bool) {
		i := 0
		for a := range (searchspace.NASBench101{}).All() {
			if i++; i > n || !yield(a) {
				return
			}
		}
	}
}

func TestRowsAreABenchmark(t *testing.T) {
	const ordered = 3_000
	keys := map[string]bool{}
	for a := range someCells(ordered) {
		keys[searchspace.NASBench101{}.Key(a)] = true
	}
	require.Less(t, len(keys), ordered)

	trainings := []training{{36, 0}, {36, 1}, {108, 0}}
	var file, again bytes.Buffer
	require.NoError(t, write(&file, someCells(ordered), trainings, false))
	require.NoError(t, write(&again, someCells(ordered), trainings, true))
	uncompressed, err := gzip.NewReader(&again)
	require.NoError(t, err)
	text, err := io.ReadAll(uncompressed)
	require.NoError(t, err)
	require.True(t, bytes.Equal(file.Bytes(), text), "the same file again")

	benchmark, err := nasbench.ReadNB101(&file, "made up", nasbench.NB101Options{Epochs: []int{36, 108}})
	require.NoError(t, err)
	require.NoError(t, benchmark.Verify(t.Context()))
	assert.Equal(t, len(keys), benchmark.Len())
	values := map[float64]bool{}
	for key := range benchmark.Keys() {
		require.True(t, keys[key])
		for _, tr := range trainings {
			for _, metric := range []nasbench.NB101Metric{
				nasbench.NB101TrainAccuracy, nasbench.NB101ValidationAccuracy, nasbench.NB101TestAccuracy,
				nasbench.NB101TrainingTime, nasbench.NB101Parameters,
			} {
				q := nasbench.NB101Query{Metric: metric, Epochs: tr.epochs, Repeat: tr.repeat + 1}
				final, err := benchmark.ValueOfKey(key, q)
				require.NoError(t, err)
				q.Halfway = true
				halfway, err := benchmark.ValueOfKey(key, q)
				require.NoError(t, err)
				require.True(t, halfway < final || metric == nasbench.NB101Parameters && halfway == final)
				values[final] = true
			}
		}
	}
	assert.Greater(t, len(values), 12*benchmark.Len(), "of 13 figures a cell, nearly all are different")
}

func TestWritingFails(t *testing.T) {
	r, w := io.Pipe()
	require.NoError(t, r.Close())
	for _, compress := range []bool{false, true} {
		assert.ErrorIs(t, write(w, someCells(3_000), []training{{108, 0}}, compress), io.ErrClosedPipe)
	}
}

func TestBadFlags(t *testing.T) {
	for _, bad := range []struct {
		out, epochs string
		repeats     int
		message     string
	}{
		{"", "108", 3, `-out must be set and -repeats must be at least 1, got "" and 3`},
		{"x", "108", 0, `-out must be set and -repeats must be at least 1, got "x" and 0`},
		{"x", "", 3, `-epochs must list positive numbers, got ""`},
		{"x", "4,0", 3, `-epochs must list positive numbers, got "0"`},
		{"x", "4, 12", 3, `-epochs must list positive numbers, got " 12"`},
	} {
		_, err := parse(bad.out, bad.epochs, bad.repeats)
		assert.EqualError(t, err, bad.message)
	}
	trainings, err := parse("x", "4,12", 2)
	require.NoError(t, err)
	assert.Equal(t, []training{{4, 0}, {4, 1}, {12, 0}, {12, 1}}, trainings)
}

func TestNoFileStaysIfItCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nb101.tfrecord")
	assert.ErrorIs(t, run(t.Context(), filepath.Join(path, "none"), nil, false, io.Discard), os.ErrNotExist)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, run(ctx, path, []training{{108, 0}}, true, io.Discard), context.Canceled)
	_, err := os.Stat(path)
	assert.ErrorIs(t, err, os.ErrNotExist)
}
