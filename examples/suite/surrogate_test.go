package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/internal/progress"
)

// learn loads a surrogate of a list that writeTables wrote, and returns its first draws and the names of the models that are
// kept.
func learn(t *testing.T, list, cache, kind string, c training) (draws []float64, kept []string) {
	entries, err := readList(list)
	require.NoError(t, err)
	e := entries[2]
	e.Surrogate = kind
	display := progress.New(os.Stderr)
	defer display.Close()
	l := loader{data: filepath.Dir(list), cache: cache, display: display, training: c, files: map[[2]string]file{}}
	p, err := l.load(t.Context(), e)
	require.NoError(t, err)
	draws, err = p.draw(t.Context(), 5, func(int) {})
	require.NoError(t, err)
	kept, err = filepath.Glob(filepath.Join(cache, "*"))
	require.NoError(t, err)
	return draws, kept
}

// A model that is kept is used for the same kind, settings and examples, and for no others. A file that cannot be read is
// replaced.
func TestKeptSurrogates(t *testing.T) {
	list, cache := writeTables(t), t.TempDir()
	small := training{
		Network: predictor.Config{Networks: 1, Hidden: 2, Layers: 1, Epochs: 1}, Process: predictor.ProcessConfig{Points: 20},
	}
	network, kept := learn(t, list, cache, "network", small)
	require.Len(t, kept, 1)
	assert.Contains(t, kept[0], "predicted-network-")
	process, kept := learn(t, list, cache, "process", small)
	require.Len(t, kept, 2)
	assert.Contains(t, kept[1], "predicted-process-")
	assert.NotEqual(t, network, process)

	again, kept := learn(t, list, cache, "network", small)
	assert.Len(t, kept, 2)
	assert.Equal(t, network, again)
	model, err := os.ReadFile(kept[1])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(kept[0], model, 0o666))
	again, _ = learn(t, list, cache, "network", small)
	assert.Equal(t, process, again, "the file is used, not trained anew")
	require.NoError(t, os.WriteFile(kept[0], model[:len(model)/2], 0o666))
	again, _ = learn(t, list, cache, "network", small)
	assert.Equal(t, network, again, "a damaged file is replaced")

	small.Process.Points++
	other, kept := learn(t, list, cache, "process", small)
	assert.Len(t, kept, 3, "other settings")
	assert.NotEqual(t, process, other)

	cells := filepath.Join(filepath.Dir(list), "cells.csv")
	text, err := os.ReadFile(cells)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(text), "\n")
	require.NoError(t, os.WriteFile(cells, []byte(strings.Join(lines[:len(lines)-2], "")), 0o666))
	_, kept = learn(t, list, cache, "process", small)
	assert.Len(t, kept, 4, "other examples")
}

// The name of a file tells apart all that a model depends on.
func TestFingerprints(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range []string{"network", "process"} {
		for _, c := range []training{{}, {Network: predictor.Config{Seed: 1}}, {Process: predictor.ProcessConfig{Points: 1}}} {
			for _, examples := range [][]predictor.Example{nil, {{Value: 1}}, {{Value: 2}}} {
				id, err := fingerprint(kind, c, examples)
				require.NoError(t, err)
				assert.Len(t, id, 8)
				seen[id] = true
				c.Network.OnStep = func(int, int) {}
				same, err := fingerprint(kind, c, examples)
				require.NoError(t, err)
				assert.Equal(t, id, same, "how progress is shown does not matter")
				c.Network.OnStep = nil
			}
		}
	}
	assert.Len(t, seen, 2*3*3)
}
