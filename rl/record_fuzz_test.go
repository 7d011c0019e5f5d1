package rl_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
)

// FuzzRecord checks that a search continues from any record or rejects it.
func FuzzRecord(f *testing.F) {
	space := smallSpace(f)
	config := rl.Config{Seed: 1, Evaluations: 3, Batch: 1, Lag: 1}
	whole := &memoryRecorder{}
	config.Recorder = whole
	_, err := mustRun(f, space, baseline.RandomSearch{}, countEdges, config)
	require.NoError(f, err)
	text := bytes.Join(whole.lines, []byte("\n"))
	f.Add(text)
	f.Add(text[:len(text)/2])
	f.Add([]byte(`{"search":{"version":1}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		config.Recorder = &memoryRecorder{lines: bytes.Split(text, []byte("\n"))}
		h, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, config)
		if err == nil {
			require.LessOrEqual(t, len(h.Evaluations), config.Evaluations)
		}
	})
}
