package gran

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// newLoss uses Fit to set up the loss, with steps too small to change the weights.
func newLoss(t require.TestingT, m *Model, part int, data []generator.Example, o generator.FitOptions) modeltest.Loss {
	o.LearningRate, o.BatchSize, o.Epochs = 1e-30, len(data), 1
	modeltest.Fit(t, m, 1, data, o)
	loss := m.trainers[part].Loss
	return modeltest.Loss{Function: loss, Value: &loss.Value, Weights: m.params[part], Layout: &m.nets[part].layout}
}

func TestGradientOfTheLoss(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	rapid.Check(t, func(t *rapid.T) {
		c := forms[rapid.SampledFrom([]string{"paper", "causal"}).Draw(t, "form")]
		modeltest.RequireGradients(t, func(s searchspace.Space, seed uint64) *Model { return newModel(t, s, c, seed) }, newLoss)
	})
}

func TestGradientOnTheBenchmarks(t *testing.T) {
	modeltest.RequireBenchmarkGradients(t, func(s searchspace.Space, seed uint64) *Model {
		return newModel(t, s, Config{Layers: 3, Attention: 16}, seed)
	}, newLoss)
}

// TestGradientInALargeSpace checks messages with one layer.
func TestGradientInALargeSpace(t *testing.T) {
	s := largeSpace(t)
	for _, loss := range []generator.Loss{generator.PaperLoss, generator.LogLikelihood} {
		m := newModel(t, s, Config{Form: CausalForm, Hidden: 5, Layers: 3, Components: 2}, 1)
		data := modeltest.Examples(0.7, modeltest.Sample(t, m, 2, 3)...)
		modeltest.RequireGradient(t, m, newLoss, 0, data, generator.FitOptions{Loss: loss}, modeltest.Rand(3))
	}
}

// largeSpace returns a large space with operations of nodes and edges.
func largeSpace(t require.TestingT) searchspace.Space {
	s := modeltest.Space(t, nil, searchspace.Part{
		Name: "graph", MaxNodes: 25, NodeOps: []string{"x", "y"}, EdgeOps: []string{"none", "skip", "conv"},
	})
	require.True(t, Large(s))
	return s
}

func TestGradientIsScaledByTheOuterGradient(t *testing.T) {
	m := newModel(t, searchspace.NASBench201{}, small, 1)
	l := newLoss(t, m, 0, modeltest.Examples(1, modeltest.Sample(t, m, 2, 3)...), generator.FitOptions{})
	once, thrice := l.Gradient(t, 1), l.Gradient(t, 3)
	for i := range once {
		require.InDelta(t, 3*once[i], thrice[i], 1e-5)
	}
}

func TestEntropyIsThatOfThePath(t *testing.T) {
	for name, c := range forms {
		t.Run(name, func(t *testing.T) {
			modeltest.RequireEntropy(t, func(s searchspace.Space, seed uint64) *Model { return newModel(t, s, c, seed) }, newLoss)
		})
	}
}
