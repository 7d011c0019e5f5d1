package generator

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

func TestMixtureDrawsFromEachAsOften(t *testing.T) {
	s := space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 3, EdgeOps: []string{"none", "x", "y"}})
	dense, err := NewUniformOver(s, "x", "y")
	require.NoError(t, err)
	sparse, err := NewUniformOver(s, "none", "x", "y")
	require.NoError(t, err)
	both, err := NewMixture(dense, sparse)
	require.NoError(t, err)
	all := enumerate(t, s)
	p := make([]float64, len(all))
	for i, a := range all {
		p[i] = 0.5 / 27
		if a.Part(0).NumEdges() == 3 {
			p[i] += 0.5 / 8
		}
	}
	requireFrequencies(t, all, p, sample(t, both, 1, 20_000))
}

func TestMixturesThatAreNone(t *testing.T) {
	_, err := NewMixture()
	assert.ErrorContains(t, err, "no generator")
	_, err = NewMixture(NewUniform(searchspace.NASBench201{}), nil)
	assert.ErrorContains(t, err, "nil")
}
