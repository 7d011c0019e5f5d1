package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cached runs a search with a cache and returns what it prints.
func cached(t *testing.T, o options) (stdout, stderr string) {
	t.Helper()
	var out, words bytes.Buffer
	o.json = true
	require.NoError(t, run(t.Context(), o, &out, &words))
	return withoutSeconds(out.String()), words.String()
}

func TestTheSurrogateIsKept(t *testing.T) {
	o := options{table: writeFile(t), surrogate: small, methods: "random", evals: 30, seeds: 1, cache: filepath.Join(t.TempDir(), "new", "dir")}
	first, words := cached(t, o)
	assert.Contains(t, words, "has 37 of the 423624 cells of NAS-Bench-101. A surrogate predicts the others.\n")
	assert.NotContains(t, words, "earlier run")
	files, err := filepath.Glob(filepath.Join(o.cache, "*"))
	require.NoError(t, err)
	require.Len(t, files, 2)

	again, words := cached(t, o)
	assert.Equal(t, first, again)
	for _, file := range files {
		assert.Contains(t, words, "is the one that an earlier run trained: "+file+"\n")
	}

	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	for _, damaged := range [][]byte{nil, text[:len(text)-1], bytes.ToUpper(text)} {
		require.NoError(t, os.WriteFile(files[0], damaged, 0o666))
		again, words = cached(t, o)
		assert.Equal(t, first, again)
		assert.Contains(t, words, files[0]+" cannot be used and is trained again: ")
		made, err := os.ReadFile(files[0])
		require.NoError(t, err)
		assert.Equal(t, text, made)
	}
}

func TestTheCacheGoesByTableAndSettings(t *testing.T) {
	o := options{table: writeFile(t), surrogate: small, methods: "random", evals: 2, seeds: 1, cache: t.TempDir()}
	_, _ = cached(t, o)
	o.surrogate.Seed++
	_, words := cached(t, o)
	assert.NotContains(t, words, "earlier run", "other settings")
	text, err := os.ReadFile(o.table)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(o.table, text[:len(text)/2+bytes.Index(text[len(text)/2:], []byte("conv"))], 0o666))
	var stdout bytes.Buffer
	assert.Error(t, run(t.Context(), o, &stdout, &stdout), "a truncated table is none")

	require.NoError(t, os.WriteFile(o.table, text, 0o666))
	other := o
	other.table = writeCells(t, 59)
	_, words = cached(t, other)
	assert.NotContains(t, words, "earlier run", "another table")
	moved := o
	moved.table = filepath.Join(t.TempDir(), "elsewhere.tfrecord")
	require.NoError(t, os.WriteFile(moved.table, text, 0o666))
	_, words = cached(t, moved)
	assert.Contains(t, words, "earlier run", "the same table elsewhere")
}

// Whatever is wrong with the directory, the search goes on without it.
func TestACacheThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o666))
	o := options{table: writeFile(t), surrogate: small, methods: "random", evals: 20, seeds: 1}
	without, words := cached(t, o)
	assert.NotContains(t, words, "kept")
	o.cache = filepath.Join(file, "below")
	with, words := cached(t, o)
	assert.Equal(t, without, with)
	assert.Contains(t, words, "The surrogate's accuracy was not saved for the next run: ")
}
