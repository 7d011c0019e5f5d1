package searchspace_test

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/encoding"
	"gonum.org/v1/gonum/graph/encoding/dot"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// flatten returns an architecture as the disjoint union of its parts without using gonum.
func flatten(a searchspace.Arch) (nodes []searchspace.GraphNode, edges map[[2]int64]string) {
	edges = map[[2]int64]string{}
	for i := range a.NumParts() {
		g, first := a.Part(i), int64(len(nodes))
		for v := range g.Len() {
			nodes = append(nodes, searchspace.GraphNode{Part: g.Name(), Index: v, Op: g.NodeOp(v)})
		}
		for _, e := range g.Edges() {
			edges[[2]int64{first + int64(e.From), first + int64(e.To)}] = e.Op
		}
	}
	return nodes, edges
}

func TestGonumSeesTheDisjointUnionOfTheParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyArch(t, anySpace(t))
		nodes, edges := flatten(a)
		all := graph.NodesOf(a.Nodes())
		require.Len(t, all, len(nodes))
		for u, want := range nodes {
			id := int64(u)
			require.Equal(t, id, all[u].ID())
			n := a.Node(id).(searchspace.GraphNode)
			require.Equal(t, []any{id, want.Part, want.Index, want.Op}, []any{n.ID(), n.Part, n.Index, n.Op})
			for v := range nodes {
				requireEdge(t, a, edges, id, int64(v))
			}
		}
	})
}

// requireEdge compares everything that gonum's interfaces report about a pair of nodes.
func requireEdge(t *rapid.T, a searchspace.Arch, edges map[[2]int64]string, u, v int64) {
	op, forward := edges[[2]int64{u, v}]
	_, backward := edges[[2]int64{v, u}]
	require.Equal(t, forward, a.HasEdgeFromTo(u, v))
	require.Equal(t, forward || backward, a.HasEdgeBetween(u, v))
	require.Equal(t, forward, slices.Contains(ids(a.From(u)), v))
	require.Equal(t, forward, slices.Contains(ids(a.To(v)), u))
	e := a.Edge(u, v)
	require.Equal(t, forward, e != nil)
	if forward {
		require.Equal(t, []any{u, v, op}, []any{e.From().ID(), e.To().ID(), e.(searchspace.GraphEdge).Op})
		require.Equal(t, e, e.ReversedEdge())
	}
}

func ids(nodes graph.Nodes) []int64 {
	var list []int64
	for nodes.Next() {
		list = append(list, nodes.Node().ID())
	}
	return list
}

func TestMissingNodes(t *testing.T) {
	a := searchspace.NewArch(diamond(t), diamond(t))
	for _, id := range []int64{-1, 8, math.MaxInt64, math.MinInt64} {
		assert.Nil(t, a.Node(id))
		assert.Zero(t, a.From(id).Len())
		assert.Zero(t, a.To(id).Len())
		for _, other := range []int64{0, 3, 4, 7, id} {
			assert.False(t, a.HasEdgeBetween(id, other))
			assert.Nil(t, a.Edge(id, other))
			assert.Nil(t, a.Edge(other, id))
		}
	}
	assert.False(t, a.HasEdgeBetween(3, 4), "parts are not joined")
	assert.Zero(t, searchspace.Arch{}.Nodes().Len())
}

func TestGonumSorts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyArch(t, anySpace(t))
		nodes, edges := flatten(a)
		sorted, err := topo.Sort(a)
		require.NoError(t, err)
		require.Len(t, sorted, len(nodes))
		place := map[int64]int{}
		for i, n := range sorted {
			place[n.ID()] = i
		}
		require.Len(t, place, len(nodes))
		for e := range edges {
			require.Less(t, place[e[0]], place[e[1]])
		}
	})
}

// dotGraph is a graph with names and labels that gonum reads from DOT.
type dotGraph struct{ *simple.DirectedGraph }

type dotNode struct {
	graph.Node
	name, label string
}

type dotEdge struct {
	graph.Edge
	label string
}

func (g dotGraph) NewNode() graph.Node { return &dotNode{Node: g.DirectedGraph.NewNode()} }

func (g dotGraph) NewEdge(from, to graph.Node) graph.Edge {
	return &dotEdge{Edge: g.DirectedGraph.NewEdge(from, to)}
}

func (n *dotNode) SetDOTID(id string) { n.name = id }

func (n *dotNode) SetAttribute(a encoding.Attribute) error {
	n.label = a.Value
	return nil
}

func (e *dotEdge) SetAttribute(a encoding.Attribute) error {
	e.label = a.Value
	return nil
}

func TestDOTIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyArch(t, anySpace(t))
		text, err := a.DOT(rapid.SampledFrom([]string{"", "cell", "the best of 100"}).Draw(t, "name"))
		require.NoError(t, err)
		back := dotGraph{simple.NewDirectedGraph()}
		require.NoError(t, dot.Unmarshal([]byte(text), back), "%s", text)

		nodes, edges := flatten(a)
		require.Equal(t, len(nodes), back.Nodes().Len())
		require.Equal(t, len(edges), back.Edges().Len())
		for _, n := range graph.NodesOf(back.Nodes()) {
			node := a.Node(n.ID()).(searchspace.GraphNode)
			require.Equal(t, node.DOTID(), n.(*dotNode).name)
			op := strconv.Itoa(node.Index)
			if node.Op != "" {
				op += " " + node.Op
			}
			require.Equal(t, labeled(op, node.Fields), n.(*dotNode).label)
		}
		for uv, op := range edges {
			e := back.Edge(uv[0], uv[1])
			require.NotNil(t, e)
			require.Equal(t, labeled(op, a.Edge(uv[0], uv[1]).(searchspace.GraphEdge).Fields), e.(*dotEdge).label)
		}
	})
}

// labeled is the text of a node or edge in a drawing.
func labeled(op, fields string) string {
	if op == "" || fields == "" {
		return op + fields
	}
	return op + "\n" + fields
}

func TestDOT(t *testing.T) {
	text, err := searchspace.NewArch(diamond(t)).DOT("best")
	require.NoError(t, err)
	assert.Equal(t, `strict digraph best {
  // Node definitions.
  cell_0 [label="0 input"];
  cell_1 [label="1 conv"];
  cell_2 [label="2 pool"];
  cell_3 [label="3 output"];

  // Edge definitions.
  cell_0 -> cell_1 [label="skip"];
  cell_0 -> cell_2 [label="skip"];
  cell_1 -> cell_3 [label="add"];
  cell_2 -> cell_3 [label="add"];
}`, text)
}
