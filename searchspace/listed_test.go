package searchspace_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// For architectures of any space, Listed returns a space with exactly these members.
func TestAListedSpaceHasTheListedMembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := anySpace(t)
		var archs []searchspace.Arch
		texts, keys := map[string]bool{}, map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(t, "listed") {
			a := anyArch(t, space)
			archs = append(archs, a)
			texts[a.String()], keys[space.Key(a)] = true, true
		}
		listed, err := searchspace.Listed(space, archs)
		require.NoError(t, err)
		var built, yielded []string
		for a, err := range searchspace.Enumerate(listed.Start()) {
			require.NoError(t, err)
			require.NoError(t, listed.Validate(a))
			built = append(built, a.String())
		}
		for a := range listed.(searchspace.Enumerator).All() {
			yielded = append(yielded, a.String())
		}
		assert.Equal(t, built, yielded)
		assert.Len(t, built, len(texts))
		for _, text := range built {
			assert.True(t, texts[text], text)
		}
		n, ok := searchspace.Count(listed)
		assert.True(t, ok)
		assert.Equal(t, len(keys), n)
		census, err := searchspace.NewCensus(listed)
		require.NoError(t, err)
		assert.Equal(t, big.NewInt(int64(len(texts))), census.Size())
		if other := anyArch(t, space); !texts[other.String()] {
			require.ErrorIs(t, listed.Validate(other), searchspace.ErrInvalid)
			_, err := searchspace.Path(listed, other)
			require.ErrorIs(t, err, searchspace.ErrInvalid)
		}
		assert.Equal(t, space.Name(), listed.Name())
		assert.Equal(t, space.Key(archs[0]), listed.Key(archs[0]))
	})
}

// Builders of a listed space satisfy the contract of Builder.
func TestTheBuilderOfAListedSpace(t *testing.T) {
	space := searchspace.NASBench201{}
	all := slices.Collect(space.All())
	listed, err := searchspace.Listed(space, all[100:103])
	require.NoError(t, err)
	b := listed.Start()
	d, ok := b.Next()
	require.True(t, ok)
	require.ErrorIs(t, b.Take(1-d.Allowed[0]), searchspace.ErrInvalid)
	again, _ := b.Next()
	assert.Equal(t, d, again, "a value that is not allowed changes nothing")
	clone := b.Clone()
	require.NoError(t, clone.Take(d.Allowed[0]))
	again, _ = b.Next()
	assert.Equal(t, d, again, "a clone is independent")
	rng := rand.New(rand.NewPCG(1, 1))
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		require.NoError(t, b.Take(d.Allowed[rng.IntN(len(d.Allowed))]))
	}
	require.Error(t, b.Take(0))
	_, err = b.Arch()
	require.NoError(t, err)

	text := listed.(searchspace.Notation).Format(all[100])
	a, err := searchspace.Parse(listed, text)
	require.NoError(t, err)
	assert.True(t, a.Equal(all[100]))
	_, err = searchspace.Parse(listed, space.Format(all[99]))
	assert.ErrorContains(t, err, "not one of the 3 listed architectures")
	near, err := searchspace.Neighbors(listed, all[101])
	require.NoError(t, err)
	assert.Len(t, near, 2)
}

func TestInvalidLists(t *testing.T) {
	_, err := searchspace.Listed(searchspace.NASBench201{}, nil)
	require.ErrorContains(t, err, "there must be at least 1")
	_, err = searchspace.Listed(searchspace.NASBench201{}, []searchspace.Arch{{}})
	require.ErrorIs(t, err, searchspace.ErrInvalid)
	require.ErrorContains(t, err, "architecture 1")
}
