package baseline

import (
	"context"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// aroundFront returns up to n new neighbors of random members of the front. If nothing is within
// the limits yet, it uses the evaluation that exceeds them least.
func aroundFront(ctx context.Context, s *rl.State, n int, rng *rand.Rand) ([]rl.Trial, error) {
	members := s.Front()
	if len(members) == 0 {
		members = s.Top(1)
	}
	c := s.NewCandidates()
	for len(members) > 0 && c.Len() < n {
		i := rng.IntN(len(members))
		found, err := addNeighbor(ctx, s, c, members[i].Arch, rng)
		if err != nil {
			return nil, err
		}
		if !found { // all its neighbors are known
			members = append(members[:i:i], members[i+1:]...)
		}
	}
	return c.Trials(n), nil
}

// addNeighbor adds a random new neighbor and reports whether there was one.
func addNeighbor(ctx context.Context, s *rl.State, c *rl.Candidates, a searchspace.Arch, rng *rand.Rand) (bool, error) {
	for b, err := range s.Mutations(ctx, a, rng) {
		if err != nil {
			return false, err
		}
		if c.Add(rl.SourceNeighbor, b) {
			return true, nil
		}
	}
	return false, nil
}
