package generator_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// place is a decision of an architecture.
type place struct {
	part  int
	kind  searchspace.Kind
	node  int
	from  int
	field int
}

// couple is a space and two places in it that belong together.
type couple struct {
	space searchspace.Space
	a, b  place
}

// couples covers places of every kind.
func couples(t require.TestingT) map[string]couple {
	rate, width := searchspace.Ordered("rate", 3e-4, 1e-3, 3e-3), searchspace.Ordered("width", 0.5, 1, 2)
	ops, labels := []string{"a", "b", "c"}, []string{"none", "x", "y", "z"}
	graph := searchspace.Part{Name: "graph", MaxNodes: 4, NodeOps: ops}
	labeled := searchspace.Part{Name: "labeled", MaxNodes: 4, EdgeOps: labels}
	blocks := searchspace.Chain("blocks", 6, 6, ops, width)
	with := func(p searchspace.Part, nodes, edges []searchspace.Field) searchspace.Part {
		p.NodeFields, p.EdgeFields = nodes, edges
		return p
	}
	field := func(part, node int) place {
		return place{part: part, kind: searchspace.NodeField, node: node, from: -1}
	}
	op := func(part, node int) place { return place{part: part, kind: searchspace.NodeOp, node: node, from: -1} }
	edge := func(kind searchspace.Kind, from, node int) place { return place{kind: kind, node: node, from: from} }
	space := func(parts ...searchspace.Part) searchspace.Space { return modeltest.Space(t, nil, parts...) }
	return map[string]couple{
		"two parts of parameters": {space(searchspace.Params("training", rate), searchspace.Params("network", width)), field(0, 0), field(1, 0)},
		"parameters and a chain":  {space(searchspace.Params("training", rate), blocks), field(0, 0), op(1, 3)},
		"a chain and parameters":  {space(blocks, searchspace.Params("training", rate)), op(0, 2), field(1, 0)},
		"a graph and parameters":  {space(graph, searchspace.Params("training", rate)), op(0, 2), field(1, 0)},
		"edge operations and parameters": {
			space(labeled, searchspace.Params("training", rate)), edge(searchspace.EdgeOp, 1, 3), field(1, 0)},
		"two graphs":                           {space(graph, labeled), op(0, 2), place{1, searchspace.EdgeOp, 2, 0, 0}},
		"the first part and the third":         {space(searchspace.Params("training", rate), graph, blocks), field(0, 0), field(2, 5)},
		"edges into a node":                    {space(graph), edge(searchspace.EdgePresence, 0, 3), edge(searchspace.EdgePresence, 2, 3)},
		"operations of edges into a node":      {space(labeled), edge(searchspace.EdgeOp, 0, 3), edge(searchspace.EdgeOp, 2, 3)},
		"an edge and the operation of another": {space(labeled), edge(searchspace.EdgePresence, 1, 3), edge(searchspace.EdgeOp, 2, 3)},
		"operations of edges into two nodes":   {space(labeled), edge(searchspace.EdgeOp, 0, 1), edge(searchspace.EdgeOp, 2, 3)},
		"a node's operation and an edge":       {space(graph), op(0, 3), edge(searchspace.EdgePresence, 1, 3)},
		"a node's operation and an edge's": {
			space(searchspace.Part{Name: "both", MaxNodes: 3, NodeOps: ops, EdgeOps: labels}), op(0, 2), edge(searchspace.EdgeOp, 1, 2)},
		"operations of nodes":       {space(graph), op(0, 0), op(0, 3)},
		"operations along a chain":  {space(blocks), op(0, 0), op(0, 5)},
		"operations far apart":      {space(searchspace.Chain("blocks", 20, 20, ops)), op(0, 1), op(0, 17)},
		"fields of nodes":           {space(with(graph, []searchspace.Field{width}, nil)), field(0, 0), field(0, 3)},
		"fields along a chain":      {space(blocks), field(0, 1), field(0, 4)},
		"fields of edges to a node": {space(with(graph, nil, []searchspace.Field{width})), edge(searchspace.EdgeField, 0, 2), edge(searchspace.EdgeField, 1, 2)},
		"fields of edges to two nodes": {
			space(with(graph, nil, []searchspace.Field{width})), edge(searchspace.EdgeField, 0, 2), edge(searchspace.EdgeField, 1, 3)},
		"fields of a node and of an edge": {
			space(with(graph, []searchspace.Field{rate}, []searchspace.Field{width})), field(0, 3), edge(searchspace.EdgeField, 1, 3)},
	}
}

// build returns the architecture with the first or the last value at the couple's places. Elsewhere
// it uses the last operation of each edge and the middle value of nodes and fields.
func (c couple) build(t require.TestingT, last bool) searchspace.Arch {
	b := c.space.Start()
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		value := d.Allowed[len(d.Allowed)/2]
		if at := (place{d.Part, d.Kind, d.Node, d.From, d.Field}); at == c.a || at == c.b {
			value = d.Allowed[0]
			if last {
				value = d.Allowed[len(d.Allowed)-1]
			}
		}
		require.NoError(t, b.Take(value))
	}
	a, err := b.Arch()
	require.NoError(t, err)
	return a
}

// TestDecisionsThatBelongTogether trains the causal form on two architectures that differ in two
// places, with the default settings. At least 99 of 100 samples must be one of the two.
func TestDecisionsThatBelongTogether(t *testing.T) {
	few := map[string]bool{"two parts of parameters": true, "a chain and parameters": true, "operations of edges into a node": true}
	for name, c := range couples(t) {
		t.Run(name, func(t *testing.T) {
			if race.Enabled && !few[name] {
				t.Skip("a few are enough under the race detector")
			}
			m := newGRAN(t, c.space, gran.Config{Form: gran.CausalForm, Layers: 2, Attention: 16}, 1)
			first, last := c.build(t, false), c.build(t, true)
			data := slices.Repeat(modeltest.Examples(1, first, last), 8)
			modeltest.Fit(t, m, 2, data, generator.FitOptions{Epochs: 150})
			var drawn [2]int
			for _, a := range modeltest.Sample(t, m, 3, 500) {
				switch {
				case a.Equal(first):
					drawn[0]++
				case a.Equal(last):
					drawn[1]++
				}
			}
			assert.GreaterOrEqual(t, drawn[0]+drawn[1], 495)
			assert.Greater(t, min(drawn[0], drawn[1]), 150)
		})
	}
}
