package rl_test

import (
	"bytes"
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A history read from a record equals that of the search, except for what is not recorded.
func TestAHistoryIsReadFromItsRecord(t *testing.T) {
	space := smallSpace(t)
	rapid.Check(t, func(rt *rapid.T) {
		record := &memoryRecorder{}
		c := rl.Config{
			Seed: rapid.Uint64().Draw(rt, "seed"), Evaluations: 20, Batch: rapid.IntRange(1, 4).Draw(rt, "batch"),
			Workers: 3, Lag: rapid.IntRange(1, 6).Draw(rt, "lag"), Arrival: rapid.Bool().Draw(rt, "arrival"), Recorder: record,
		}
		if c.Arrival {
			c.Lag = 0
		}
		want, err := mustRun(t, space, repeating(space), rugged, c)
		require.NoError(t, err)
		archs := map[string]searchspace.Arch{}
		for _, e := range want.Evaluations {
			archs[e.Key] = e.Arch
		}
		got, err := rl.ReadRecord(t.Context(), space, record, func(key string) (searchspace.Arch, bool) {
			a, ok := archs[key]
			return a, ok
		})
		require.NoError(t, err)
		byTrial := func(a, b rl.Evaluation) int { return cmp.Compare(a.ID, b.ID) }
		for _, h := range []*rl.History{want, got} {
			slices.SortFunc(h.Evaluations, byTrial) // a record is in the order of arrival
			slices.SortFunc(h.Repeats, byTrial)
			h.Stop = ""
		}
		require.Equal(t, jsonl(t, want), jsonl(t, got))
	})
}

// If keys are a notation, no list of architectures is needed.
func TestRecordsOfSpacesWithANotation(t *testing.T) {
	space := searchspace.NASBench201{}
	record := &memoryRecorder{}
	want, err := mustRun(t, space, repeating(space), rugged, rl.Config{Evaluations: 10, Recorder: record})
	require.NoError(t, err)
	got, err := rl.ReadRecord(t.Context(), space, record, nil)
	require.NoError(t, err)
	for i, e := range want.Evaluations {
		assert.True(t, e.Arch.Equal(got.Evaluations[i].Arch))
	}
}

func TestRecordsThatCannotBeRead(t *testing.T) {
	space := searchspace.NASBench101{} // its keys are hashes
	record := &memoryRecorder{}
	_, err := mustRun(t, space, repeating(space), countEdges, rl.Config{Evaluations: 5, Recorder: record})
	require.NoError(t, err)
	_, err = rl.ReadRecord(t.Context(), space, record, nil)
	assert.ErrorContains(t, err, "trial 0: cannot find the architecture with the key")
	_, err = rl.ReadRecord(t.Context(), searchspace.NASBench201{}, record, nil)
	assert.ErrorIs(t, err, rl.ErrOtherSearch)
	for name, lines := range map[string][]string{
		"none of a search, a proposal":  {`{}`},
		"trial 3, which is not running": {`{"result": {"trial": 3, "value": 1}}`},
		"does not follow trial -1":      {`{"proposal": {"first": 1, "trials": [1], "keys": ["a"]}}`},
		"line 1":                        {`no JSON`},
	} {
		broken := &memoryRecorder{}
		for _, line := range lines {
			broken.lines = append(broken.lines, []byte(line))
		}
		_, err := rl.ReadRecord(t.Context(), space, broken, nil)
		assert.ErrorContains(t, err, name)
	}
}

// Every text is a record or an error.
func FuzzReadRecord(f *testing.F) {
	space := searchspace.NASBench201{}
	record := &memoryRecorder{}
	_, err := mustRun(f, space, repeating(space), rugged, rl.Config{Evaluations: 5, Recorder: record})
	require.NoError(f, err)
	f.Add(bytes.Join(record.lines, []byte("\n")))
	f.Add([]byte(`{"proposal": {"first": 0, "trials": [0, 1], "keys": ["a", "a"]}}` + "\n" + `{"result": {"trial": 1, "error": "x"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := rl.ReadRecord(t.Context(), space, &memoryRecorder{lines: bytes.Split(text, []byte("\n"))}, nil)
		if err == nil {
			assert.LessOrEqual(t, len(h.Top(3)), len(h.Evaluations))
		}
	})
}
