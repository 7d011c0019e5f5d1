package baseline

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
)

// RegularizedEvolution is regularized, or aging, evolution (Real et al. 2019, arXiv 1802.01548).
// Each child replaces the oldest member of the population. A child is a mutation (see
// rl.State.Mutations) of the best of a few members drawn at random. The best is the one with the
// highest rl.State.Scores; with several objectives, it has the lowest non-dominated rank.
//
// With a Lag above 1, the population consists of the results in view. Running trials count toward
// the size of the first population.
type RegularizedEvolution struct {
	// Population is the number of most recent successful evaluations that may become parents; 0
	// means 20.
	Population int
	// Sample is the number of members drawn for each parent, of which the best is the parent; 0
	// means 5.
	Sample int
	// Explorer draws the first population, up to half of which is replaced by the best architectures
	// under other objectives (rl.State.Suggested). If nil, draws are uniform, with the absence of an
	// edge as likely as each of its labels.
	Explorer generator.GraphGenerator
}

var _ rl.Method = RegularizedEvolution{}

// maxParents is the number of parents in a row without a new neighbor after which the explorer
// draws instead.
const maxParents = 20

// Propose draws the first population, and then children by mutation.
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

// parent returns the index of the best of a sample of the population, drawn with replacement.
func (e RegularizedEvolution) parent(rng *rand.Rand, scores []float64) int {
	best := rng.IntN(len(scores))
	for range cmp.Or(e.Sample, 5) - 1 {
		if one := rng.IntN(len(scores)); scores[one] > scores[best] {
			best = one
		}
	}
	return best
}

// Validate returns an error if a setting is out of range.
func (e RegularizedEvolution) Validate() error {
	if e.Population < 0 || e.Sample < 0 {
		return fmt.Errorf("RegularizedEvolution: Population and Sample must not be negative, got %d and %d", e.Population, e.Sample)
	}
	return nil
}
