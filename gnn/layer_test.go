package gnn_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/gnn"
)

func TestLinear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, in, out := size(t, "rows"), size(t, "in"), size(t, "out")
		layerCase{
			shapes: []tensor.Shape{{rows, in}, {out, in}, {out}},
			apply:  func(x G.Nodes) (*G.Node, error) { return gnn.Linear(x[0], x[1], x[2]) },
			formula: func(f *formula, x [][]float64) (y []float64) {
				for r := range rows {
					y = append(y, linear(x[0][r*in:(r+1)*in], x[1], x[2])...)
				}
				return y
			},
		}.check(t)
	})
}

func TestMLP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := size(t, "rows")
		widths := rapid.SliceOfN(rapid.IntRange(1, 6), 2, 4).Draw(t, "widths")
		layers := len(widths) - 1
		c := layerCase{shapes: []tensor.Shape{{rows, widths[0]}}}
		for i := range layers {
			c.shapes = append(c.shapes, tensor.Shape{widths[i+1], widths[i]})
		}
		for i := range layers {
			c.shapes = append(c.shapes, tensor.Shape{widths[i+1]})
		}
		c.apply = func(x G.Nodes) (*G.Node, error) { return gnn.MLP(x[0], x[1:1+layers], x[1+layers:]) }
		c.formula = func(f *formula, x [][]float64) (y []float64) {
			for r := range rows {
				y = append(y, f.mlp(x[0][r*widths[0]:(r+1)*widths[0]], x[1:1+layers], x[1+layers:])...)
			}
			return y
		}
		c.check(t)
	})
}

func TestGather(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, width := size(t, "rows"), size(t, "width")
		index := indices(t, size(t, "picks"), rows, "index")
		layerCase{
			shapes: []tensor.Shape{{rows, width}},
			apply:  func(x G.Nodes) (*G.Node, error) { return gnn.Gather(x[0], index) },
			formula: func(f *formula, x [][]float64) (y []float64) {
				for _, r := range index {
					y = append(y, x[0][r*width:(r+1)*width]...)
				}
				return y
			},
		}.check(t)
	})
}

func TestScatterSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, width, n := size(t, "rows"), size(t, "width"), size(t, "n")
		index := indices(t, rows, n, "index")
		layerCase{
			shapes: []tensor.Shape{{rows, width}},
			apply:  func(x G.Nodes) (*G.Node, error) { return gnn.ScatterSum(x[0], index, n) },
			formula: func(f *formula, x [][]float64) []float64 {
				y := make([]float64, n*width)
				for r, to := range index {
					for i := range width {
						y[to*width+i] += x[0][r*width+i]
					}
				}
				return y
			},
		}.check(t)
	})
}

func TestGRUCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, in, hidden := size(t, "rows"), size(t, "in"), size(t, "hidden")
		layerCase{
			shapes: []tensor.Shape{{rows, in}, {rows, hidden}, {3 * hidden, in}, {3 * hidden, hidden}, {3 * hidden}, {3 * hidden}},
			apply: func(x G.Nodes) (*G.Node, error) {
				return gnn.GRUCell(x[0], x[1], gnn.GRUWeights{Input: x[2], State: x[3], InputBias: x[4], StateBias: x[5]})
			},
			formula: func(f *formula, x [][]float64) (y []float64) {
				for r := range rows {
					y = append(y, gru(x[0][r*in:(r+1)*in], x[1][r*hidden:(r+1)*hidden], x[2], x[3], x[4], x[5])...)
				}
				return y
			},
		}.check(t)
	})
}

// anyMessagePassing draws a layer with or without classes and positions.
func anyMessagePassing(t *rapid.T) gnn.MessagePassing {
	mp := gnn.MessagePassing{
		Hidden: size(t, "hidden"), Gated: rapid.Bool().Draw(t, "gated"), Attention: size(t, "attention"),
		Positions: rapid.IntRange(0, 4).Draw(t, "positions"),
	}
	if rapid.Bool().Draw(t, "edges are of classes") {
		mp.ClassFeatures = rapid.IntRange(0, 3).Draw(t, "features")
		for range size(t, "classes") {
			var features []int
			for f := range mp.ClassFeatures {
				if rapid.Bool().Draw(t, "has feature") {
					features = append(features, f)
				}
			}
			mp.Classes = append(mp.Classes, features)
		}
	}
	return mp
}

// anyGraph draws a graph for the layer with any edges, including loops and multiple edges, or none.
func anyGraph(t *rapid.T, mp gnn.MessagePassing) gnn.Graph {
	g := gnn.Graph{Nodes: size(t, "nodes")}
	edges := rapid.IntRange(0, 8).Draw(t, "edges")
	g.From, g.To = indices(t, edges, g.Nodes, "from"), indices(t, edges, g.Nodes, "to")
	if len(mp.Classes) > 0 && rapid.Bool().Draw(t, "graph has classes") {
		g.Class = indices(t, edges, len(mp.Classes), "class")
	}
	if mp.Positions > 0 && rapid.Bool().Draw(t, "graph has positions") {
		g.Position = indices(t, g.Nodes, mp.Positions, "position")
	}
	return g
}

// numParams returns the length of a layer's flat vector.
func numParams(t *rapid.T, mp gnn.MessagePassing) int {
	params, err := mp.Params()
	if err != nil {
		t.Fatal(err)
	}
	last := params[len(params)-1]
	return last.Offset + tensor.Shape(last.Shape).TotalSize()
}

func TestMessagePassing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mp := anyMessagePassing(t)
		g := anyGraph(t, mp)
		layerCase{
			shapes:  []tensor.Shape{{g.Nodes, mp.Hidden}, {numParams(t, mp)}},
			apply:   func(x G.Nodes) (*G.Node, error) { return mp.Apply(x[0], x[1], &g) },
			formula: func(f *formula, x [][]float64) []float64 { return f.messagePassing(mp, g, x[0], x[1]) },
		}.check(t)
	})
}

// TestMessagePassingAlongManyEdges has more edges than the layer processes at a time.
func TestMessagePassingAlongManyEdges(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	mp := gnn.MessagePassing{Hidden: 2, Attention: 3, Positions: 2, ClassFeatures: 1, Classes: [][]int{{0}, nil}}
	for _, edges := range []int{511, 512, 513, 1024, 1500} {
		g := gnn.Graph{Nodes: 40, Position: make([]int, 40)}
		for v := range g.Position {
			g.Position[v] = rng.IntN(2)
		}
		for range edges {
			g.From, g.To, g.Class = append(g.From, rng.IntN(40)), append(g.To, rng.IntN(40)), append(g.Class, rng.IntN(2))
		}
		params, err := mp.Params()
		require.NoError(t, err)
		last := params[len(params)-1]
		layerCase{
			shapes:  []tensor.Shape{{g.Nodes, mp.Hidden}, {last.Offset + last.Shape[0]}},
			apply:   func(x G.Nodes) (*G.Node, error) { return mp.Apply(x[0], x[1], &g) },
			formula: func(f *formula, x [][]float64) []float64 { return f.messagePassing(mp, g, x[0], x[1]) },
			margin:  1e-6,
		}.checkWith(t, rng)
	}
}

func TestMessagePassingOverABatchIsGraphByGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mp := anyMessagePassing(t)
		var graphs []gnn.Graph
		for range rapid.IntRange(1, 3).Draw(t, "graphs") {
			graphs = append(graphs, anyGraph(t, mp))
		}
		batch, err := gnn.Union(graphs...)
		if err != nil {
			t.Fatal(err)
		}
		layerCase{
			shapes: []tensor.Shape{{batch.Nodes, mp.Hidden}, {numParams(t, mp)}},
			apply:  func(x G.Nodes) (*G.Node, error) { return mp.Apply(x[0], x[1], &batch.Graph) },
			formula: func(f *formula, x [][]float64) (y []float64) {
				for i, g := range graphs {
					h := x[0][batch.Start[i]*mp.Hidden : batch.Start[i+1]*mp.Hidden]
					y = append(y, f.messagePassing(mp, g, h, x[1])...)
				}
				return y
			},
		}.check(t)
	})
}
