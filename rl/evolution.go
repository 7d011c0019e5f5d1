package rl

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// RegularizedEvolution is that of Real et al. (2019, arXiv 1802.01548): a population ages, its oldest member makes room
// for each newcomer, and a newcomer is a mutation (one of searchspace.Neighbors) of the best of a few members drawn at
// random. The first population is drawn uniformly.
type RegularizedEvolution struct {
	// Population is how many of the last successful evaluations may be parents; 0: 20.
	Population int
	// Sample is out of how many a parent is the best; 0: 5.
	Sample int
}

var _ Strategy = RegularizedEvolution{}

// maxParents is how many parents in a row may have no new neighbour before a newcomer is drawn uniformly.
const maxParents = 20

// Propose mutates.
func (e RegularizedEvolution) Propose(ctx context.Context, s Session) ([]searchspace.Arch, error) {
	size := orDefault(e.Population, 20)
	var population []Evaluation
	for _, one := range s.History.Evaluations {
		if one.Err == nil {
			population = append(population, one)
		}
	}
	uniform := explore.NewUniformLabels(s.Space)
	if len(population) < size {
		return s.drawNew(ctx, uniform, min(s.Wanted, size-len(population)), map[string]bool{})
	}
	population = population[len(population)-size:]
	var children []searchspace.Arch
	born := map[string]bool{}
	for tries := 0; len(children) < s.Wanted && tries < maxParents; tries++ {
		if ctx.Err() != nil {
			return children, fmt.Errorf("mutating: %w", context.Cause(ctx))
		}
		near, err := searchspace.Neighbors(s.Space, e.parent(s.Rand, population))
		if err != nil {
			return nil, err
		}
		for _, i := range s.Rand.Perm(len(near)) {
			if key := s.Space.Key(near[i]); !s.Evaluated(near[i]) && !born[key] {
				born[key] = true
				children, tries = append(children, near[i]), -1
				break
			}
		}
	}
	if len(children) > 0 {
		return children, nil
	}
	return s.drawNew(ctx, uniform, s.Wanted, map[string]bool{})
}

// parent is the best of a sample of the population, drawn with replacement.
func (e RegularizedEvolution) parent(rng *rand.Rand, population []Evaluation) searchspace.Arch {
	best := population[rng.IntN(len(population))]
	for range orDefault(e.Sample, 5) - 1 {
		if one := population[rng.IntN(len(population))]; one.Result.Value > best.Result.Value {
			best = one
		}
	}
	return best.Arch
}

func (e RegularizedEvolution) validate() error {
	if e.Population < 0 || e.Sample < 0 {
		return fmt.Errorf("evolution of a population of %d by samples of %d", e.Population, e.Sample)
	}
	return nil
}
