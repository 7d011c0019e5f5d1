package searchspace_test

import (
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/searchspace"
)

// uncounted is a space that can be enumerated and does not implement Counter. Its keys are those of
// counted.
type uncounted struct {
	searchspace.Space
	all iter.Seq[searchspace.Arch]
}

func (u uncounted) All() iter.Seq[searchspace.Arch] { return u.all }

func TestCount(t *testing.T) {
	nb201 := searchspace.NASBench201{}
	n, ok := searchspace.Count(nb201)
	assert.True(t, ok)
	listed, ok := searchspace.Count(uncounted{nb201, nb201.All()})
	assert.True(t, ok)
	assert.Equal(t, 15_625, n)
	assert.Equal(t, listed, n)

	n, ok = searchspace.Count(searchspace.NASBench101{})
	assert.True(t, ok)
	assert.Equal(t, 423_624, n, "as many as the test of the keys finds")

	_, ok = searchspace.Count(uncounted{nb201, func(yield func(searchspace.Arch) bool) {
		for yield(searchspace.Arch{}) {
		}
	}})
	assert.False(t, ok, "a long list")
	space, err := searchspace.New("pair", []searchspace.Part{{Name: "pair", MaxNodes: 2}}, nil)
	require.NoError(t, err)
	_, ok = searchspace.Count(space)
	assert.False(t, ok, "no list")
}
