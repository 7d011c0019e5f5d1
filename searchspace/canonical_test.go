package searchspace

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// graphOf returns a part with an edge for each pair for which joined returns true.
func graphOf(t require.TestingT, n int, joined func(from, to int) bool) DAG {
	var edges []Edge
	for to := range n {
		for from := range to {
			if joined(from, to) {
				edges = append(edges, Edge{From: from, To: to})
			}
		}
	}
	g, err := NewDAG("graph", n, nil, edges)
	require.NoError(t, err)
	return g
}

// shuffled renumbers the nodes after the inputs in a random topological order.
func shuffled(t require.TestingT, rng *rand.Rand, g DAG, inputs int) DAG {
	number := make([]int, g.n)
	ready := func(v int) bool {
		return number[v] < 0 && !slices.ContainsFunc(g.Edges(), func(e Edge) bool { return e.To == v && number[e.From] < 0 })
	}
	for v := range number {
		number[v] = -1
	}
	for next := range g.n {
		var choice []int
		for v := range g.n {
			if ready(v) && (next >= inputs || v == next) {
				choice = append(choice, v)
			}
		}
		number[choice[rng.IntN(len(choice))]] = next
	}
	return renumbered(g, number)
}

// The numbers of unlabeled acyclic graphs are known (Robinson 1977; OEIS A003087).
func TestNumberOfCanonicalForms(t *testing.T) {
	for n, want := range map[int]int{1: 1, 2: 2, 3: 6, 4: 31, 5: 302, 6: 5984} {
		forms := map[string]bool{}
		for subset := range 1 << triangle(n) {
			g := graphOf(t, n, func(from, to int) bool { return subset>>(triangle(to)+from)&1 == 1 })
			form := canonical(g, 0)
			require.True(t, form.Equal(canonical(form, 0)))
			forms[NewArch(form).String()] = true
		}
		assert.Len(t, forms, want, "%d nodes", n)
	}
}

func TestCanonicalFormDoesNotDependOnNumbering(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		n := rapid.IntRange(1, 40).Draw(t, "nodes")
		inputs := rapid.IntRange(0, min(n, 3)).Draw(t, "inputs")
		density := rapid.SampledFrom([]float64{0, 0.03, 0.1, 0.3, 0.8, 1}).Draw(t, "density")
		ops := rapid.SampledFrom([][]string{{""}, {"x"}, {"x", "y", "z"}}).Draw(t, "operations")
		var edges []Edge
		for to := range n {
			for from := range to {
				if rng.Float64() < density {
					edges = append(edges, Edge{From: from, To: to, Op: ops[rng.IntN(len(ops))]})
				}
			}
		}
		g := labeled(t, rng, n, edges)
		h := shuffled(t, rng, g, inputs)
		require.True(t, canonical(g, inputs).Equal(canonical(h, inputs)), "%v and %v", NewArch(g), NewArch(h))
		require.Equal(t, len(edges), canonical(g, inputs).NumEdges())
		require.Equal(t, labels(g), labels(canonical(g, inputs)))
	})
}

// labeled returns a part whose nodes have operations or not, and whose nodes and edges have fields
// or not.
func labeled(t *rapid.T, rng *rand.Rand, n int, edges []Edge) DAG {
	fields := func(count int) []map[string]string {
		all := make([]map[string]string, count)
		for i := range all {
			all[i] = []map[string]string{nil, {"a": "1"}, {"a": "2"}, {"a": "1", "b": "1"}}[rng.IntN(4)]
		}
		return all
	}
	var ops []string
	if rapid.Bool().Draw(t, "node operations") {
		for range n {
			ops = append(ops, []string{"conv", "pool"}[rng.IntN(2)])
		}
	}
	g, err := NewDAG("graph", n, ops, edges)
	require.NoError(t, err)
	if rapid.Bool().Draw(t, "node fields") {
		g, err = g.WithNodeFields(fields(n))
		require.NoError(t, err)
	}
	if rapid.Bool().Draw(t, "edge fields") {
		g, err = g.WithEdgeFields(fields(len(edges)))
		require.NoError(t, err)
	}
	return g
}

// labels lists the labels of nodes and edges in order.
func labels(g DAG) []string {
	var all []string
	for v := range g.n {
		all = append(all, "node "+g.Node(v).String())
	}
	for _, e := range g.Edges() {
		all = append(all, "edge "+g.Node(e.From).String()+g.EdgeLabel(e.From, e.To).String()+g.Node(e.To).String())
	}
	slices.Sort(all)
	return all
}

// symmetric lists graphs of up to 32 nodes that colors hardly distinguish. Without groups and
// symmetries, some of them would take far too long.
var symmetric = map[string]struct {
	nodes  int
	joined func(from, to int) bool
}{
	"no edges":         {32, func(int, int) bool { return false }},
	"all edges":        {32, func(int, int) bool { return true }},
	"pairs":            {32, func(from, to int) bool { return to == from+16 }},
	"all but pairs":    {32, func(from, to int) bool { return from < 16 && to >= 16 && to != from+16 }},
	"complete halves":  {32, func(from, to int) bool { return from < 16 && to >= 16 }},
	"one ring":         {32, func(from, to int) bool { return from < 16 && (to == from+16 || to == 16+(from+1)%16) }},
	"rings of eight":   {32, func(from, to int) bool { return from < 16 && (to == from+16 || to == 16+from&^3+(from+1)&3) }},
	"paths from a hub": {31, func(from, to int) bool { return from == 0 && to <= 10 || from > 0 && to == from+10 }},
	"cube": {32, func(from, to int) bool { // five-dimensional cube with corners ordered by their number of ones
		d := cube[from] ^ cube[to]
		return d&(d-1) == 0
	}},
	"Hadamard's": {32, func(from, to int) bool { return from < 16 && to >= 16 && bits.OnesCount(uint(from&(to-16)))&1 == 1 }},
	"lines of four": {24, func(from, to int) bool { // points of a 4×4 square, and its rows and columns
		return from < 16 && (to-16 == from/4 || to-20 == from%4)
	}},
}

var cube = func() []int {
	corners := make([]int, 32)
	for i := range corners {
		corners[i] = i
	}
	slices.SortStableFunc(corners, func(a, b int) int { return bits.OnesCount(uint(a)) - bits.OnesCount(uint(b)) })
	return corners
}()

func TestCanonicalFormOfSymmetricGraphs(t *testing.T) {
	for name, graph := range symmetric {
		t.Run(name, func(t *testing.T) {
			g := graphOf(t, graph.nodes, graph.joined)
			form := canonical(g, 0)
			rng := rand.New(rand.NewPCG(1, 1))
			for range 2 {
				require.True(t, form.Equal(canonical(shuffled(t, rng, g, 0), 0)))
			}
		})
	}
	ring, rings := symmetric["one ring"], symmetric["rings of eight"]
	assert.False(t, canonical(graphOf(t, 32, ring.joined), 0).Equal(canonical(graphOf(t, 32, rings.joined), 0)),
		"which the colors of their nodes do not tell apart")
}

func BenchmarkCanonical(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	sparse := graphOf(b, 32, func(int, int) bool { return rng.Float64() < 0.13 })
	dense := graphOf(b, 32, func(int, int) bool { return rng.Float64() < 0.5 })
	graphs := map[string]DAG{"sparse": sparse, "dense": dense}
	for name, graph := range symmetric {
		graphs[name] = graphOf(b, graph.nodes, graph.joined)
	}
	for name, g := range graphs {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				canonical(g, 0)
			}
		})
	}
}
