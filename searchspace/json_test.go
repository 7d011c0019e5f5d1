package searchspace_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

func TestArchGoesThroughJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := anySpace(t)
		a := anyArch(t, space)
		text, err := json.Marshal(a)
		require.NoError(t, err)
		var back searchspace.Arch
		require.NoError(t, json.Unmarshal(text, &back))
		require.True(t, a.Equal(back), "%v became %v", a, back)
		require.NoError(t, space.Validate(back))
	})
}

func TestArchAsJSON(t *testing.T) {
	bare, err := searchspace.NewDAG("bare", 2, nil, nil)
	require.NoError(t, err)
	text, err := json.Marshal(searchspace.NewArch(diamond(t), bare))
	require.NoError(t, err)
	assert.JSONEq(t, `{"parts": [
		{"name": "cell", "nodes": 4, "node_ops": ["input", "conv", "pool", "output"], "edges": [
			{"from": 0, "to": 1, "op": "skip"},
			{"from": 0, "to": 2, "op": "skip"},
			{"from": 1, "to": 3, "op": "add"},
			{"from": 2, "to": 3, "op": "add"}
		]},
		{"name": "bare", "nodes": 2, "edges": []}
	]}`, string(text))
}

func TestMalformedJSON(t *testing.T) {
	for name, bad := range map[string]struct {
		text    string
		invalid bool // whether the error wraps ErrInvalid
	}{
		"no object":            {`["cell"]`, false},
		"nodes as text":        {`{"parts": [{"name": "p", "nodes": "3"}]}`, false},
		"fraction of a node":   {`{"parts": [{"name": "p", "nodes": 1.5}]}`, false},
		"truncated":            {`{"parts": [{"name": "p", "nodes": 3`, false},
		"no nodes":             {`{"parts": [{"name": "p"}]}`, true},
		"too many nodes":       {`{"parts": [{"name": "p", "nodes": 1000000000}]}`, true},
		"too many in all":      {`{"parts": [{"name": "p", "nodes": 4000}, {"name": "q", "nodes": 97}]}`, true},
		"cycle":                {`{"parts": [{"name": "p", "nodes": 2, "edges": [{"from": 0, "to": 1}, {"from": 1, "to": 0}]}]}`, true},
		"edge twice":           {`{"parts": [{"name": "p", "nodes": 2, "edges": [{"from": 0, "to": 1}, {"from": 0, "to": 1}]}]}`, true},
		"operation is no list": {`{"parts": [{"name": "p", "nodes": 1, "node_ops": []}]}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := searchspace.NewArch(diamond(t))
			err := json.Unmarshal([]byte(bad.text), &a)
			require.Error(t, err)
			if bad.invalid {
				assert.ErrorIs(t, err, searchspace.ErrInvalid)
			}
			assert.True(t, a.Equal(searchspace.NewArch(diamond(t))), "an error leaves the architecture as it was")
		})
	}
}

func FuzzArchJSON(f *testing.F) {
	for _, seed := range []string{
		`{"parts":[{"name":"cell","nodes":3,"node_ops":["input","conv","output"],"edges":[{"from":0,"to":1},{"from":1,"to":2}]}]}`,
		`{"parts":[{"name":"cell","nodes":4,"edges":[{"from":0,"to":3,"op":"skip"}]},{"name":"b","nodes":1,"edges":[]}]}`,
		`{"parts":[]}`, `null`, `{}`, `{"parts":[{"name":"p","nodes":-1}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var a searchspace.Arch
		if json.Unmarshal(text, &a) != nil {
			return
		}
		again, err := json.Marshal(a)
		require.NoError(t, err)
		var back searchspace.Arch
		require.NoError(t, json.Unmarshal(again, &back))
		require.True(t, a.Equal(back), "%s became %s", text, again)
		for i := range a.NumParts() {
			for _, e := range a.Part(i).Edges() {
				require.Less(t, e.From, e.To)
			}
		}
	})
}
