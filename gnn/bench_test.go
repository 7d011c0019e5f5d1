package gnn_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/graphpnas/graphpnas/gnn"
)

// sizes lists the sizes of the paper's cell spaces and larger ones.
var sizes = []struct{ nodes, hidden int }{{7, 24}, {12, 24}, {16, 128}, {32, 128}}

// generationSteps returns the generation steps of a random graph with edge density 0.25: for each
// t, the graph of its first t nodes, with node t connected to all of them, and every edge in both
// directions.
func generationSteps(rng *rand.Rand, nodes int) []gnn.Graph {
	var edges [][2]int
	for to := range nodes {
		for from := range to {
			if rng.Float64() < 0.25 {
				edges = append(edges, [2]int{from, to})
			}
		}
	}
	var steps []gnn.Graph
	for t := range nodes {
		g := gnn.Graph{Nodes: t + 1}
		both := func(u, v, there, back int) {
			g.From, g.To, g.Class = append(g.From, u, v), append(g.To, v, u), append(g.Class, there, back)
		}
		for _, e := range edges {
			if e[1] < t {
				both(e[0], e[1], 2, 2)
			}
		}
		for v := range t + 1 {
			g.Position = append(g.Position, v)
			if v < t {
				both(v, t, 0, 1)
			}
		}
		steps = append(steps, g)
	}
	return steps
}

// machine returns a machine that runs a layer forward and backward for the sum of its results.
func machine(b *testing.B, out *G.Node, wrt ...*G.Node) G.VM {
	_, err := G.Grad(G.Must(G.Sum(out)), wrt...)
	require.NoError(b, err)
	return G.NewTapeMachine(out.Graph())
}

func run(b *testing.B, vm G.VM) {
	defer vm.Close()
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, vm.RunAll())
		vm.Reset()
	}
}

// BenchmarkMessagePassing measures one layer, forward and backward, over all generation steps of
// eight graphs.
func BenchmarkMessagePassing(b *testing.B) {
	for _, s := range sizes {
		b.Run(fmt.Sprintf("N=%d,H=%d", s.nodes, s.hidden), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			var graphs []gnn.Graph
			for range 8 {
				graphs = append(graphs, generationSteps(rng, s.nodes)...)
			}
			batch, err := gnn.Union(graphs...)
			require.NoError(b, err)
			mp := gnn.MessagePassing{
				Hidden: s.hidden, Attention: 128, Positions: s.nodes,
				ClassFeatures: 3, Classes: [][]int{{0, 2}, {1}, {0, 1}},
			}
			flat, err := mp.Init(rng)
			require.NoError(b, err)
			g := G.NewGraph()
			h := node(g, tensor.Shape{batch.Nodes, s.hidden}, randomValues(rng, batch.Nodes*s.hidden))
			params := G.NodeFromAny(g, flat, G.WithName("parameters"))
			out, err := mp.Apply(h, params, &batch.Graph)
			require.NoError(b, err)
			run(b, machine(b, out, h, params))
			b.ReportMetric(float64(batch.Nodes), "nodes")
			b.ReportMetric(float64(len(batch.From)), "edges")
		})
	}
}

func BenchmarkLinear(b *testing.B) {
	for _, width := range []int{24, 128} {
		b.Run(fmt.Sprintf("rows=1024,H=%d", width), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			g := G.NewGraph()
			in := func(shape ...int) *G.Node {
				return node(g, shape, randomValues(rng, tensor.Shape(shape).TotalSize()))
			}
			x, w, bias := in(1024, width), in(width, width), in(width)
			out, err := gnn.Linear(x, w, bias)
			require.NoError(b, err)
			run(b, machine(b, out, x, w, bias))
		})
	}
}

func BenchmarkGRUCell(b *testing.B) {
	for _, width := range []int{24, 128} {
		b.Run(fmt.Sprintf("rows=1024,H=%d", width), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			g := G.NewGraph()
			in := func(shape ...int) *G.Node {
				return node(g, shape, randomValues(rng, tensor.Shape(shape).TotalSize()))
			}
			x, h := in(1024, width), in(1024, width)
			w := gnn.GRUWeights{Input: in(3*width, width), State: in(3*width, width), InputBias: in(3 * width), StateBias: in(3 * width)}
			out, err := gnn.GRUCell(x, h, w)
			require.NoError(b, err)
			run(b, machine(b, out, x, h, w.Input, w.State, w.InputBias, w.StateBias))
		})
	}
}

// BenchmarkAdam measures a step with as many parameters as the paper's network for NAS-Bench-101.
func BenchmarkAdam(b *testing.B) {
	const n = 108_770
	p := parameter{value(tensor.Shape{n}, make([]float64, n)), value(tensor.Shape{n}, make([]float64, n))}
	adam := &gnn.Adam{}
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, adam.Step([]G.ValueGrad{p}))
	}
}
