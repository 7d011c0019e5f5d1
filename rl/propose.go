package rl

import (
	"context"

	"github.com/graphpnas/graphpnas/searchspace"
)

// candidate is an architecture that was drawn.
type candidate struct {
	arch     searchspace.Arch
	key      string
	explored bool // by the explorer
}

// The generator draws batch·(1 + sampleGrowth·try) architectures in each of sampleTries tries, until enough are new.
const (
	sampleTries  = 20
	sampleGrowth = 5
)

// sample draws from the generator: for an on-policy learner one batch as it comes, otherwise as many new ones as are
// wanted, or as are found.
func (s *search) sample(ctx context.Context) (drawn []candidate, samples int, err error) {
	if s.config.Ranking.Ranker != nil {
		return s.ranked(ctx)
	}
	rng := s.rand(forSample)
	if s.config.Learner.OnPolicy() {
		archs, err := s.model.Sample(ctx, rng, s.config.Batch)
		if err != nil {
			return nil, 0, err
		}
		return s.withinBudget(archs), len(archs), nil
	}
	seen := map[string]bool{}
	for try := 0; try < sampleTries && len(drawn) < s.wanted(); try++ {
		archs, err := s.model.Sample(ctx, rng, s.config.Batch*(1+sampleGrowth*try))
		if err != nil {
			return nil, samples, err
		}
		samples += len(archs)
		drawn = s.keepNew(drawn, archs, seen, s.wanted())
	}
	return drawn, samples, nil
}

// withinBudget drops new architectures beyond what the budget allows; repeats cost nothing.
func (s *search) withinBudget(archs []searchspace.Arch) []candidate {
	var drawn []candidate
	left := s.config.Evaluations - len(s.history.Evaluations)
	fresh := map[string]bool{}
	for _, a := range archs {
		key := s.space.Key(a)
		if _, ok := s.known[key]; !ok && !fresh[key] {
			if len(fresh) == left {
				continue
			}
			fresh[key] = true
		}
		drawn = append(drawn, candidate{arch: a, key: key})
	}
	return drawn
}

// keepNew appends those of archs that are neither known nor seen, until there are as many as most.
func (s *search) keepNew(drawn []candidate, archs []searchspace.Arch, seen map[string]bool, most int) []candidate {
	for _, a := range archs {
		if len(drawn) == most {
			break
		}
		key := s.space.Key(a)
		if _, ok := s.known[key]; ok || seen[key] {
			continue
		}
		seen[key] = true
		drawn = append(drawn, candidate{arch: a, key: key})
	}
	return drawn
}
