package rl

import (
	"cmp"
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Ranker chooses from many architectures those that are worth an evaluation.
type Ranker interface {
	// Rank returns the places of up to n candidates to evaluate, each once, most wanted first. It may read the state, the
	// running trials included, but must not train the model. The n are evaluated together, so they should differ. While
	// trials are running and nothing has succeeded yet, it is asked to choose from the explorer's draws, so it must work
	// without results.
	Rank(ctx context.Context, s *State, candidates []searchspace.Arch, n int) ([]int, error)
}

// Ranking has Reinforce collect many candidates and a Ranker choose those that are evaluated. It does not go with an
// on-policy Learner.
type Ranking struct {
	// Ranker chooses. If nil, candidates are not ranked.
	Ranker Ranker
	// Samples is how many architectures the generator draws for a group; 0 means 200.
	Samples int
	// Parents is how many of the best architectures so far add their neighbors (searchspace.Neighbors).
	Parents int
	// Neighbors is how many random neighbors a parent adds if it is too large to list them all (see State.FewNeighbors);
	// 0 means 256. Smaller parents add all.
	Neighbors int
	// Scattered is how many further architectures are drawn from anywhere in the space, about half of them by the explorer
	// and the others uniformly. The generator and the neighbors only reach architectures like those that were found.
	Scattered int
}

// rank collects candidates and has n of them chosen.
func (d *drawing) rank(ctx context.Context, n int) error {
	archs, err := d.Model.Sample(ctx, d.state.Rand(ToSample), cmp.Or(d.Ranking.Samples, 200))
	if err != nil {
		return err
	}
	d.count(archs)
	for _, a := range archs {
		d.candidates.Add(SourceGenerator, a)
	}
	for _, e := range d.state.Top(d.Ranking.Parents) {
		near, err := d.state.SomeNeighbors(ctx, e.Arch, d.rng, cmp.Or(d.Ranking.Neighbors, 256))
		if err != nil {
			return err
		}
		for _, a := range near {
			d.candidates.Add(SourceNeighbor, a)
		}
	}
	explorer, err := d.explorer()
	if err != nil {
		return err
	}
	if _, err := d.candidates.Scatter(ctx, SourcePool, explorer, d.rng, d.Ranking.Scattered); err != nil {
		return fmt.Errorf("drawing candidates: %w", err)
	}
	d.diagnostic.Candidates = d.candidates.Len()
	return d.choose(ctx, d.candidates, n)
}

// choose has the Ranker choose n of the candidates.
func (d *drawing) choose(ctx context.Context, c *Candidates, n int) error {
	places, err := d.Ranking.Ranker.Rank(ctx, d.state, c.Archs(), n)
	if err != nil {
		return fmt.Errorf("ranking %d candidates: %w", c.Len(), err)
	}
	taken := map[int]bool{}
	for _, i := range places[:min(n, len(places))] {
		if i < 0 || i >= c.Len() || taken[i] {
			return fmt.Errorf("a Ranker must return different places from 0 to %d, got %v", c.Len()-1, places)
		}
		taken[i] = true
		d.trials = append(d.trials, c.Trial(i))
	}
	return nil
}
