package searchspace_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawn walks a builder at random.
func drawn(t require.TestingT, s searchspace.Space, seed uint64) searchspace.Arch {
	rng := rand.New(rand.NewPCG(seed, 1))
	b := s.Start()
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		require.NoError(t, b.Take(d.Allowed[rng.IntN(len(d.Allowed))]))
	}
	a, err := b.Arch()
	require.NoError(t, err)
	return a
}

func TestNeighborsAreDistinctMembers(t *testing.T) {
	two, err := searchspace.New("two", []searchspace.Part{
		{Name: "a", MaxNodes: 4, NodeOps: []string{"x", "y", "end"}, Last: "end"},
		{Name: "b", MaxNodes: 3, EdgeOps: []string{"none", "p", "q"}},
	})
	require.NoError(t, err)
	for _, s := range []searchspace.Space{searchspace.NASBench101{}, searchspace.NASBench201{}, two} {
		rapid.Check(t, func(rt *rapid.T) {
			a := drawn(rt, s, rapid.Uint64().Draw(rt, "seed"))
			near, err := searchspace.Neighbors(s, a)
			require.NoError(rt, err)
			require.NotEmpty(rt, near)
			keys := map[string]bool{s.Key(a): true}
			for _, b := range near {
				assert.NoError(rt, s.Validate(b))
				assert.False(rt, keys[s.Key(b)])
				keys[s.Key(b)] = true
			}
			again, err := searchspace.Neighbors(s, a)
			require.NoError(rt, err)
			assert.Equal(rt, near, again)
		})
	}
}

func TestNeighborsInNASBench201DifferInOneLabel(t *testing.T) {
	space := searchspace.NASBench201{}
	label := func(a searchspace.Arch, from, to int) string {
		if !a.Part(0).HasEdge(from, to) {
			return "none"
		}
		return a.Part(0).EdgeOp(from, to)
	}
	rapid.Check(t, func(rt *rapid.T) {
		a := drawn(rt, space, rapid.Uint64().Draw(rt, "seed"))
		near, err := searchspace.Neighbors(space, a)
		require.NoError(rt, err)
		assert.Len(rt, near, 24)
		for _, b := range near {
			differ := 0
			for to := range 4 {
				for from := range to {
					if label(a, from, to) != label(b, from, to) {
						differ++
					}
				}
			}
			assert.Equal(rt, 1, differ)
		}
	})
}

// In NAS-Bench-101, nodes can be added and removed.
func TestNeighborsInNASBench101ChangeTheSize(t *testing.T) {
	space := searchspace.NASBench101{}
	fewer, more := 0, 0
	for seed := range uint64(50) {
		a := drawn(t, space, seed)
		near, err := searchspace.Neighbors(space, a)
		require.NoError(t, err)
		for _, b := range near {
			switch d := b.Part(0).Len() - a.Part(0).Len(); {
			case d < 0:
				fewer++
			case d > 0:
				more++
			}
		}
	}
	assert.Positive(t, fewer)
	assert.Positive(t, more)
}

// hermit is a user's space that defines its own neighbors.
type hermit struct {
	*searchspace.Sequential
	near []searchspace.Arch
}

func (h hermit) Neighbors(searchspace.Arch) iter.Seq[searchspace.Arch] {
	return func(yield func(searchspace.Arch) bool) {
		for _, a := range h.near {
			if !yield(a) {
				return
			}
		}
	}
}

func TestNeighborhood(t *testing.T) {
	base, err := searchspace.New("base", []searchspace.Part{{Name: "cell", MaxNodes: 3}})
	require.NoError(t, err)
	a, b := drawn(t, base, 1), drawn(t, base, 4)
	require.False(t, a.Equal(b))
	near, err := searchspace.Neighbors(hermit{base, []searchspace.Arch{a, b, b}}, a)
	require.NoError(t, err)
	assert.Equal(t, []searchspace.Arch{b}, near, "neither itself nor a repeat")
	_, err = searchspace.Neighbors(hermit{base, []searchspace.Arch{{}}}, a)
	assert.ErrorIs(t, err, searchspace.ErrInvalid)
	_, err = searchspace.Neighbors(base, searchspace.Arch{})
	assert.ErrorIs(t, err, searchspace.ErrInvalid)
}

func ExampleNeighbors() {
	space := searchspace.NASBench201{}
	cell, err := space.Parse("|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|")
	if err != nil {
		fmt.Println(err)
		return
	}
	near, err := searchspace.Neighbors(space, cell)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(near), "cells differ in one label, the first of them:", space.Format(near[0]))
	// Output: 24 cells differ in one label, the first of them: |none~0|+|none~0|none~1|+|none~0|none~1|none~2|
}
