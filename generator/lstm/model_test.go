package lstm

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

func newModel(t require.TestingT, space searchspace.Space, seed uint64) *Model {
	m, err := New(space, Config{Hidden: 12, Layers: 2}, modeltest.Rand(seed))
	require.NoError(t, err)
	return m
}

func TestLSTMSizes(t *testing.T) {
	g, err := New(searchspace.NASBench201{}, Config{}, modeltest.Rand(1))
	require.NoError(t, err)
	assert.Equal(t, Config{Hidden: 32, Layers: 2}, g.Config())
	const (
		h    = 32
		rows = 1 + (0 + 1) + (2 + 1) + (5 + 1) + 2*4 // start, the values of each kind and the kind itself, places
	)
	assert.Equal(t, rows*h+2*(8*h*h+4*h)+(2*h*h+h)+(h+1)*(2+5), g.NumParams())
}

func TestSizesWithFields(t *testing.T) {
	s := modeltest.Space(t, nil, searchspace.Part{
		Name: "cell", MaxNodes: 2, NodeOps: []string{"a", "b"},
		NodeFields: []searchspace.Field{searchspace.Ordered("kernel", 3, 5, 7), searchspace.Bool("wide")},
		EdgeFields: []searchspace.Field{searchspace.Choice("scale", "w", "x", "y", "z")},
	})
	g, err := New(s, Config{Hidden: 5, Layers: 1}, modeltest.Rand(1))
	require.NoError(t, err)
	const (
		h      = 5
		values = 2 + 2 + 0 + 3 + 2 + 4 // of operations, edges, operations of edges and three fields
		rows   = 1 + values + 6 + 2*2  // start, the values, the kinds, places
	)
	assert.Equal(t, rows*h+(8*h*h+4*h)+(2*h*h+h)+(h+1)*values, g.NumParams())
}

// TestLaterPartsDependOnEarlierOnes trains on two parts that are always equal, which separate
// networks could not learn.
func TestLaterPartsDependOnEarlierOnes(t *testing.T) {
	s := modeltest.Space(t, nil, searchspace.Part{Name: "normal", MaxNodes: 3}, searchspace.Part{Name: "reduction", MaxNodes: 3})
	g := newModel(t, s, 1)
	all := modeltest.Enumerate(t, s) // 8 × 8
	modeltest.Fit(t, g, 1, modeltest.Examples(1, all[0], all[63]), generator.FitOptions{Epochs: 400, Loss: generator.LogLikelihood})
	p := modeltest.Probabilities(t, g, []searchspace.Arch{all[0], all[63]})
	assert.Greater(t, min(p[0], p[1]), 0.4, "%v", p)
}

// TestBatchesDoNotChangeTheLoss checks that the loss of a batch equals that of its architectures
// one by one.
func TestBatchesDoNotChangeTheLoss(t *testing.T) {
	g := newModel(t, searchspace.NASBench101{}, 1)
	data := modeltest.Examples(0, modeltest.Sample(t, g, 2, 150)...)
	var want float64
	for i := range data {
		data[i].Weight = float64(i%7) - 2
		want -= data[i].Weight * modeltest.LogProbs(t, g, data[i].Arch)[0] / float64(len(data))
	}
	l := newLoss(t, g, 0, data, generator.FitOptions{Loss: generator.LogLikelihood})
	require.InDelta(t, want, l.At(t, l.Weights), 1e-4)
	gradient := l.Gradient(t, 1)

	sum := make([]float64, len(gradient))
	for _, x := range data {
		one := newLoss(t, g, 0, []generator.Example{x}, generator.FitOptions{Loss: generator.LogLikelihood})
		for i, d := range one.Gradient(t, 1) {
			sum[i] += float64(d) / float64(len(data))
		}
	}
	for i := range sum {
		require.InDelta(t, sum[i], gradient[i], 1e-4)
	}
}

// TestPaperLossOfTheLSTM computes the paper's loss by hand.
func TestPaperLossOfTheLSTM(t *testing.T) {
	spaces := modeltest.FieldSpaces(t)
	for _, s := range modeltest.Benchmarks {
		spaces[s.Name()] = s
	}
	for name, s := range spaces {
		t.Run(name, func(t *testing.T) {
			g := newModel(t, s, 1)
			for _, a := range modeltest.Sample(t, g, 2, 20) {
				l := newLoss(t, g, 0, modeltest.Examples(1, a), generator.FitOptions{Loss: generator.PaperLoss})
				require.InDelta(t, paperLoss(t, g, a), l.At(t, l.Weights), 1e-4)
			}
		})
	}
}

// paperLoss weights the negative log-probability of each decision as the paper does: an edge by one
// over the number of pairs, including those of a node with itself, a node operation by half over
// the number of nodes, and an edge operation by an eighth over the number of edges into its node. A
// field has the weight of the operation beside it.
func paperLoss(t *testing.T, g *Model, a searchspace.Arch) (total float64) {
	steps, err := g.compile(a)
	require.NoError(t, err)
	path, err := searchspace.Path(g.Space(), a)
	require.NoError(t, err)
	for i, decided := range path {
		part := a.Part(decided.Part)
		nodes, into := float64(part.Len()), 0.0
		for _, e := range part.Edges() {
			if e.To == decided.Node {
				into++
			}
		}
		alone := steps[:i+1]
		nats := g.lossOf(alone) - g.lossOf(alone[:i])
		switch decided.Kind {
		case searchspace.NodeOp, searchspace.NodeField:
			total += 0.5 * nats / nodes
		case searchspace.EdgePresence:
			total += nats / (nodes * (nodes + 1) / 2)
		case searchspace.EdgeOp, searchspace.EdgeField:
			total += 0.125 * nats / into
		}
	}
	return total
}

// lossOf returns the negative log-probability of the first decisions.
func (g *Model) lossOf(steps []step) float64 {
	logProb := make([]float64, 1)
	g.logProbs([][]step{steps}, logProb)
	return -logProb[0]
}
