package layered

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// anyGraph draws a graph in which edges have labels or share lanes.
func anyGraph(t *rapid.T) Graph {
	g := Graph{Nodes: make([]Size, rapid.IntRange(1, 14).Draw(t, "nodes"))}
	for i := range g.Nodes {
		g.Nodes[i] = Size{rapid.Float64Range(20, 90).Draw(t, "length"), rapid.Float64Range(20, 90).Draw(t, "width")}
	}
	labeled := rapid.Bool().Draw(t, "labeled")
	density := rapid.IntRange(0, 10).Draw(t, "density")
	for to := range g.Nodes {
		for from := range to {
			if rapid.IntRange(0, 9).Draw(t, "edge") >= density {
				continue
			}
			e := Edge{From: from, To: to, Lane: rapid.IntRange(0, 1).Draw(t, "lane")}
			if labeled && rapid.Bool().Draw(t, "label") {
				e.Label = Size{40, 20}
			}
			g.Edges = append(g.Edges, e)
		}
	}
	return g
}

func TestRoutesLeadFromSourceToTarget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := anyGraph(t)
		l := New(g, 400)
		for i, e := range g.Edges {
			from, to := l.Nodes[e.From], l.Nodes[e.To]
			r := l.Routes[i]
			assert.InDelta(t, from.Main+g.Nodes[e.From].Main/2, r.Start.Main, 1e-6)
			assert.InDelta(t, from.Cross, r.Start.Cross, 1e-6)
			assert.InDelta(t, to.Main-g.Nodes[e.To].Main/2, r.end().Main, 1e-6)
			assert.InDelta(t, to.Cross, r.end().Cross, 1e-6)
			if !isPath(g) {
				assert.Less(t, r.Start.Main, r.end().Main)
			}
		}
	})
}

func TestCrossingsAreCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDiagram(anyGraph(t))
		if rapid.Bool().Draw(t, "ordered") {
			d.order()
		}
		want := 0
		for i, a := range d.segments {
			for _, b := range d.segments[:i] {
				if d.vertices[a.u].rank != d.vertices[b.u].rank {
					continue
				}
				u, v := d.vertices[a.u].pos-d.vertices[b.u].pos, d.vertices[a.v].pos-d.vertices[b.v].pos
				if u*v < 0 {
					want++
				}
			}
		}
		assert.Equal(t, want, d.crossings())
	})
}

func TestOrderRemovesCrossings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := anyGraph(t)
		before := newDiagram(g)
		after := newDiagram(g)
		after.order()
		assert.LessOrEqual(t, after.crossings(), before.crossings())
	})
	// Two edges that cross only if the second layer is in numerical order.
	d := newDiagram(Graph{Nodes: make([]Size, 4), Edges: []Edge{{From: 0, To: 3}, {From: 1, To: 2}}})
	require.Equal(t, 1, d.crossings())
	d.order()
	assert.Zero(t, d.crossings())
}

func TestTheLongestPathIsStraight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := anyGraph(t)
		if isPath(g) {
			t.Skip("in rows")
		}
		l := New(g, 400)
		for v, next := range spine(g) {
			if next >= 0 {
				assert.InDelta(t, l.Nodes[v].Cross, l.Nodes[next].Cross, 1e-6)
			}
		}
	})
}

func TestEdgesOfANodeShareALane(t *testing.T) {
	// 0 to 4 is the spine; there are also edges from 0 to 2, 3 and 4.
	g := Graph{Nodes: []Size{{10, 10}, {10, 10}, {10, 10}, {10, 10}, {10, 10}}, Edges: []Edge{
		{From: 0, To: 1}, {From: 0, To: 2}, {From: 1, To: 2}, {From: 0, To: 3}, {From: 2, To: 3}, {From: 0, To: 4}, {From: 3, To: 4},
	}}
	assert.Len(t, newDiagram(g).vertices, 5+3)
	for i := range g.Edges {
		g.Edges[i].Lane = i
	}
	assert.Len(t, newDiagram(g).vertices, 5+1+2+3)
}

func TestPathsAreBrokenIntoRows(t *testing.T) {
	g := Graph{Nodes: make([]Size, 10)}
	for i := range g.Nodes {
		g.Nodes[i] = Size{66, 20} // with gaps of 34
		if i > 0 {
			g.Edges = append(g.Edges, Edge{From: i - 1, To: i})
		}
	}
	rows := map[float64]int{}
	for _, p := range New(g, 400).Nodes {
		rows[p.Cross]++
	}
	assert.Equal(t, map[float64]int{10: 4, 64: 4, 118: 2}, rows)
	assert.Equal(t, Size{966, 20}, New(g, 966).Size)
}

func TestNodesWithoutEdgesAreSpread(t *testing.T) {
	l := New(Graph{Nodes: make([]Size, 100)}, 400)
	columns := map[float64]int{}
	for _, p := range l.Nodes {
		columns[p.Main]++
	}
	assert.Len(t, columns, 15)
}
