package searchspace_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/searchspace"
)

// A change that requires new decisions can lead to more architectures than Neighbors lists or 1,000
// mutations show. Those that are drawn often must appear in both.
func TestMutationsAreTheNeighbors(t *testing.T) {
	const often = 1. / 32
	rapid.Check(t, func(t *rapid.T) {
		s, err := countable(t)
		if err != nil {
			return
		}
		a := anyArch(t, s)
		near, err := searchspace.Neighbors(s, a)
		require.NoError(t, err)
		listed, missing := map[string]bool{s.Key(a): true}, map[string]bool{}
		for _, b := range near {
			listed[s.Key(b)] = true
			if chance(t, s, a, b) >= often {
				missing[b.String()] = true
			}
		}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for range 1000 {
			for b, err := range searchspace.Mutations(s, a, rng) {
				require.NoError(t, err)
				require.NoError(t, s.Validate(b))
				if b.Equal(a) {
					continue // a rule may undo a change
				}
				if chance(t, s, a, b) >= often {
					require.True(t, listed[s.Key(b)], "%s is no neighbor", b)
				}
				delete(missing, b.String())
			}
			if len(missing) == 0 {
				break
			}
		}
		require.Empty(t, missing)
	})
}

// chance checks that b differs from a in one change and in decisions that this change requires. It
// returns the probability of b after the change.
func chance(t require.TestingT, s searchspace.Space, a, b searchspace.Arch) float64 {
	from, err := searchspace.Path(s, a)
	require.NoError(t, err)
	to, err := searchspace.Path(s, b)
	require.NoError(t, err)
	type place struct{ part, kind, node, from, field int }
	at := func(s searchspace.Step) place { return place{s.Part, int(s.Kind), s.Node, s.From, s.Field} }
	old := map[place]int{}
	for _, step := range from {
		old[at(step)] = step.Value
	}
	changed, p := false, 1.
	for i, step := range to {
		value, known := old[at(step)]
		switch {
		case !changed:
			require.Equal(t, from[i].Decision, step.Decision)
			changed = from[i].Value != step.Value
		case known && slices.Contains(step.Allowed, value):
			require.Equal(t, value, step.Value, "%s: a second change of %s", b, a)
		default:
			p /= float64(len(step.Allowed))
		}
	}
	require.True(t, changed)
	return p
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
