package searchspace_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Mutations are neighbors, and over many orders all neighbors appear.
func TestMutationsAreTheNeighbors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := countable(t)
		if err != nil {
			return
		}
		a := anyArch(t, s)
		near, err := searchspace.Neighbors(s, a)
		require.NoError(t, err)
		want, found := map[string]bool{}, map[string]bool{}
		for _, b := range near {
			want[b.String()] = true
		}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for range 1000 {
			for b, err := range searchspace.Mutations(s, a, rng) {
				require.NoError(t, err)
				require.NoError(t, s.Validate(b))
				if b.Equal(a) {
					continue // a rule may undo a change
				}
				found[b.String()] = true
			}
			if len(found) >= len(want) {
				break
			}
		}
		if len(near) < 60 { // a change with more than Neighbors lists would have 64
			require.Equal(t, want, found)
		}
	})
}

func TestMutationsOfANonMember(t *testing.T) {
	for b, err := range searchspace.Mutations(searchspace.NASBench201{}, searchspace.Arch{}, rand.New(rand.NewPCG(1, 1))) {
		assert.ErrorIs(t, err, searchspace.ErrInvalid)
		assert.Zero(t, b.NumParts())
	}
}

func BenchmarkMutation(b *testing.B) {
	space, err := searchspace.NewRandWire(128)
	require.NoError(b, err)
	c, err := searchspace.NewCensus(space)
	require.NoError(b, err)
	archs, err := c.Sample(b.Context(), rand.New(rand.NewPCG(1, 1)), 1)
	require.NoError(b, err)
	rng := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		for _, err := range searchspace.Mutations(space, archs[0], rng) {
			require.NoError(b, err)
			break
		}
	}
}
