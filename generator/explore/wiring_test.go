package explore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/modeltest"
	"github.com/graphpnas/graphpnas/searchspace"
)

func randWire(t require.TestingT, nodes ...int) searchspace.RandWire {
	s, err := searchspace.NewRandWire(nodes...)
	require.NoError(t, err)
	return s
}

func wattsStrogatz(t require.TestingT, s searchspace.Space, k int, p float64) *WattsStrogatz {
	g, err := NewWattsStrogatz(s, k, p)
	require.NoError(t, err)
	return g
}

func barabasiAlbert(t require.TestingT, s searchspace.Space, m int) *BarabasiAlbert {
	g, err := NewBarabasiAlbert(s, m)
	require.NoError(t, err)
	return g
}

// degrees returns the number of edges of each node, and how many of them come from earlier nodes.
func degrees(g searchspace.DAG) (all, in []int) {
	all, in = make([]int, g.Len()), make([]int, g.Len())
	for _, e := range g.Edges() {
		all[e.From]++
		all[e.To]++
		in[e.To]++
	}
	return all, in
}

func TestWattsStrogatzHasAllItsEdges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := 2 * rapid.IntRange(1, 6).Draw(t, "half of k")
		nodes := rapid.SliceOfN(rapid.IntRange(k+1, 40), 1, 3).Draw(t, "nodes")
		p := rapid.SampledFrom([]float64{0, 0.01, 0.25, 0.75, 1}).Draw(t, "p")
		s := randWire(t, nodes...)
		for _, a := range modeltest.Sample(t, wattsStrogatz(t, s, k, p), rapid.Uint64().Draw(t, "seed"), 5) {
			require.NoError(t, s.Validate(a))
			for i, n := range nodes {
				require.Equal(t, n*k/2, a.Part(i).NumEdges())
				all, _ := degrees(a.Part(i))
				// Every node keeps one end of its clockwise edges.
				require.GreaterOrEqual(t, slices.Min(all), k/2)
			}
		}
	})
}

func TestWattsStrogatzWithoutRewiringIsARing(t *testing.T) {
	s := randWire(t, 7)
	a := modeltest.Sample(t, wattsStrogatz(t, s, 4, 0), 1, 1)[0]
	assert.Equal(t, "; <0; <0,1; <1,2; <2,3; <0,3,4; <0,1,4,5", a.String())
}

func TestWattsStrogatzOfACompleteRingStaysComplete(t *testing.T) {
	s := randWire(t, 5)
	for _, a := range modeltest.Sample(t, wattsStrogatz(t, s, 4, 1), 1, 20) {
		assert.Equal(t, 10, a.Part(0).NumEdges(), "there is nowhere to go")
	}
}

// exactly sums the probabilities of all ways to rewire a ring with two neighbors, by resulting
// graph.
func exactly(nodes int, p float64) map[string]float64 {
	found := map[string]float64{}
	ring := newWiring(nodes)
	for v := range nodes {
		ring.set(v, (v+1)%nodes, true)
	}
	var goOn func(g wiring, v int, probability float64)
	goOn = func(g wiring, v int, probability float64) {
		if v == nodes {
			found[fmt.Sprint(g)] += probability
			return
		}
		var free []int
		for u := range nodes {
			if u != v && !g[v][u] {
				free = append(free, u)
			}
		}
		if len(free) == 0 {
			goOn(g, v+1, probability)
			return
		}
		goOn(g, v+1, probability*(1-p))
		for _, u := range free {
			h := newWiring(nodes)
			for i := range h {
				copy(h[i], g[i])
			}
			h.set(v, (v+1)%nodes, false)
			h.set(v, u, true)
			goOn(h, v+1, probability*p/float64(len(free)))
		}
	}
	goOn(ring, 0, 1)
	return found
}

// wiringOf formats a part's edges as they are drawn.
func wiringOf(g searchspace.DAG) string {
	w := newWiring(g.Len())
	for _, e := range g.Edges() {
		w.set(e.From, e.To, true)
	}
	return fmt.Sprint(w)
}

func TestWattsStrogatzProbabilities(t *testing.T) {
	s := randWire(t, 5)
	for _, p := range []float64{0.2, 0.75, 1} {
		exact := exactly(5, p)
		all := modeltest.Enumerate(t, s)
		want := make([]float64, len(all))
		for i, a := range all {
			want[i] = exact[wiringOf(a.Part(0))]
		}
		require.InDelta(t, 1, modeltest.Sum(want), 1e-9)
		modeltest.RequireFrequencies(t, all, want, modeltest.Sample(t, wattsStrogatz(t, s, 2, p), 1, 20_000))
	}
}

// TestWattsStrogatzKeepsTheRestOfTheRing compares RandWire's best explorer with expectations for
// large graphs.
func TestWattsStrogatzKeepsTheRestOfTheRing(t *testing.T) {
	const n, p, draws = 32, 0.75, 1000
	near, degree, square := 0.0, 0.0, 0.0
	for _, a := range modeltest.Sample(t, wattsStrogatz(t, searchspace.RandWire{}, 4, p), 1, draws) {
		for i := range a.NumParts() {
			for _, e := range a.Part(i).Edges() {
				if d := e.To - e.From; d <= 2 || d >= n-2 {
					near++
				}
			}
			all, _ := degrees(a.Part(i))
			for _, d := range all {
				degree += float64(d)
				square += float64(d * d)
			}
		}
	}
	edges, nodes := float64(3*draws*2*n), float64(3*draws*n)
	assert.Greater(t, near/edges, 1-p)
	assert.Less(t, near/edges, 1-p+p*4/n*1.5, "a few come back by chance")
	assert.Equal(t, 4.0, degree/nodes)
	// Half of a node's edges keep one end there. Of the 2n others, the fraction p that is rewired
	// ends anywhere: the variance is 2p(1−p) for edges that leave and about 2p for edges that
	// arrive.
	assert.InDelta(t, 2*p*(1-p)+2*p, square/nodes-16, 0.1)
}

func TestBarabasiAlbertHasAllItsEdges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.IntRange(1, 8).Draw(t, "m")
		nodes := rapid.SliceOfN(rapid.IntRange(m+1, 40), 1, 3).Draw(t, "nodes")
		s := randWire(t, nodes...)
		for _, a := range modeltest.Sample(t, barabasiAlbert(t, s, m), rapid.Uint64().Draw(t, "seed"), 5) {
			require.NoError(t, s.Validate(a))
			for i, n := range nodes {
				require.Equal(t, m*(n-m), a.Part(i).NumEdges())
				_, in := degrees(a.Part(i))
				for v, d := range in {
					require.Equal(t, d > 0, v >= m)
					require.True(t, v < m || d == m)
				}
			}
		}
	})
}

// TestBarabasiAlbertProbabilities multiplies the probabilities of the pairs of nodes that each node
// is connected to.
func TestBarabasiAlbertProbabilities(t *testing.T) {
	s := randWire(t, 6)
	all := modeltest.Enumerate(t, s)
	want := make([]float64, len(all))
	for i, a := range all {
		want[i] = 1
		degree := []float64{1, 1, 2, 0, 0, 0} // after node 2 is connected to nodes 0 and 1
		for to := range 6 {
			var from []int
			for v := range to {
				if a.Part(0).HasEdge(v, to) {
					from = append(from, v)
				}
			}
			switch {
			case to < 2 && len(from) == 0 || to == 2 && len(from) == 2:
			case to < 3 || len(from) != 2:
				want[i] = 0
			default:
				total, d, e := modeltest.Sum(degree[:to]), degree[from[0]], degree[from[1]]
				want[i] *= d/total*e/(total-d) + e/total*d/(total-e)
				degree[from[0]]++
				degree[from[1]]++
				degree[to] = 2
			}
		}
	}
	require.InDelta(t, 1, modeltest.Sum(want), 1e-9)
	modeltest.RequireFrequencies(t, all, want, modeltest.Sample(t, barabasiAlbert(t, s, 2), 1, 20_000))
}

// TestBarabasiAlbertHasHubs checks that the earlier a node, the more edges it has, with a large
// difference.
func TestBarabasiAlbertHasHubs(t *testing.T) {
	mean := make([]float64, 32)
	for _, a := range modeltest.Sample(t, barabasiAlbert(t, randWire(t, 32), 2), 1, 2000) {
		all, _ := degrees(a.Part(0))
		for v, d := range all {
			mean[v] += float64(d) / 2000
		}
	}
	assert.InDelta(t, 2, mean[31], 1e-9)
	for v := 3; v < 30; v++ {
		assert.Greater(t, mean[v], mean[v+2])
	}
	// A node's degree grows with the square root of its age (Barabási & Albert 1999).
	assert.InDelta(t, math.Sqrt(30.0/8), mean[8]/mean[30], 0.3)
}

func TestErdosRenyiOnRandWire(t *testing.T) {
	g, err := NewErdosRenyi(searchspace.RandWire{}, 0.2, 0)
	require.NoError(t, err)
	count, n := 0.0, 200
	for _, a := range modeltest.Sample(t, g, 1, n) {
		require.NoError(t, searchspace.RandWire{}.Validate(a))
		for i := range a.NumParts() {
			count += float64(a.Part(i).NumEdges())
		}
	}
	pairs := float64(n * 3 * pairs(32))
	assert.InDelta(t, 0.2, count/pairs, 5*math.Sqrt(0.2*0.8/pairs))
}

// TestWiringsCarryOperations checks that operations of nodes and edges are drawn uniformly from
// those allowed.
func TestWiringsCarryOperations(t *testing.T) {
	s := modeltest.Space(t, nil, searchspace.Part{Name: "graph", MaxNodes: 6, NodeOps: []string{"a", "b"}, EdgeOps: []string{"none", "x", "y", "z"}})
	for _, g := range []generator.GraphGenerator{wattsStrogatz(t, s, 2, 0.5), barabasiAlbert(t, s, 1)} {
		nodes, edges := map[string]float64{}, map[string]float64{}
		for _, a := range modeltest.Sample(t, g, 1, 2000) {
			require.NoError(t, s.Validate(a))
			for v := range 6 {
				nodes[a.Part(0).NodeOp(v)] += 1.0 / (2000 * 6)
			}
			for _, e := range a.Part(0).Edges() {
				edges[e.Op] += 1.0 / float64(2000*a.Part(0).NumEdges())
			}
		}
		assert.InDelta(t, 0.5, nodes["a"], 0.03)
		require.Len(t, edges, 3)
		for op, share := range edges {
			assert.InDelta(t, 1.0/3, share, 0.03, op)
		}
	}
}

// In an ENAS network, each layer must read the previous one; other graphs are rejected.
func TestWiringsAreRejected(t *testing.T) {
	s, err := searchspace.NewENASMacro(4)
	require.NoError(t, err)
	for _, a := range modeltest.Sample(t, wattsStrogatz(t, s, 2, 0.3), 1, 50) {
		require.NoError(t, s.Validate(a))
		require.Equal(t, 5, a.Part(0).NumEdges())
	}
	never := modeltest.Space(t, searchspace.RuleFunc(func(*searchspace.Draft, searchspace.Decision) []int { return []int{0} }), searchspace.Part{Name: "pair", MaxNodes: 3})
	archs, err := wattsStrogatz(t, never, 2, 1).Sample(context.Background(), modeltest.Rand(1), 1)
	assert.ErrorIs(t, err, ErrRejected)
	assert.ErrorContains(t, err, "custom with Watts-Strogatz graphs of 2 neighbors, rewired with probability 1")
	assert.Empty(t, archs)
}

func TestInvalidWirings(t *testing.T) {
	s := randWire(t, 9, 5)
	for _, k := range []int{-2, 0, 1, 3} {
		_, err := NewWattsStrogatz(s, k, 0.5)
		assert.ErrorContains(t, err, fmt.Sprintf("exploring randwire-9-5 with Watts-Strogatz graphs: the number of neighbors must be even and at least 2, got %d", k))
	}
	for _, p := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		_, err := NewWattsStrogatz(s, 2, p)
		assert.ErrorContains(t, err, "probability")
	}
	for _, m := range []int{-1, 0} {
		_, err := NewBarabasiAlbert(s, m)
		assert.ErrorContains(t, err, "edges per node")
	}
	_, err := NewWattsStrogatz(s, 6, 0.5)
	assert.ErrorContains(t, err, `part "stage2" must have more than 6 nodes, got 5`)
	_, err = NewBarabasiAlbert(s, 5)
	assert.ErrorContains(t, err, `part "stage2" must have more than 5 nodes, got 5`)
	_, err = NewWattsStrogatz(searchspace.NASBench101{}, 2, 0.5)
	assert.ErrorContains(t, err, `part "cell" must have a fixed number of nodes`)
	_, err = NewBarabasiAlbert(searchspace.NASBench101{}, 2)
	assert.ErrorContains(t, err, `part "cell" must have a fixed number of nodes`)
}

func TestWiringsDependOnlyOnTheSeed(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(stop)
	for _, g := range []generator.GraphGenerator{
		wattsStrogatz(t, searchspace.RandWire{}, 4, 0.75), barabasiAlbert(t, searchspace.RandWire{}, 5),
	} {
		assert.Equal(t, modeltest.Sample(t, g, 1, 10), modeltest.Sample(t, g, 1, 10))
		assert.NotEqual(t, modeltest.Sample(t, g, 1, 10), modeltest.Sample(t, g, 2, 10))
		assert.Empty(t, modeltest.Sample(t, g, 1, 0))
		_, err := g.Sample(ctx, modeltest.Rand(1), 5)
		assert.ErrorIs(t, err, stop)
	}
}
