package searchspace_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

func TestChain(t *testing.T) {
	heads := searchspace.Ordered("heads", 2, 4)
	for name, test := range map[string]struct {
		part  searchspace.Part
		count int
		nodes map[int]int // number of members for each number of nodes
	}{
		"fixed":             {searchspace.Chain("c", 3, 3, []string{"a", "b"}), 8, map[int]int{3: 8}},
		"fixed with fields": {searchspace.Chain("c", 3, 3, nil, heads), 8, map[int]int{3: 8}},
		"varies":            {searchspace.Chain("c", 1, 3, []string{"a", "b"}), 2 + 4 + 8, map[int]int{2: 2, 3: 4, 4: 8}},
		"varies, fields":    {searchspace.Chain("c", 0, 2, nil, heads), 1 + 2 + 4, map[int]int{1: 1, 2: 2, 3: 4}},
		"field of one":      {searchspace.Chain("c", 1, 2, []string{"a", "b"}, heads.When("op", "a")), 3 + 9, map[int]int{2: 3, 3: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := searchspace.New(name, []searchspace.Part{test.part})
			require.NoError(t, err)
			nodes := map[int]int{}
			for a, err := range searchspace.Enumerate(s.Start()) {
				require.NoError(t, err)
				g := a.Find("c")
				nodes[g.Len()]++
				require.Equal(t, g.Len()-1, g.NumEdges())
				for v := 1; v < g.Len(); v++ {
					require.True(t, g.HasEdge(v-1, v))
				}
			}
			assert.Equal(t, test.nodes, nodes)
		})
	}
	assert.Zero(t, searchspace.Arch{}.Find("c").Len())
	assert.PanicsWithValue(t, `part "c" has 0 nodes and no node 0`, func() { searchspace.Arch{}.Find("c").Node(0) })
}

func TestChained(t *testing.T) {
	chain := searchspace.Chain("c", 2, 5, []string{"a"}, searchspace.Bool("wide"))
	assert.True(t, chain.Chained())
	always := searchspace.RuleFunc(func(_ *searchspace.Draft, d searchspace.Decision) []int { return d.Allowed })
	s, err := searchspace.New("s", []searchspace.Part{chain, {Name: "d", MaxNodes: 3}}, always)
	require.NoError(t, err)
	assert.True(t, s.Parts()[0].Chained())
	assert.False(t, s.Parts()[1].Chained())
	assert.False(t, searchspace.Params("p", searchspace.Bool("wide")).Chained())

	assert.False(t, searchspace.Part{Name: "d", MaxNodes: 3, Rules: []searchspace.Rule{nil, always, searchspace.Connected()}}.Chained())
}
