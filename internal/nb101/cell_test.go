package nb101_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/searchspace"
)

// decodeCell decodes a cell in the format of a row.
func decodeCell(adjacency, ops string) (nb101.Cell, error) {
	row, err := decode(fmt.Sprintf(`["043721b9c7fe8c5fad811d47d83132ec", 108, %q, %q, "CgAKAAoA"]`, adjacency, ops))
	return row.Cell, err
}

func TestCellsAreTheSpacesOwn(t *testing.T) {
	var space searchspace.NASBench101
	rapid.Check(t, func(t *rapid.T) {
		adjacency, ops, edges := anyGraph(t)
		var a searchspace.Arch
		g, err := searchspace.NewDAG("cell", len(ops), ops, edges)
		if err == nil {
			a = searchspace.NewArch(g)
			err = space.Validate(a)
		}
		c, cellErr := decodeCell(adjacency, strings.Join(ops, ","))
		if err != nil {
			require.ErrorIs(t, cellErr, searchspace.ErrInvalid, "%v", err)
			return
		}
		require.NoError(t, cellErr)
		require.True(t, a.Equal(c.Arch()), "%v is read as %v", a, c.Arch())
		packed, err := nb101.CellOf(a)
		require.NoError(t, err)
		require.Equal(t, c, packed)
	})
}

// anyGraph draws a graph that is often legal: its adjacency matrix in the format of a row, and its
// operations and edges.
func anyGraph(t *rapid.T) (adjacency string, ops []string, edges []searchspace.Edge) {
	n := rapid.IntRange(1, 8).Draw(t, "nodes")
	for node := range n {
		names := []string{"conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"}
		if rapid.IntRange(0, 30).Draw(t, "odd") == 0 {
			names = []string{"input", "output", "conv5x5-bn-relu"}
		} else if node == 0 {
			names = []string{"input"}
		} else if node == n-1 {
			names = []string{"output"}
		}
		ops = append(ops, rapid.SampledFrom(names).Draw(t, "operation"))
	}
	matrix := []byte(strings.Repeat("0", n*n))
	for i := range matrix {
		from, to := i/n, i%n
		odds := 3
		if from >= to {
			odds = 100
		}
		// Most nodes get an edge from the previous one, so that graphs are often connected.
		if rapid.IntRange(0, odds).Draw(t, "edge") == 0 != (to == from+1) {
			matrix[i] = '1'
			edges = append(edges, searchspace.Edge{From: from, To: to})
		}
	}
	return string(matrix), ops, edges
}

func TestBadCells(t *testing.T) {
	for name, bad := range map[string]struct{ adjacency, ops, message string }{
		"no node":        {"", "", `a cell must have 2 to 7 operations, got ""`},
		"one node":       {"0", "input", `a cell must have 2 to 7 operations, got "input"`},
		"eight nodes":    {strings.Repeat("0", 64), "input,,,,,,,output", "2 to 7 operations"},
		"many nodes":     {"0100", "input" + strings.Repeat(",", 300) + "output", "2 to 7 operations"},
		"no square":      {"010", "input,output", "the adjacency matrix of 2 nodes must have 4 entries, got 3"},
		"another size":   {"010001000", "input,output", "the adjacency matrix of 2 nodes must have 4 entries, got 9"},
		"no digit":       {"0200", "input,output", "row 0, column 1 of the adjacency matrix must be 0 or 1, got '2'"},
		"cycle":          {"0110", "input,output", "edge 1→0 must lead from a lower to a higher node"},
		"loop":           {"0101", "input,output", "edge 1→1 must lead from a lower to a higher node"},
		"no input":       {"0100", "maxpool3x3,output", `operation "maxpool3x3" of node 0: the first of 2 nodes must be "input"`},
		"no output":      {"0100", "input,maxpool3x3", `operation "maxpool3x3" of node 1: the first of 2 nodes must be "input", the last "output"`},
		"second input":   {"010001000", "input,input,output", `operation "input" of node 1: the first of 3 nodes`},
		"inner output":   {"010001000", "input,output,output", `operation "output" of node 1: the first of 3 nodes`},
		"unknown":        {"010001000", "input,conv5x5-bn-relu,output", `operation "conv5x5-bn-relu" of node 1: the first of 3 nodes must be "input", the last "output", and the others one of ["conv3x3-bn-relu" "conv1x1-bn-relu" "maxpool3x3"]`},
		"nameless":       {"010001000", "input,,output", `operation "" of node 1: the first of 3 nodes`},
		"without input":  {"001001000", "input,maxpool3x3,output", "node 1 must be on a path from input to output, but has no incoming edge"},
		"without output": {"011000000", "input,maxpool3x3,output", "node 1 must be on a path from input to output, but has no outgoing edge"},
		"ten edges": {"0111000000100000010110000100000001000000010000000",
			"input" + strings.Repeat(",maxpool3x3", 5) + ",output", "a cell must have at most 9 edges, got 10"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decodeCell(bad.adjacency, bad.ops)
			require.ErrorIs(t, err, searchspace.ErrInvalid)
			assert.ErrorContains(t, err, "cell: ")
			assert.ErrorContains(t, err, bad.message)
		})
	}
}

func TestCellOfWhatIsNone(t *testing.T) {
	_, err := nb101.CellOf(searchspace.Arch{})
	assert.ErrorIs(t, err, searchspace.ErrInvalid)
}
