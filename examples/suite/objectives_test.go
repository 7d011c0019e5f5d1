package main

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/graph/path"
	"gonum.org/v1/gonum/graph/simple"

	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// neighbors returns the neighbors of the nodes of an undirected graph.
func neighbors(n int, edges ...[2]int) []uint64 {
	near := make([]uint64, n)
	for _, e := range edges {
		near[e[0]] |= 1 << e[1]
		near[e[1]] |= 1 << e[0]
	}
	return near
}

// By hand: in the path 0-1-2-3 six pairs of nodes have the distances 1, 1, 1, 2, 2 and 3. In the triangle with a tail, 0-1-2-0
// and 2-3, the coefficients are 1, 1, ⅓ and 0.
func TestGraphStatistics(t *testing.T) {
	line := neighbors(4, [2]int{0, 1}, [2]int{1, 2}, [2]int{2, 3})
	assert.InDelta(t, (3+2*0.5+1.0/3)/6, efficiency(line), 1e-12)
	assert.Zero(t, clustering(line))
	tail := neighbors(4, [2]int{0, 1}, [2]int{1, 2}, [2]int{0, 2}, [2]int{2, 3})
	assert.InDelta(t, (1+1+1.0/3)/4, clustering(tail), 1e-12)
	apart := neighbors(4, [2]int{0, 1}, [2]int{2, 3})
	assert.InDelta(t, 2.0/6, efficiency(apart), 1e-12, "nodes without a path between them have an efficiency of zero")
	var all [][2]int
	for v := range 64 {
		for u := range v {
			all = append(all, [2]int{u, v})
		}
	}
	assert.InDelta(t, 1, efficiency(neighbors(64, all...)), 1e-12)
	assert.InDelta(t, 1, clustering(neighbors(64, all...)), 1e-12)
}

// Distances agree with gonum's.
func TestTheEfficiencyOfRandomGraphs(t *testing.T) {
	space, err := wirings(64)
	require.NoError(t, err)
	archs, err := explore.NewUniform(space).Sample(t.Context(), rand.New(rand.NewPCG(1, 1)), 3)
	require.NoError(t, err)
	for _, a := range archs {
		undirected := simple.NewUndirectedGraph()
		near := make([]uint64, 64)
		for _, e := range a.Part(0).Edges() {
			undirected.SetEdge(simple.Edge{F: simple.Node(e.From), T: simple.Node(e.To)})
			near[e.From] |= 1 << e.To
			near[e.To] |= 1 << e.From
		}
		sum := 0.0
		for v := range 64 {
			from := path.DijkstraFrom(simple.Node(v), undirected)
			for u := range 64 {
				if u != v {
					sum += 1 / from.WeightTo(int64(u))
				}
			}
		}
		assert.InDelta(t, sum/(64*63), efficiency(near), 1e-9)
	}
}

// The path 0→1→…→63 by hand: 64 − d pairs of nodes have the distance d, its wire is 63 of 43,680, it has no triangles, and its
// depth is 63.
func TestASmallWorld(t *testing.T) {
	var edges []searchspace.Edge
	near := 0.0
	for v := range 63 {
		edges = append(edges, searchspace.Edge{From: v, To: v + 1})
		near += float64(63-v) / float64(v+1)
	}
	g, err := searchspace.NewDAG("wiring", 64, nil, edges)
	require.NoError(t, err)
	assert.InDelta(t, 100*(near/2016-63.0/43680)-0.5*(63-16), smallWorldValue(searchspace.NewArch(g)), 1e-9)
}

// chain returns a chain of 20 blocks of the given kernels and expansions, which repeat.
func chain(t *testing.T, blocks ...[2]string) searchspace.Arch {
	var fields []map[string]string
	var edges []searchspace.Edge
	for i := range 20 {
		b := blocks[i%len(blocks)]
		fields = append(fields, map[string]string{"kernel": b[0], "expand": b[1]})
		if i > 0 {
			edges = append(edges, searchspace.Edge{From: i - 1, To: i})
		}
	}
	g, err := searchspace.NewDAG("net", 20, nil, edges)
	require.NoError(t, err)
	g, err = g.WithNodeFields(fields)
	require.NoError(t, err)
	a := searchspace.NewArch(g)
	space, err := chain20()
	require.NoError(t, err)
	require.NoError(t, space.Validate(a))
	return a
}

// By hand: the distances of a kernel of 5 to its ideal, which grows evenly from 3 to 7, sum to 4/19 · 2 · (0.5 + 1.5 + … + 9.5) =
// 4/19 · 100; those of 3 and of 7 to 4/19 · 190. A chain of 3 and 7 by turns is 4/19 · (Σ even i + Σ odd (19 − i)) = 4/19 · 180
// away. Latencies are 20 · (3 + 5) = 160, 20 · (3 + 21) = 480 and 10 · (3 + 3) + 10 · (3 + 7) = 160.
func TestChains(t *testing.T) {
	width := 5*1.0 + 15*0.4
	assert.InDelta(t, width*math.Log(2)-0.15*4/19*100, chainValue(chain(t, [2]string{"5", "2"})), 1e-9)
	assert.InDelta(t, width*math.Log(6)-0.15*4/19*190-19*0.8-0.1*(480-220), chainValue(chain(t, [2]string{"7", "6"})), 1e-9)
	assert.InDelta(t, width*math.Log(2)-0.15*4/19*180+19*0.4-5*0.5,
		chainValue(chain(t, [2]string{"3", "2"}, [2]string{"7", "2"})), 1e-9)
}
