package modeltest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// pairs returns the number of pairs of n nodes.
func pairs(n int) int { return n * (n - 1) / 2 }

// TestSmallCellsAreNASBench101s checks the tests' own space against NAS-Bench-101.
func TestSmallCellsAreNASBench101s(t *testing.T) {
	want := map[string]bool{}
	for n := 2; n <= 5; n++ {
		for subset := range 1 << pairs(n) {
			var edges []searchspace.Edge
			for to := range n {
				for from := range to {
					if subset>>(pairs(to)+from)&1 == 1 {
						edges = append(edges, searchspace.Edge{From: from, To: to})
					}
				}
			}
			if a := poolingCell(t, n, edges); len(edges) <= 6 && (searchspace.NASBench101{}).Validate(a) == nil {
				want[a.String()] = true
			}
		}
	}
	got := map[string]bool{}
	for _, a := range Enumerate(t, SmallCells(t, 5, 6)) {
		got[poolingCell(t, a.Part(0).Len(), a.Part(0).Edges()).String()] = true
	}
	assert.Equal(t, want, got)
}

func TestSmallSpacesAreSmall(t *testing.T) {
	for name, s := range FieldSpaces(t) {
		assert.LessOrEqual(t, len(Enumerate(t, s)), 1000, name)
	}
	rapid.Check(t, func(t *rapid.T) { require.LessOrEqual(t, len(Enumerate(t, SmallSpace(t))), 1000) })
}

// poolingCell returns a cell of NAS-Bench-101 in which all inner nodes are pooling.
func poolingCell(t require.TestingT, n int, edges []searchspace.Edge) searchspace.Arch {
	ops := slices.Repeat([]string{"maxpool3x3"}, n)
	ops[0], ops[n-1] = "input", "output"
	g, err := searchspace.NewDAG("cell", n, ops, edges)
	require.NoError(t, err)
	return searchspace.NewArch(g)
}
