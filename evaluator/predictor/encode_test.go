package predictor

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

func TestEncoding(t *testing.T) {
	e, err := newEncoder(twoParts(t))
	require.NoError(t, err)
	stem, err := searchspace.NewDAG("stem", 3, []string{"conv", "pool", "end"}, []searchspace.Edge{{From: 0, To: 2}})
	require.NoError(t, err)
	cell, err := searchspace.NewDAG("cell", 3, []string{"b", "a", "b"}, []searchspace.Edge{
		{From: 0, To: 1, Op: "y"}, {From: 1, To: 2, Op: "x"},
	})
	require.NoError(t, err)
	head, err := searchspace.NewDAG("head", 2, nil, []searchspace.Edge{{From: 0, To: 1}})
	require.NoError(t, err)
	g, err := e.encode(searchspace.NewArch(stem, cell, head))
	require.NoError(t, err)

	assert.Equal(t, &encoded{
		rows: [][2]int32{
			{0, 3 + roleFirst}, {1, 3}, {2, 3 + roleLast}, // operations 0 to 2, roles 3 to 6
			{8, 9 + roleFirst}, {7, 9}, {8, 9 + roleLast}, // operations 7 and 8, roles 9 to 12
			{13, 14 + roleFirst}, {13, 14 + roleLast}, // no operations, roles 14 to 17
		},
		from:  []int32{0, 2, 3, 4, 4, 5, 6, 7},
		to:    []int32{2, 0, 4, 3, 5, 4, 7, 6},
		class: []int32{0, 1, 4, 5, 2, 3, 6, 7},
		last:  []int32{2, 5, 7},
	}, g)
	assert.Equal(t, 18, e.rows)
	assert.Equal(t, 8, e.classes)
	assert.Equal(t, 9, e.nodes)
}
