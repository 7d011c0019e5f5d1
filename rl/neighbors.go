package rl

import (
	"context"
	"iter"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/searchspace"
)

// listedChoices is the largest number of choices of an architecture whose neighbors are listed.
// There are at least as many neighbors as choices, and making one takes about as many decisions.
const listedChoices = 256

// FewNeighbors reports whether all neighbors of an architecture can be listed quickly: at most 256
// of its decisions have alternatives, or its space is a searchspace.Neighborhood. This holds for
// all architectures of the NAS-Bench spaces. A graph with 128 nodes has 8,128 neighbors, which take
// seconds to generate. Methods should use Mutations or SomeNeighbors, which are fast for any
// architecture.
func (s *State) FewNeighbors(a searchspace.Arch) bool {
	if _, ok := s.space.(searchspace.Neighborhood); ok {
		return true
	}
	path, err := searchspace.Path(s.space, a)
	if err != nil {
		return true // Neighbors returns the error
	}
	choices := 0
	for _, step := range path {
		if len(step.Allowed) > 1 {
			choices++
		}
	}
	return choices <= listedChoices
}

type nearKey struct{ key string }

// Neighbors returns the members of the space that are one change away from an architecture (see
// searchspace.Neighbors) and within the limits (see [State.WithinLimits]), including those already
// tried. The result is computed once per search and architecture; callers must not change it. It is
// slow for large architectures; see FewNeighbors.
func (s *State) Neighbors(ctx context.Context, a searchspace.Arch) ([]searchspace.Arch, error) {
	if err := ended(ctx, "neighbors"); err != nil {
		return nil, err
	}
	type found struct {
		archs []searchspace.Arch
		err   error
	}
	near := s.Memo(nearKey{s.space.Key(a)}, func() any {
		archs, err := searchspace.Neighbors(s.space, a)
		return found{s.valid(archs), err}
	}).(found)
	return near.archs, near.err
}

// Mutations yields members of the space that are one change away from an architecture and within
// the limits, in random order, including those already tried. If there are few neighbors (see
// FewNeighbors), it yields each of Neighbors once, in the order of rng.Perm. Otherwise it generates
// each on demand (see searchspace.Mutations), and some may share a Key. If ctx ends, the iteration
// ends with an error.
func (s *State) Mutations(ctx context.Context, a searchspace.Arch, rng *rand.Rand) iter.Seq2[searchspace.Arch, error] {
	if s.FewNeighbors(a) {
		return s.shuffled(ctx, a, rng)
	}
	return func(yield func(searchspace.Arch, error) bool) {
		for b, err := range searchspace.Mutations(s.space, a, rng) {
			if err == nil {
				err = ended(ctx, "mutations")
			}
			if err != nil {
				yield(searchspace.Arch{}, err)
				return
			}
			if s.admits(b) && !yield(b, nil) {
				return
			}
		}
	}
}

// shuffled yields all neighbors in random order.
func (s *State) shuffled(ctx context.Context, a searchspace.Arch, rng *rand.Rand) iter.Seq2[searchspace.Arch, error] {
	return func(yield func(searchspace.Arch, error) bool) {
		near, err := s.Neighbors(ctx, a)
		if err != nil {
			yield(searchspace.Arch{}, err)
			return
		}
		for _, i := range rng.Perm(len(near)) {
			if !yield(near[i], nil) {
				return
			}
		}
	}
}

// SomeNeighbors returns all Neighbors of an architecture if there are few (see FewNeighbors), and
// otherwise up to most Mutations with different keys. It uses rng only in the second case. Callers
// must not change the slice.
func (s *State) SomeNeighbors(ctx context.Context, a searchspace.Arch, rng *rand.Rand, most int) ([]searchspace.Arch, error) {
	if s.FewNeighbors(a) {
		return s.Neighbors(ctx, a)
	}
	if most < 1 {
		return nil, nil
	}
	var some []searchspace.Arch
	seen := map[string]bool{s.space.Key(a): true}
	for b, err := range s.Mutations(ctx, a, rng) {
		if err != nil {
			return nil, err
		}
		if key := s.space.Key(b); !seen[key] {
			seen[key] = true
			some = append(some, b)
		}
		if len(some) == most {
			break
		}
	}
	return some, nil
}
