package searchspace_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// diamond returns input → conv, pool → output, with an operation on each edge.
func diamond(t testing.TB) searchspace.DAG {
	t.Helper()
	g, err := searchspace.NewDAG("cell", 4, []string{"input", "conv", "pool", "output"}, []searchspace.Edge{
		{From: 2, To: 3, Op: "add"}, {From: 0, To: 1, Op: "skip"}, {From: 0, To: 2, Op: "skip"}, {From: 1, To: 3, Op: "add"},
	})
	require.NoError(t, err)
	return g
}

func TestDAG(t *testing.T) {
	g := diamond(t)
	assert.Equal(t, "cell", g.Name())
	assert.Equal(t, 4, g.Len())
	assert.Equal(t, 4, g.NumEdges())
	assert.Equal(t, "pool", g.NodeOp(2))
	assert.Equal(t, []searchspace.Edge{
		{From: 0, To: 1, Op: "skip"}, {From: 0, To: 2, Op: "skip"}, {From: 1, To: 3, Op: "add"}, {From: 2, To: 3, Op: "add"},
	}, g.Edges())
	assert.True(t, g.HasEdge(1, 3))
	for _, absent := range [][2]int{{3, 1}, {1, 2}, {1, 1}, {-1, 0}, {0, 4}, {3, 7}} {
		assert.False(t, g.HasEdge(absent[0], absent[1]), "%v", absent)
		assert.Empty(t, g.EdgeOp(absent[0], absent[1]), "%v", absent)
	}
	assert.Equal(t, "add", g.EdgeOp(1, 3))
}

func TestNewDAGCopiesItsArguments(t *testing.T) {
	ops := []string{"a", "b"}
	edges := []searchspace.Edge{{From: 0, To: 1}}
	g, err := searchspace.NewDAG("cell", 2, ops, edges)
	require.NoError(t, err)
	parts := []searchspace.DAG{g}
	a := searchspace.NewArch(parts...)
	ops[0], edges[0], parts[0] = "changed", searchspace.Edge{}, searchspace.DAG{}
	assert.Equal(t, "a; b<0", a.String())
}

func TestMalformedDAGs(t *testing.T) {
	for name, bad := range map[string]struct {
		n     int
		ops   []string
		edges []searchspace.Edge
	}{
		"no nodes":                 {0, nil, nil},
		"fewer than no nodes":      {-3, nil, nil},
		"too few operations":       {2, []string{"a"}, nil},
		"too many operations":      {1, []string{"a", "b"}, nil},
		"empty operations":         {1, []string{}, nil},
		"node without operation":   {2, []string{"a", ""}, nil},
		"backward edge":            {3, nil, []searchspace.Edge{{From: 2, To: 1}}},
		"loop":                     {3, nil, []searchspace.Edge{{From: 1, To: 1}}},
		"edge from nowhere":        {3, nil, []searchspace.Edge{{From: -1, To: 1}}},
		"edge to nowhere":          {3, nil, []searchspace.Edge{{From: 1, To: 3}}},
		"edge twice":               {3, nil, []searchspace.Edge{{From: 0, To: 1}, {From: 0, To: 1}}},
		"second without operation": {3, nil, []searchspace.Edge{{From: 0, To: 1, Op: "a"}, {From: 0, To: 2}}},
		"first without operation":  {3, nil, []searchspace.Edge{{From: 0, To: 1}, {From: 0, To: 2, Op: "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := searchspace.NewDAG("cell", bad.n, bad.ops, bad.edges)
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			assert.ErrorContains(t, err, `part "cell"`)
		})
	}
}

func TestString(t *testing.T) {
	bare, err := searchspace.NewDAG("bare", 3, nil, []searchspace.Edge{{From: 0, To: 2}, {From: 1, To: 2}})
	require.NoError(t, err)
	assert.Equal(t, "", searchspace.Arch{}.String())
	assert.Equal(t, "; ; <0,1", searchspace.NewArch(bare).String())
	assert.Equal(t, "input; conv<0:skip; pool<0:skip; output<1:add,2:add", searchspace.NewArch(diamond(t)).String())
	assert.Equal(t, "bare = ; ; <0,1 / cell = input; conv<0:skip; pool<0:skip; output<1:add,2:add",
		searchspace.NewArch(bare, diamond(t)).String())
}

func TestStringQuotesItsOwnMarks(t *testing.T) {
	seen := map[string]bool{}
	for _, ops := range [][]string{{"a", "a<0"}, {"a<0", "a"}, {`"a<0"`, "a"}, {"a; a", "a"}} {
		for _, edges := range [][]searchspace.Edge{nil, {{From: 0, To: 1}}} {
			g, err := searchspace.NewDAG("cell", 2, ops, edges)
			require.NoError(t, err)
			s := searchspace.NewArch(g).String()
			assert.False(t, seen[s], "%s twice", s)
			seen[s] = true
		}
	}
}

func TestStringsAreEqualWhereArchsAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := customSpace(t, 2) // small, so that the two are sometimes equal
		a, b := anyArch(t, space), anyArch(t, space)
		require.Equal(t, a.Equal(b), a.String() == b.String(), "%v and %v", a, b)
		require.Equal(t, a.Equal(b), space.Key(a) == space.Key(b))
		require.True(t, a.Equal(a))
		require.Equal(t, a.Equal(b), b.Equal(a))
	})
}

func TestEqualLooksAtEverything(t *testing.T) {
	edge := []searchspace.Edge{{From: 0, To: 1, Op: "x"}}
	build := func(name string, n int, ops []string, edges []searchspace.Edge) searchspace.Arch {
		g, err := searchspace.NewDAG(name, n, ops, edges)
		require.NoError(t, err)
		return searchspace.NewArch(g)
	}
	a := build("p", 2, []string{"a", "b"}, edge)
	assert.True(t, a.Equal(build("p", 2, []string{"a", "b"}, edge)))
	for what, b := range map[string]searchspace.Arch{
		"name":            build("q", 2, []string{"a", "b"}, edge),
		"nodes":           build("p", 3, []string{"a", "b", "b"}, edge),
		"node operations": build("p", 2, []string{"a", "a"}, edge),
		"edges":           build("p", 2, []string{"a", "b"}, nil),
		"edge operations": build("p", 2, []string{"a", "b"}, []searchspace.Edge{{From: 0, To: 1, Op: "y"}}),
		"parts":           searchspace.NewArch(a.Part(0), a.Part(0)),
		"nothing":         {},
	} {
		assert.False(t, a.Equal(b), what)
	}
}
