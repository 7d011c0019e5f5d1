package draw_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	_ "github.com/graphpnas/graphpnas/internal/race" // fewer cases with the race detector
	"github.com/graphpnas/graphpnas/searchspace"
)

// build makes the decisions of an architecture with the given function. An edge exists with the
// given probability.
func build(space searchspace.Space, density float64, choose func(n int) int, float func() float64) (searchspace.Arch, error) {
	b := space.Start()
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		v := d.Allowed[choose(len(d.Allowed))]
		if d.Kind == searchspace.EdgePresence && len(d.Allowed) == 2 {
			v = 0
			if float() < density {
				v = 1
			}
		}
		if err := b.Take(v); err != nil {
			return searchspace.Arch{}, err
		}
	}
	return b.Arch()
}

// member returns a member of a space, always the same one.
func member(t testing.TB, space searchspace.Space, density float64, seed uint64) searchspace.Arch {
	rng := rand.New(rand.NewPCG(seed, 0))
	a, err := build(space, density, rng.IntN, rng.Float64)
	require.NoError(t, err)
	return a
}

// smallWorld returns a part of RandWire with the best wiring of Xie et al. (2019), WS(4, 0.75).
func smallWorld(t testing.TB, nodes int, seed uint64) searchspace.Arch {
	rng := rand.New(rand.NewPCG(seed, 1))
	seen := map[searchspace.Edge]bool{}
	var edges []searchspace.Edge
	for i := range 2 * nodes {
		from, to := i/2, (i/2+1+i%2)%nodes
		for rewire := rng.Float64() < 0.75; ; rewire = true {
			if rewire {
				to = rng.IntN(nodes)
			}
			if e := (searchspace.Edge{From: min(from, to), To: max(from, to)}); from != to && !seen[e] {
				seen[e] = true
				edges = append(edges, e)
				break
			}
		}
	}
	g, err := searchspace.NewDAG("stage1", nodes, nil, edges)
	require.NoError(t, err)
	return searchspace.NewArch(g)
}

func randWire(t testing.TB, nodes ...int) searchspace.Space {
	space, err := searchspace.NewRandWire(nodes...)
	require.NoError(t, err)
	return space
}

func newSpace(t testing.TB, name string, parts ...searchspace.Part) searchspace.Space {
	space, err := searchspace.New(name, parts)
	require.NoError(t, err)
	return space
}

// anyArch draws an architecture of a published space, or of a random one with arbitrary names.
func anyArch(t *rapid.T) (searchspace.Space, searchspace.Arch) {
	space := anySpace(t)
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	a, err := build(space, rapid.Float64Range(0, 1).Draw(t, "density"), rng.IntN, rng.Float64)
	require.NoError(t, err)
	return space, a
}

func anySpace(t *rapid.T) searchspace.Space {
	switch rapid.IntRange(0, 7).Draw(t, "space") {
	case 0:
		return searchspace.NASBench101{}
	case 1:
		return searchspace.NASBench201{}
	case 2:
		return searchspace.ENASMacro{}
	case 3:
		return searchspace.DARTS{}
	}
	name := rapid.OneOf(rapid.StringN(1, 40, -1), rapid.SampledFrom([]string{"<script>", "a&b", `"quoted"`, "input", "畳み込み", "\x00\x1b[31m"})).
		Filter(func(s string) bool { return s != "op" })
	distinct := func(least, most int) []string {
		return rapid.SliceOfNDistinct(name, least, most, rapid.ID[string]).Draw(t, "names")
	}
	fields := func() (fields []searchspace.Field) {
		for _, n := range distinct(0, 2) {
			fields = append(fields, searchspace.Choice(n, distinct(1, 3)...))
		}
		return fields
	}
	var parts []searchspace.Part
	for _, n := range distinct(1, 3) {
		p := searchspace.Part{Name: n, MaxNodes: rapid.IntRange(1, 14).Draw(t, "nodes")}
		if rapid.Bool().Draw(t, "node operations") {
			p.NodeOps = distinct(1, 12)
		}
		if rapid.Bool().Draw(t, "edge operations") {
			p.EdgeOps = distinct(2, 6)
		}
		p.NodeFields, p.EdgeFields = fields(), fields()
		if rapid.Bool().Draw(t, "chain") {
			p = searchspace.Chain(n, 1, rapid.IntRange(1, 40).Draw(t, "blocks"), nil, p.NodeFields...)
		}
		parts = append(parts, p)
	}
	space, err := searchspace.New("any", parts)
	require.NoError(t, err)
	return space
}
