package bayes

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A search starts with firstDraws architectures of the explorer. If the space can be listed (see
// rl.State.Members), all members are candidates. Otherwise, and for ModelAverage if there are more
// than mostMembers, the candidates are drawnCandidates draws and the neighbors of the best parents.
const (
	firstDraws      = 10
	firstSuggested  = 5 // if evaluations of other objectives suggest the first architectures
	drawnCandidates = 1000
	mostMembers     = 2000
	parents         = 10
)

// proposer turns a ranking into a method.
type proposer struct {
	explorer  generator.GraphGenerator
	neighbors int
	most      int // the largest number of candidates; 0 means all
	ranking   ranking
}

// propose explores or ranks candidates.
func (p proposer) propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	rng := s.Rand(rl.ToPropose)
	first := firstDraws
	if len(s.Others()) > 0 && p.ranking.adapts {
		first = firstSuggested // the model can learn from the other objectives
	}
	if begun := s.Proposed(); begun < first || len(s.Top(1)) == 0 && len(s.Running()) > 0 {
		if begun < first {
			n = min(n, first-begun)
		}
		c := s.NewCandidates()
		for _, a := range s.Suggested(min(n, firstDraws/2-begun)) {
			c.Add(rl.SourcePast, a)
		}
		_, err := c.Explore(ctx, rl.SourceExplorer, p.explorer, rng, n-c.Len())
		return c.Trials(n), err
	}
	archs := slices.Clone(s.Members())
	if archs == nil || p.ranking.adapts && len(archs) > mostMembers {
		var err error
		if archs, err = p.candidates(ctx, s, rng); err != nil {
			return nil, err
		}
	}
	if archs = unknown(s, archs, rng); p.most > 0 {
		archs = archs[:min(p.most, len(archs))]
	}
	chosen, err := p.ranking.rank(ctx, s, archs, n)
	if err != nil {
		return nil, err
	}
	trials := make([]rl.Trial, len(chosen))
	for i, at := range chosen {
		trials[i] = rl.Trial{Arch: archs[at], Source: rl.SourcePool}
	}
	return trials, nil
}

// candidates draws candidates and adds the neighbors of the best.
func (p proposer) candidates(ctx context.Context, s *rl.State, rng *rand.Rand) ([]searchspace.Arch, error) {
	c := s.NewCandidates()
	if _, err := c.Explore(ctx, rl.SourcePool, p.explorer, rng, drawnCandidates); err != nil {
		return nil, err
	}
	archs := slices.Clone(c.Archs())
	for _, e := range s.Top(parents) {
		near, err := s.SomeNeighbors(ctx, e.Arch, rng, cmp.Or(p.neighbors, 64))
		if err != nil {
			return nil, err
		}
		archs = append(archs, near...)
	}
	return archs, nil
}

// unknown returns the untried architectures, one for each Key, in random order, so that ties are
// broken at random.
func unknown(s *rl.State, archs []searchspace.Arch, rng *rand.Rand) []searchspace.Arch {
	seen := map[string]bool{}
	for _, e := range slices.Concat(s.Evaluations(), s.Smaller()) {
		seen[e.Key] = true
	}
	for _, t := range s.Running() {
		seen[t.Key] = true
	}
	type keyed struct {
		arch searchspace.Arch
		key  string // computed once because it may be slow
	}
	var fresh []keyed
	for _, a := range archs {
		if key := s.Space().Key(a); !seen[key] {
			fresh = append(fresh, keyed{a, key})
		}
	}
	rng.Shuffle(len(fresh), func(i, j int) { fresh[i], fresh[j] = fresh[j], fresh[i] })
	archs = archs[:0]
	for _, k := range fresh {
		if !seen[k.key] {
			seen[k.key] = true
			archs = append(archs, k.arch)
		}
	}
	return archs
}
