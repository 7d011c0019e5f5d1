package gnn_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/graphpnas/graphpnas/gnn"
)

func TestInvalidShapes(t *testing.T) {
	g := G.NewGraph()
	in := func(shape ...int) *G.Node {
		return node(g, shape, make([]float64, tensor.Shape(shape).TotalSize()))
	}
	gru := func(x, h, wi, wh, bi, bh *G.Node) func() (*G.Node, error) {
		return func() (*G.Node, error) {
			return gnn.GRUCell(x, h, gnn.GRUWeights{Input: wi, State: wh, InputBias: bi, StateBias: bh})
		}
	}
	linear := func(x, w, b *G.Node) func() (*G.Node, error) {
		return func() (*G.Node, error) { return gnn.Linear(x, w, b) }
	}
	mlp := func(x *G.Node, weights, biases G.Nodes) func() (*G.Node, error) {
		return func() (*G.Node, error) { return gnn.MLP(x, weights, biases) }
	}
	gather := func(x *G.Node, index ...int) func() (*G.Node, error) {
		return func() (*G.Node, error) { return gnn.Gather(x, index) }
	}
	scatter := func(x *G.Node, n int, index ...int) func() (*G.Node, error) {
		return func() (*G.Node, error) { return gnn.ScatterSum(x, index, n) }
	}
	for name, apply := range map[string]func() (*G.Node, error){
		"linear: x is a vector":            linear(in(3), in(2, 3), in(2)),
		"linear: x is a scalar":            linear(in(), in(2, 3), in(2)),
		"linear: weight is in × out":       linear(in(4, 3), in(3, 2), in(2)),
		"linear: weight is a vector":       linear(in(4, 3), in(3), in(3)),
		"linear: bias is too long":         linear(in(4, 3), in(2, 3), in(3)),
		"linear: bias is a row":            linear(in(4, 3), in(2, 3), in(1, 2)),
		"MLP: no layers":                   mlp(in(4, 3), nil, nil),
		"MLP: a bias is missing":           mlp(in(4, 3), G.Nodes{in(2, 3), in(2, 2)}, G.Nodes{in(2)}),
		"MLP: layers do not follow":        mlp(in(4, 3), G.Nodes{in(2, 3), in(2, 3)}, G.Nodes{in(2), in(2)}),
		"MLP: first layer does not fit":    mlp(in(4, 3), G.Nodes{in(2, 4)}, G.Nodes{in(2)}),
		"gather: vector":                   gather(in(3), 0),
		"gather: three dimensions":         gather(in(3, 3, 3), 0),
		"gather: no index":                 gather(in(3, 3)),
		"gather: index too large":          gather(in(3, 3), 0, 3),
		"gather: index negative":           gather(in(3, 3), -1),
		"scatter: vector":                  scatter(in(3), 2, 0, 1, 0),
		"scatter: index too short":         scatter(in(3, 2), 2, 0, 1),
		"scatter: index too long":          scatter(in(3, 2), 2, 0, 1, 0, 1),
		"scatter: index too large":         scatter(in(3, 2), 2, 0, 1, 2),
		"scatter: index negative":          scatter(in(3, 2), 2, 0, 1, -1),
		"scatter: into no rows":            scatter(in(3, 2), 0, 0, 0, 0),
		"scatter: into less than no rows":  scatter(in(3, 2), -1, 0, 0, 0),
		"GRU: x is a vector":               gru(in(4), in(4, 2), in(6, 4), in(6, 2), in(6), in(6)),
		"GRU: state is a vector":           gru(in(4, 3), in(2), in(6, 3), in(6, 2), in(6), in(6)),
		"GRU: x and state differ in rows":  gru(in(4, 3), in(5, 2), in(6, 3), in(6, 2), in(6), in(6)),
		"GRU: input weight of two gates":   gru(in(4, 3), in(4, 2), in(4, 3), in(6, 2), in(6), in(6)),
		"GRU: state weight as the input's": gru(in(4, 3), in(4, 2), in(6, 3), in(6, 3), in(6), in(6)),
		"GRU: input bias of one gate":      gru(in(4, 3), in(4, 2), in(6, 3), in(6, 2), in(2), in(6)),
		"GRU: state bias too long":         gru(in(4, 3), in(4, 2), in(6, 3), in(6, 2), in(6), in(7)),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := apply()
			assert.ErrorIs(t, err, gnn.ErrShape)
		})
	}
}

func TestInvalidMessagePassing(t *testing.T) {
	good := gnn.MessagePassing{Hidden: 2, Attention: 3, ClassFeatures: 2, Classes: [][]int{{0}, {1}}, Positions: 3}
	graph := gnn.Graph{Nodes: 3, From: []int{0, 1}, To: []int{1, 2}, Class: []int{0, 1}, Position: []int{0, 1, 2}}
	params, err := good.Init(rand.New(rand.NewPCG(1, 1)))
	require.NoError(t, err)
	size := params.Shape().TotalSize()

	type setup struct {
		mp           gnn.MessagePassing
		g            gnn.Graph
		rows, params int
	}
	apply := func(s setup) error {
		g := G.NewGraph()
		h, p := node(g, tensor.Shape{s.rows, 2}, make([]float64, 2*s.rows)), node(g, tensor.Shape{s.params}, make([]float64, s.params))
		_, err := s.mp.Apply(h, p, &s.g)
		return err
	}
	require.NoError(t, apply(setup{good, graph, 3, size}))
	for name, spoil := range map[string]func(s *setup){
		"states of another number":      func(s *setup) { s.rows = 4 },
		"states of another width":       func(s *setup) { s.mp.Hidden = 3 },
		"parameters too short":          func(s *setup) { s.params-- },
		"parameters too long":           func(s *setup) { s.params++ },
		"more sources than targets":     func(s *setup) { s.g.To = s.g.To[:1] },
		"more targets than sources":     func(s *setup) { s.g.From = s.g.From[:1] },
		"a class is missing":            func(s *setup) { s.g.Class = s.g.Class[:1] },
		"no classes though there are":   func(s *setup) { s.g.Class = []int{} },
		"a position is missing":         func(s *setup) { s.g.Position = s.g.Position[:2] },
		"an edge from nowhere":          func(s *setup) { s.g.From = []int{0, 3} },
		"an edge to nowhere":            func(s *setup) { s.g.To = []int{1, -1} },
		"a class that is none":          func(s *setup) { s.g.Class = []int{0, 2} },
		"a negative class":              func(s *setup) { s.g.Class = []int{0, -1} },
		"a position that is none":       func(s *setup) { s.g.Position = []int{0, 1, 3} },
		"a negative position":           func(s *setup) { s.g.Position = []int{-1, 1, 2} },
		"no nodes":                      func(s *setup) { s.g = gnn.Graph{} },
		"fewer than no nodes":           func(s *setup) { s.g = gnn.Graph{Nodes: -1} },
		"no width":                      func(s *setup) { s.mp.Hidden = 0 },
		"no attention":                  func(s *setup) { s.mp.Attention = -1 },
		"fewer than no features":        func(s *setup) { s.mp.ClassFeatures = -1 },
		"fewer than no positions":       func(s *setup) { s.mp.Positions = -1 },
		"a class with unknown feature":  func(s *setup) { s.mp.Classes = [][]int{{0}, {2}} },
		"a class with negative feature": func(s *setup) { s.mp.Classes = [][]int{{0}, {-1}} },
		"no class at all":               func(s *setup) { s.mp.Classes = [][]int{} },
	} {
		t.Run(name, func(t *testing.T) {
			s := setup{good, graph, 3, size}
			spoil(&s)
			assert.ErrorIs(t, apply(s), gnn.ErrShape)
		})
	}
}

func TestUnionRejectsInvalidGraphs(t *testing.T) {
	whole := gnn.Graph{Nodes: 2, From: []int{0}, To: []int{1}}
	for name, bad := range map[string]gnn.Graph{
		"edge to another graph": {Nodes: 2, From: []int{0}, To: []int{2}},
		"half an edge":          {Nodes: 2, From: []int{0}},
		"classes too many":      {Nodes: 2, From: []int{0}, To: []int{1}, Class: []int{0, 0}},
		"positions too few":     {Nodes: 2, Position: []int{0}},
		"fewer than no nodes":   {Nodes: -2},
	} {
		_, err := gnn.Union(whole, bad)
		assert.ErrorIs(t, err, gnn.ErrShape, name)
		assert.ErrorContains(t, err, "graph 1", name)
	}
}

func TestUnionNumbersNodesConsecutively(t *testing.T) {
	b, err := gnn.Union(
		gnn.Graph{Nodes: 2, From: []int{0}, To: []int{1}, Class: []int{3}, Position: []int{4, 5}},
		gnn.Graph{},
		gnn.Graph{Nodes: 3, From: []int{2, 0}, To: []int{0, 1}},
	)
	require.NoError(t, err)
	assert.Equal(t, 3, b.Len())
	assert.Equal(t, &gnn.Batch{
		Graph: gnn.Graph{
			Nodes: 5, From: []int{0, 4, 2}, To: []int{1, 2, 3}, Class: []int{3, 0, 0}, Position: []int{4, 5, 0, 0, 0},
		},
		Owner: []int{0, 0, 2, 2, 2},
		Start: []int{0, 2, 2, 5},
	}, b)
	none, err := gnn.Union()
	require.NoError(t, err)
	assert.Zero(t, none.Len())
}

func TestParamsAreConsecutive(t *testing.T) {
	mp := gnn.MessagePassing{Hidden: 2, Attention: 3, ClassFeatures: 2, Classes: [][]int{{0}, {1}}, Positions: 3}
	params, err := mp.Params()
	require.NoError(t, err)
	offset := 0
	for _, p := range params {
		assert.Equal(t, offset, p.Offset, p.Name)
		offset += tensor.Shape(p.Shape).TotalSize()
	}
	start, err := mp.Init(rand.New(rand.NewPCG(1, 1)))
	require.NoError(t, err)
	assert.Equal(t, tensor.Shape{offset}, start.Shape())
	again, err := mp.Init(rand.New(rand.NewPCG(1, 1)))
	require.NoError(t, err)
	assert.Equal(t, start.Data(), again.Data())

	_, err = gnn.MessagePassing{}.Params()
	assert.ErrorIs(t, err, gnn.ErrShape)
	_, err = gnn.MessagePassing{}.Init(rand.New(rand.NewPCG(1, 1)))
	assert.ErrorIs(t, err, gnn.ErrShape)
}
