package lstm

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestSavedLSTMsAreLoaded(t *testing.T) {
	twoParts := modeltest.Space(t, nil, searchspace.Part{Name: "one", MaxNodes: 3, EdgeOps: []string{"none", "x"}}, searchspace.Part{Name: "other", MaxNodes: 2})
	withFields := slices.Collect(maps.Values(modeltest.FieldSpaces(t)))
	for _, s := range slices.Concat(modeltest.Benchmarks, modeltest.SmallTrained, []searchspace.Space{twoParts}, withFields) {
		g := newModel(t, s, 1)
		archs := modeltest.Sample(t, g, 2, 20)
		modeltest.Fit(t, g, 3, modeltest.Examples(1, archs...), generator.FitOptions{Epochs: 3})
		file := modeltest.Save(t, g)
		loaded, err := Load(bytes.NewReader(file), s)
		require.NoError(t, err)
		assert.Equal(t, g.Config(), loaded.Config())
		assert.Equal(t, modeltest.LogProbs(t, g, archs...), modeltest.LogProbs(t, loaded, archs...))
		assert.Equal(t, modeltest.Sample(t, g, 4, 20), modeltest.Sample(t, loaded, 4, 20))
		assert.True(t, bytes.Equal(file, modeltest.Save(t, loaded)))
		modeltest.Fit(t, loaded, 3, modeltest.Examples(1, archs...), generator.FitOptions{})
	}
}

// TestFilesOfLSTMsWithOtherFields checks that a model can only be loaded for the fields it was made
// for.
func TestFilesOfLSTMsWithOtherFields(t *testing.T) {
	cell := func(fields ...searchspace.Field) searchspace.Space {
		return modeltest.Space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 2, NodeOps: []string{"a", "b"}, NodeFields: fields})
	}
	kernel := searchspace.Ordered("kernel", 3, 5)
	file := modeltest.Save(t, newModel(t, cell(kernel), 1))
	_, err := Load(bytes.NewReader(file), cell(kernel))
	require.NoError(t, err)
	for name, other := range map[string]searchspace.Space{
		"none":           cell(),
		"one more":       cell(kernel, searchspace.Bool("wide")),
		"another name":   cell(searchspace.Ordered("size", 3, 5)),
		"another value":  cell(searchspace.Ordered("kernel", 3, 7)),
		"another order":  cell(searchspace.Ordered("kernel", 5, 3)),
		"no order":       cell(searchspace.Choice("kernel", "3", "5")),
		"a condition":    cell(kernel.When("op", "a")),
		"at the edges":   modeltest.Space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 2, NodeOps: []string{"a", "b"}, EdgeFields: []searchspace.Field{kernel}}),
		"of other nodes": modeltest.Space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 2, NodeOps: []string{"a", "c"}, NodeFields: []searchspace.Field{kernel}}),
	} {
		_, err := Load(bytes.NewReader(file), other)
		assert.ErrorIs(t, err, generator.ErrOtherSpace, name)
	}
}

// tiny is an LSTM with a small file.
func tiny(t require.TestingT) *Model {
	s := modeltest.Space(t, nil, searchspace.Part{Name: "p", MaxNodes: 2, NodeOps: []string{"a", "b"}})
	g, err := New(s, Config{Hidden: 2, Layers: 1}, modeltest.Rand(1))
	require.NoError(t, err)
	return g
}

func requireRefused(t require.TestingT, file []byte, s searchspace.Space) {
	_, err := Load(bytes.NewReader(file), s)
	require.True(t, errors.Is(err, generator.ErrFormat) || errors.Is(err, generator.ErrOtherSpace), "%v", err)
}

func TestFilesOfLSTMsThatAreDamaged(t *testing.T) {
	g := tiny(t)
	file := modeltest.Save(t, g)
	for n := range file {
		requireRefused(t, file[:n], g.Space())
	}
	for i := range file {
		altered := bytes.Clone(file)
		altered[i] ^= 0xff
		if loaded, err := Load(bytes.NewReader(altered), g.Space()); err == nil {
			require.True(t, bytes.Equal(file, modeltest.Save(t, loaded)), "byte %d", i)
		} else {
			require.True(t, errors.Is(err, generator.ErrFormat) || errors.Is(err, generator.ErrOtherSpace), "byte %d: %v", i, err)
		}
	}
	for _, config := range []string{
		"", "[]", "{}", `{"Hidden":3,"Layers":1}`, `{"Hidden":1,"Layers":1}`, `{"Hidden":2,"Layers":2}`, `{"Hidden":2,"Layers":0}`,
		`{"Hidden":-2,"Layers":1}`, `{"Hidden":2,"Layers":-1}`, `{"Hidden":4000000000,"Layers":1}`, `{"Hidden":2,"Layers":4000000000}`,
	} {
		requireRefused(t, modeltest.EditHeader(t, file, func(h map[string]any) {
			h["__metadata__"].(map[string]any)["config"] = config
		}), g.Space())
	}

	other, err := gran.New(g.Space(), gran.Config{Hidden: 5, Layers: 1, Attention: 1, Components: 2}, modeltest.Rand(1))
	require.NoError(t, err)
	requireRefused(t, modeltest.Save(t, other), g.Space())
	_, err = gran.Load(bytes.NewReader(file), g.Space())
	require.ErrorIs(t, err, generator.ErrFormat)
	requireRefused(t, file, searchspace.NASBench201{})
}

func FuzzLoad(f *testing.F) {
	g := tiny(f)
	file := modeltest.Save(f, g)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add(modeltest.EditHeader(f, file, func(h map[string]any) { h["read.weight"] = nil }))
	f.Fuzz(func(t *testing.T, data []byte) {
		loaded, err := Load(bytes.NewReader(data), g.Space())
		if err != nil {
			require.True(t, errors.Is(err, generator.ErrFormat) || errors.Is(err, generator.ErrOtherSpace), "%v", err)
			return
		}
		modeltest.Sample(t, loaded, 1, 3)
	})
}
