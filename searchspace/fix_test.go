package searchspace_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

// A restricted space has exactly those members that satisfy the fixed decisions.
func TestFix(t *testing.T) {
	space, err := searchspace.New("fix", []searchspace.Part{
		{Name: "cell", MaxNodes: 3, NodeOps: []string{"conv", "pool", "output"}, Last: "output", NodeFields: []searchspace.Field{searchspace.Ordered("width", 1, 2)}},
		{Name: "tail", MaxNodes: 2, EdgeOps: []string{"none", "skip", "dense"}},
	})
	require.NoError(t, err)
	op := func(node int) searchspace.Place { return searchspace.Place{Part: "cell", Node: node, Field: "op"} }
	for _, test := range []struct {
		rule searchspace.Rule
		text string
		has  func(cell, tail searchspace.DAG) bool
	}{
		{searchspace.Fix(op(1), "pool"), "op of node 1 in part cell is pool", func(c, _ searchspace.DAG) bool { return c.Len() > 1 && c.NodeOp(1) == "pool" }},
		{searchspace.Fix(op(2), "output"), "op of node 2 in part cell is output", func(c, _ searchspace.DAG) bool { return c.Len() == 3 && c.NodeOp(2) == "output" }},
		{searchspace.Fix(searchspace.Place{Part: "cell", Node: 0, Field: "width"}, "2"), "width of node 0 in part cell is 2",
			func(c, _ searchspace.DAG) bool { return c.Node(0).Get("width") == "2" }},
		{searchspace.FixEdge("cell", 0, 2, ""), `edge 0→2 of part cell is ""`, func(c, _ searchspace.DAG) bool { return c.Len() == 3 && c.HasEdge(0, 2) }},
		{searchspace.FixEdge("cell", 0, 1, "none"), `edge 0→1 of part cell is "none"`, func(c, _ searchspace.DAG) bool { return c.Len() > 1 && !c.HasEdge(0, 1) }},
		{searchspace.FixEdge("tail", 0, 1, "dense"), `edge 0→1 of part tail is "dense"`, func(_, c searchspace.DAG) bool { return c.EdgeOp(0, 1) == "dense" }},
		{searchspace.FixEdge("tail", 0, 1, "none"), `edge 0→1 of part tail is "none"`, func(_, c searchspace.DAG) bool { return !c.HasEdge(0, 1) }},
	} {
		assert.Equal(t, test.text, test.rule.String())
		part, err := searchspace.Restrict(space, test.rule)
		require.NoError(t, err, test.text)
		want, got := 0, 0
		for a, err := range searchspace.Enumerate(space.Start()) {
			require.NoError(t, err)
			has := test.has(a.Part(0), a.Part(1))
			require.Equal(t, has, part.Validate(a) == nil, "%s, %v", test.text, a)
			if has {
				want++
			}
		}
		for _, err := range searchspace.Enumerate(part.Start()) {
			require.NoError(t, err)
			got++
		}
		assert.Equal(t, want, got, test.text)
		census, err := searchspace.NewCensus(part)
		require.NoError(t, err, test.text)
		assert.Equal(t, int64(want), census.Size().Int64(), test.text)
		assert.Positive(t, got, test.text)
	}
}

func TestInvalidFix(t *testing.T) {
	for message, rule := range map[string]searchspace.Rule{
		`part "cell" has no node 9`:                      searchspace.Fix(searchspace.Place{Part: "cell", Node: 9, Field: "op"}, "conv3x3-bn-relu"),
		`part "cell" has no edge 1→1`:                    searchspace.FixEdge("cell", 1, 1, ""),
		`the nodes of part "cell" have no field "width"`: searchspace.Fix(searchspace.Place{Part: "cell", Node: 1, Field: "width"}, "2"),
		`got "dense"`: searchspace.FixEdge("cell", 0, 1, "dense"),
		`got "conv"`:  searchspace.Fix(searchspace.Place{Part: "cell", Node: 1, Field: "op"}, "conv"),
	} {
		_, err := searchspace.Restrict(searchspace.NASBench101{}, rule)
		assert.ErrorContains(t, err, message)
	}
	input := searchspace.Place{Part: "cell", Node: 0, Field: "op"}
	_, err := searchspace.Restrict(searchspace.NASBench101{}, searchspace.Fix(input, "output"))
	assert.ErrorIs(t, err, searchspace.ErrDeadEnd)
}
