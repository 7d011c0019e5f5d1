package rl_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/internal/searchtest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// For an architecture with few neighbors, Mutations yields all of them in random order.
func TestMutationsOfSmallArchitecturesAreAllNeighbors(t *testing.T) {
	spaces := []searchspace.Space{smallSpace(t), searchspace.NASBench201{}, searchspace.NASBench101{}, threeEdges{}, fieldSpace(t)}
	members := map[searchspace.Space][]searchspace.Arch{}
	for _, space := range spaces {
		members[space] = slices.DeleteFunc(draws(t, space, 20), func(a searchspace.Arch) bool { return space.Validate(a) != nil })
	}
	rapid.Check(t, func(rt *rapid.T) {
		space := rapid.SampledFrom(spaces).Draw(rt, "space")
		s, err := rl.NewState(space, rl.Snapshot{})
		require.NoError(rt, err)
		a := rapid.SampledFrom(members[space]).Draw(rt, "architecture")
		require.True(rt, s.FewNeighbors(a))
		near, err := s.Neighbors(t.Context(), a)
		require.NoError(rt, err)
		some, err := s.SomeNeighbors(t.Context(), a, nil, 1)
		require.NoError(rt, err)
		require.Equal(rt, near, some, "as many as there are, without random numbers")
		seed := rapid.Uint64().Draw(rt, "seed")
		var got []searchspace.Arch
		for b, err := range s.Mutations(t.Context(), a, newRNG(seed)) {
			require.NoError(rt, err)
			got = append(got, b)
		}
		order := newRNG(seed).Perm(len(near))
		require.Len(rt, got, len(near))
		for i, b := range got {
			require.True(rt, b.Equal(near[order[i]]))
		}
	})
}

// largeSpace is a space of graphs with 128 nodes that counts how often building an architecture
// starts.
func largeSpace(t testing.TB) (*searchtest.CountingSpace, searchspace.Arch) {
	randWire, err := searchspace.NewRandWire(128)
	require.NoError(t, err)
	space := &searchtest.CountingSpace{Space: randWire}
	return space, draws(t, space, 1)[0]
}

func TestMutationsOfLargeArchitecturesAreMadeOneByOne(t *testing.T) {
	space, a := largeSpace(t)
	s, err := rl.NewState(space, rl.Snapshot{})
	require.NoError(t, err)
	require.False(t, s.FewNeighbors(a))
	begun := space.Begun()
	var some []searchspace.Arch
	for b, err := range s.Mutations(t.Context(), a, newRNG(1)) {
		require.NoError(t, err)
		require.NoError(t, space.Validate(b))
		if some = append(some, b); len(some) == 5 {
			break
		}
	}
	assert.Less(t, space.Begun()-begun, int64(30), "there are 8,128 neighbors")
	again, err := s.SomeNeighbors(t.Context(), a, newRNG(1), 5)
	require.NoError(t, err)
	assert.Equal(t, some, again)
	for _, b := range some {
		differ := 0
		for to := range 128 {
			for from := range to {
				if a.Part(0).HasEdge(from, to) != b.Part(0).HasEdge(from, to) {
					differ++
				}
			}
		}
		assert.Equal(t, 1, differ)
	}
	none, err := s.SomeNeighbors(t.Context(), a, newRNG(1), 0)
	require.NoError(t, err)
	assert.Empty(t, none)
}

func TestMutationsEndWithTheContext(t *testing.T) {
	space, a := largeSpace(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errDisk)
	for space, a := range map[searchspace.Space]searchspace.Arch{space: a, smallSpace(t): draws(t, smallSpace(t), 1)[0]} {
		s, err := rl.NewState(space, rl.Snapshot{})
		require.NoError(t, err)
		for b, err := range s.Mutations(ctx, a, newRNG(1)) {
			assert.ErrorIs(t, err, errDisk)
			assert.Zero(t, b.NumParts())
		}
		_, err = s.SomeNeighbors(ctx, a, newRNG(1), 3)
		assert.ErrorIs(t, err, errDisk)
	}
}

// Mutations of a non-member are an error, whatever its size.
func TestMutationsOfANonMember(t *testing.T) {
	large, a := largeSpace(t)
	for space, a := range map[searchspace.Space]searchspace.Arch{large: draws(t, smallSpace(t), 1)[0], smallSpace(t): a} {
		s, err := rl.NewState(space, rl.Snapshot{})
		require.NoError(t, err)
		n := 0
		for _, err := range s.Mutations(t.Context(), a, newRNG(1)) {
			assert.ErrorIs(t, err, searchspace.ErrInvalid)
			n++
		}
		assert.Equal(t, 1, n)
	}
}

// A Ranking takes a sample of the neighbors of large architectures.
func TestARankingTakesSomeNeighborsOfLargeArchitectures(t *testing.T) {
	space, _ := largeSpace(t)
	var offered []int
	method := rl.Reinforce{
		Model: newRecorder(space), Exploration: rl.First(4),
		Ranking: rl.Ranking{Samples: 1, Parents: 2, Neighbors: 7, Ranker: judge(func(c []searchspace.Arch) ([]float64, error) {
			offered = append(offered, len(c))
			return byEdges(c)
		})},
	}
	h, err := mustRun(t, space, method, countEdges, rl.Config{Evaluations: 8})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 8)
	assert.Len(t, offered, 4)
	for _, n := range offered {
		assert.LessOrEqual(t, n, 1+2*7)
		assert.Greater(t, n, 1+7)
	}
	assert.Less(t, space.Begun(), int64(2000), "there are 8,128 neighbors of each parent")
	method.Ranking.Neighbors = -1
	_, err = rl.New(space, method, rl.Config{})
	assert.ErrorContains(t, err, "Neighbors")
}
