package rl_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
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
		if rapid.Bool().Draw(rt, "several objectives") {
			c.Objectives, c.Limits = []rl.Objective{rl.Minimize("size"), rl.Maximize("")}, []rl.Limit{rl.AtMost("size", 1e9), rl.AtLeast("", -1e9)}
		}
		want, err := mustRun(t, space, repeating(space), sizedRugged, c)
		require.NoError(t, err)
		got, err := rl.ReadRecord(t.Context(), space, record, archsOf(want))
		require.NoError(t, err)
		got.Stop = want.Stop
		require.Equal(t, jsonl(t, want), jsonl(t, got))
	})
}

// archsOf returns a function that finds the architectures of a history by their keys.
func archsOf(h *rl.History) func(key string) (searchspace.Arch, bool) {
	archs := map[string]searchspace.Arch{}
	for _, e := range h.Evaluations {
		archs[e.Key] = e.Arch
	}
	return func(key string) (searchspace.Arch, bool) {
		a, ok := archs[key]
		return a, ok
	}
}

// sizedRugged is rugged with a second figure.
var sizedRugged = evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	r, err := rugged.Evaluate(ctx, a)
	if err == nil {
		r.Metrics = map[string]float64{"size": float64(hashOf(a, 50))}
	}
	return r, err
})

// Objectives and limits can be read back, including from records that contain them as text.
func TestGoalsOfARecord(t *testing.T) {
	space := smallSpace(t)
	rapid.Check(t, func(t *rapid.T) {
		c := rl.Config{Evaluations: 1}
		c.Objectives, c.Limits = anyGoals(t)
		record := &memoryRecorder{}
		c.Recorder = record
		s, err := rl.New(space, repeating(space), c)
		require.NoError(t, err)
		_, err = s.Ask(context.Background(), 1)
		require.NoError(t, err)
		require.NotEmpty(t, record.lines)
		for _, first := range [][]byte{record.lines[0], older(t, record.lines[0])} {
			h, err := rl.ReadRecord(context.Background(), space, &memoryRecorder{lines: [][]byte{first}}, nil)
			require.NoError(t, err, "%s", first)
			require.Equal(t, c.Objectives, h.Objectives, "%s", first)
			require.Equal(t, c.Limits, h.Limits, "%s", first)
			c.Recorder = &memoryRecorder{lines: [][]byte{first}}
			again, err := rl.New(space, repeating(space), c)
			require.NoError(t, err)
			_, err = again.Ask(context.Background(), 1)
			require.NoError(t, err, "the search goes on from %s", first)
		}
	})
}

// anyGoals draws objectives and limits on the value and on metrics with odd names.
func anyGoals(t *rapid.T) (objectives []rl.Objective, limits []rl.Limit) {
	names := rapid.OneOf(rapid.Just(""), rapid.StringMatching("[a-z ,≤0-9]{0,6}[a-z]"))
	for _, name := range rapid.SliceOfNDistinct(names, 0, 3, rapid.ID[string]).Draw(t, "objectives") {
		objectives = append(objectives, rl.Objective{Metric: name, Minimize: rapid.Bool().Draw(t, "minimize")})
	}
	for _, name := range rapid.SliceOfNDistinct(names, 0, 3, rapid.ID[string]).Draw(t, "limits") {
		limits = append(limits, rl.Limit{Metric: name, Bound: rapid.Float64().Draw(t, "bound"), AtLeast: rapid.Bool().Draw(t, "at least")})
	}
	return objectives, limits
}

// older converts the first line of a record to the older form, with objectives and limits as text.
func older(t require.TestingT, line []byte) []byte {
	var l struct {
		Search map[string]any `json:"search"`
	}
	require.NoError(t, json.Unmarshal(line, &l))
	var goals struct {
		Search struct {
			Objectives []rl.Objective
			Limits     []rl.Limit
		}
	}
	require.NoError(t, json.Unmarshal(line, &goals))
	for name, list := range map[string][]string{"objectives": goalTexts(goals.Search.Objectives), "limits": goalTexts(goals.Search.Limits)} {
		if len(list) > 0 {
			l.Search[name] = strings.Join(list, ", ")
		}
	}
	text, err := json.Marshal(l)
	require.NoError(t, err)
	return text
}

func goalTexts[T fmt.Stringer](list []T) (all []string) {
	for _, one := range list {
		all = append(all, one.String())
	}
	return all
}

func TestInvalidGoalsInARecord(t *testing.T) {
	for text, want := range map[string]string{
		`"objectives": "valid"`:                            `an objective must begin with maximize or minimize, got "valid"`,
		`"limits": "size < 5"`:                             `a limit must be like "params ≤ 5", got "size < 5"`,
		`"limits": "size ≤ few"`:                           `the bound of a limit must be a number, got "few"`,
		`"limits": "size ≤ +Inf"`:                          "the bound of size must be a finite number, got +Inf",
		`"objectives": "maximize a, minimize a"`:           "a is listed twice",
		`"objectives": [{"metric": "a"}, {"metric": "a"}]`: "a is listed twice",
		`"objectives": 5`:                                  "cannot unmarshal",
	} {
		line := []byte(`{"search": {"space": "nasbench201", ` + text + `}}`)
		_, err := rl.ReadRecord(t.Context(), searchspace.NASBench201{}, &memoryRecorder{lines: [][]byte{line}}, nil)
		assert.ErrorContains(t, err, want, text)
	}
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

func TestUnreadableRecords(t *testing.T) {
	space := searchspace.NASBench101{} // its keys are hashes
	record := &memoryRecorder{}
	_, err := mustRun(t, space, repeating(space), countEdges, rl.Config{Evaluations: 5, Recorder: record})
	require.NoError(t, err)
	_, err = rl.ReadRecord(t.Context(), space, record, nil)
	assert.ErrorContains(t, err, "trial 0: cannot find the architecture with the key")
	_, err = rl.ReadRecord(t.Context(), searchspace.NASBench201{}, record, nil)
	assert.ErrorIs(t, err, rl.ErrOtherSearch)
	for name, lines := range map[string][]string{
		"must have a search, a proposal": {`{}`},
		"trial 3, which is not running":  {`{"result": {"trial": 3, "value": 1}}`},
		"does not follow trial -1":       {`{"proposal": {"first": 1, "trials": [1], "keys": ["a"]}}`},
		"line 1":                         {`no JSON`},
		"line 3: trial 0: the result lacks a figure": {
			`{"search": {"space": "nasbench101", "objectives": [{"metric": "latency", "minimize": true}]}}`,
			`{"proposal": {"first": 0, "trials": [0], "keys": ["a"]}}`, `{"result": {"trial": 0, "value": 1}}`,
		},
	} {
		broken := &memoryRecorder{}
		for _, line := range lines {
			broken.lines = append(broken.lines, []byte(line))
		}
		_, err := rl.ReadRecord(t.Context(), space, broken, nil)
		assert.ErrorContains(t, err, name)
	}
}

func TestNoSearchIsRecorded(t *testing.T) {
	_, err := rl.ReadRecord(t.Context(), smallSpace(t), &memoryRecorder{}, nil)
	assert.ErrorIs(t, err, rl.ErrNoRecord)
}

// Every text is a record or an error.
func FuzzReadRecord(f *testing.F) {
	space := searchspace.NASBench201{}
	record := &memoryRecorder{}
	_, err := mustRun(f, space, repeating(space), rugged, rl.Config{Evaluations: 5, Recorder: record})
	require.NoError(f, err)
	f.Add(bytes.Join(record.lines, []byte("\n")))
	f.Add([]byte(`{"search": {"space": "nasbench201", "objectives": "maximize value, minimize a, b", "limits": "a ≤ 1, value ≥ 1e+06"}}`))
	f.Add([]byte(`{"search": {"space": "nasbench201", "objectives": [{"metric": "a"}], "limits": [{"bound": 1}]}}`))
	f.Add([]byte(`{"proposal": {"first": 0, "trials": [0, 1], "keys": ["a", "a"]}}` + "\n" + `{"result": {"trial": 1, "error": "x"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := rl.ReadRecord(t.Context(), space, &memoryRecorder{lines: bytes.Split(text, []byte("\n"))}, nil)
		if err == nil {
			assert.LessOrEqual(t, len(h.Top(3)), len(h.Evaluations))
		}
	})
}
