package baseline

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
)

// RegularizedEvolution is that of Real et al. (2019, arXiv 1802.01548). A population ages: each newcomer replaces its
// oldest member. A newcomer is a mutation (see rl.State.Mutations) of the best of a few members drawn at random: the one with
// the highest rl.State.Scores, which with several objectives has the lowest non-dominated rank.
//
// Under a Lag the population holds the results that have come into view. The first population counts the trials that are
// running, so that it is not drawn larger than asked for.
type RegularizedEvolution struct {
	// Population is how many of the last successful evaluations may be parents; 0 means 20.
	Population int
	// Sample is how many members a parent is the best of; 0 means 5.
	Sample int
	// Explorer draws the first population, after what did best under other objectives, which may be half of it. If nil,
	// every label of an edge is as likely as the others, its absence included.
	Explorer generator.GraphGenerator
}

var _ rl.Method = RegularizedEvolution{}

// maxParents is how many parents in a row may have no new neighbor before a newcomer is drawn by the explorer.
const maxParents = 20

// Propose draws the first population, then mutates.
func (e RegularizedEvolution) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	size := cmp.Or(e.Population, 20)
	var population []rl.Evaluation
	for _, one := range s.Evaluations() {
		if one.OK() {
			population = append(population, one)
		}
	}
	rng, c := s.Rand(rl.ToPropose), s.NewCandidates()
	if missing := size - len(population) - len(s.Running()); missing > 0 || len(population) == 0 {
		if missing > 0 {
			n = min(n, missing)
		}
		if s.Proposed() < size/2 {
			for _, a := range s.Suggested(min(n, size/2-s.Proposed())) {
				c.Add(rl.SourcePast, a)
			}
		}
		_, err := c.Explore(ctx, rl.SourceExplorer, e.Explorer, rng, n-c.Len())
		return c.Trials(n), err
	}
	population = population[max(0, len(population)-size):]
	scores := s.Scores(population)
	for tries := 0; c.Len() < n && tries < maxParents; tries++ {
		for a, err := range s.Mutations(ctx, population[e.parent(rng, scores)].Arch, rng) {
			if err != nil {
				return nil, fmt.Errorf("mutating: %w", err)
			}
			if c.Add(rl.SourceNeighbor, a) {
				tries = -1
				break
			}
		}
	}
	if c.Len() > 0 {
		return c.Trials(n), nil
	}
	_, err := c.Explore(ctx, rl.SourceExplorer, e.Explorer, rng, n)
	return c.Trials(n), err
}

// parent is the place of the best of a sample of the population, drawn with replacement.
func (e RegularizedEvolution) parent(rng *rand.Rand, scores []float64) int {
	best := rng.IntN(len(scores))
	for range cmp.Or(e.Sample, 5) - 1 {
		if one := rng.IntN(len(scores)); scores[one] > scores[best] {
			best = one
		}
	}
	return best
}

// Validate returns what is wrong with the settings.
func (e RegularizedEvolution) Validate() error {
	if e.Population < 0 || e.Sample < 0 {
		return fmt.Errorf("RegularizedEvolution: Population and Sample must not be negative, got %d and %d", e.Population, e.Sample)
	}
	return nil
}
