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

func TestEncodingOfFields(t *testing.T) {
	e, err := newEncoder(withFields(t))
	require.NoError(t, err)
	plain, err := searchspace.NewDAG("plain", 3, nil, []searchspace.Edge{{From: 0, To: 1}})
	require.NoError(t, err)
	cell, err := searchspace.NewDAG("cell", 3, []string{"conv", "pool", "conv"}, []searchspace.Edge{{From: 0, To: 1}, {From: 1, To: 2}})
	require.NoError(t, err)
	cell, err = cell.WithNodeFields([]map[string]string{{"kernel": "5", "act": "relu"}, {"act": "gelu"}, {"kernel": "3", "act": "gelu"}})
	require.NoError(t, err)
	cell, err = cell.WithEdgeFields([]map[string]string{{"gate": "false"}, {"gate": "true", "width": "16"}})
	require.NoError(t, err)
	training, err := searchspace.NewDAG("training", 1, nil, nil)
	require.NoError(t, err)
	training, err = training.WithNodeFields([]map[string]string{{"rate": "1", "epochs": "10"}})
	require.NoError(t, err)
	g, err := e.encode(searchspace.NewArch(plain, cell, training))
	require.NoError(t, err)

	assert.Equal(t, []nodeField{
		{3, 11, 1}, {3, 12, 0.5}, {3, 13, 1}, // the kernel's rows are 11 and 12, those of act 13 and 14
		{4, 14, 1},
		{5, 11, 1}, {5, 12, 0}, {5, 14, 1},
		{6, 20, 1}, {6, 21, 1}, {6, 22, 1}, {6, 23, 0}, // the rate's rows are 20 and 21, those of epochs 22 and 23
	}, g.fields)
	assert.Equal(t, 24, e.rows)
	assert.Equal(t, 6, e.classes)
	assert.Equal(t, [][]int{nil, nil, {6}, {6}, {7, 8, 9}, {7, 8, 9}}, g.edgeFields, "gate has the features 6 and 7, width 8 to 10")
	assert.Equal(t, 11, e.features)

	p := pass{}
	p.load(newNetwork(e, 4, 2), []*encoded{g, g})
	assert.Equal(t, []int32{0, 1, 6, 7, 8, 9}, p.graph.Class[:6])
	assert.Equal(t, p.graph.Class[:6], p.graph.Class[6:], "equal labels have equal classes")
	assert.Equal(t, [][]int{{0}, {1}, {2}, {3}, {4}, {5}, {2, 6}, {3, 6}, {2, 7, 8, 9}, {3, 7, 8, 9}}, p.classes.features)
	assert.Equal(t, nodeField{7 + 3, 12, 0.5}, p.fields[len(g.fields)+1])
}
