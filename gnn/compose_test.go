package gnn_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/gnn"
)

func TestLayersOfTheSameKindStayApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mp := anyMessagePassing(t)
		one := anyGraph(t, mp)
		other := one
		other.From, other.To = indices(t, len(one.From), one.Nodes, "other from"), indices(t, len(one.From), one.Nodes, "other to")
		layerCase{
			shapes: []tensor.Shape{{one.Nodes, mp.Hidden}, {numParams(t, mp)}},
			apply: func(x G.Nodes) (*G.Node, error) {
				a, err := mp.Apply(x[0], x[1], &one)
				require.NoError(t, err)
				b, err := mp.Apply(x[0], x[1], &other)
				require.NoError(t, err)
				return G.Sub(a, b)
			},
			formula: func(f *formula, x [][]float64) []float64 {
				y := f.messagePassing(mp, one, x[0], x[1])
				for i, v := range f.messagePassing(mp, other, x[0], x[1]) {
					y[i] -= v
				}
				return y
			},
		}.check(t)
	})
}

// TestLayersReadGorgoniasViews passes results of Gorgonia's own operations to layers: transposed
// tensors and slices of rows and columns, whose values are not contiguous.
func TestLayersReadGorgoniasViews(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, width := rapid.IntRange(2, 5).Draw(t, "rows"), rapid.IntRange(2, 5).Draw(t, "width")
		row, col := rapid.IntRange(0, rows-2).Draw(t, "row"), rapid.IntRange(0, width-2).Draw(t, "col")
		index := indices(t, size(t, "picks"), 2, "index")
		pick := func(x []float64, at func(r, i int) float64) (y []float64) {
			for _, r := range index {
				y = append(y, at(r, 0), at(r, 1))
			}
			return y
		}
		views := map[string]struct {
			apply func(x *G.Node) (*G.Node, error)
			at    func(x []float64, r, i int) float64
		}{
			"rows, then columns": {
				func(x *G.Node) (*G.Node, error) { return G.Slice(x, G.S(row, row+2), G.S(col, col+2)) },
				func(x []float64, r, i int) float64 { return x[(row+r)*width+col+i] },
			},
			"transposed": {
				func(x *G.Node) (*G.Node, error) {
					y, err := G.Slice(x, G.S(row, row+2), G.S(col, col+2))
					if err != nil {
						return nil, err
					}
					return G.Transpose(y)
				},
				func(x []float64, r, i int) float64 { return x[(row+i)*width+col+r] },
			},
		}
		view := views[rapid.SampledFrom([]string{"rows, then columns", "transposed"}).Draw(t, "view")]
		layerCase{
			shapes: []tensor.Shape{{rows, width}},
			apply: func(x G.Nodes) (*G.Node, error) {
				y, err := view.apply(x[0])
				require.NoError(t, err)
				return gnn.Gather(y, index)
			},
			formula: func(f *formula, x [][]float64) []float64 {
				return pick(x[0], func(r, i int) float64 { return view.at(x[0], r, i) })
			},
		}.check(t)
	})
}

// TestNetworkOfLayersAndGorgoniasOperations checks a network with two rounds of message passing
// with a ReLU between them, a readout of each graph, and a matrix product.
func TestNetworkOfLayersAndGorgoniasOperations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mp := anyMessagePassing(t)
		batch, err := gnn.Union(anyGraph(t, mp), anyGraph(t, mp))
		require.NoError(t, err)
		out := size(t, "out")
		layerCase{
			shapes: []tensor.Shape{{batch.Nodes, mp.Hidden}, {numParams(t, mp)}, {mp.Hidden, out}},
			apply: func(x G.Nodes) (*G.Node, error) {
				h, err := mp.Apply(x[0], x[1], &batch.Graph)
				require.NoError(t, err)
				h, err = G.Rectify(h)
				require.NoError(t, err)
				h, err = mp.Apply(h, x[1], &batch.Graph)
				require.NoError(t, err)
				h, err = gnn.ScatterSum(h, batch.Owner, batch.Len())
				require.NoError(t, err)
				return G.Mul(h, x[2])
			},
			formula: func(f *formula, x [][]float64) []float64 {
				h := f.messagePassing(mp, batch.Graph, x[0], x[1])
				for i := range h {
					h[i] = f.relu(h[i])
				}
				h = f.messagePassing(mp, batch.Graph, h, x[1])
				y := make([]float64, batch.Len()*out)
				for v, owner := range batch.Owner {
					for i := range mp.Hidden {
						for o := range out {
							y[owner*out+o] += h[v*mp.Hidden+i] * x[2][i*out+o]
						}
					}
				}
				return y
			},
		}.check(t)
	})
}
