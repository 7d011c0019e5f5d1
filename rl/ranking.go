package rl

import (
	"cmp"
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Ranker chooses from many architectures those that are worth an evaluation.
type Ranker interface {
	// Rank returns the indexes of up to n different candidates to evaluate, most promising first.
	// The n are evaluated together, so they should differ from each other. Rank may read the state,
	// including the running trials, but must not train the model. It must work without any results:
	// see Ranking.Design.
	Rank(ctx context.Context, s *State, candidates []searchspace.Arch, n int) ([]int, error)
}

// Ranking makes Reinforce collect many candidates and lets a Ranker choose those to evaluate. A Ranker
// cannot be combined with an on-policy Learner; a Design can.
type Ranking struct {
	// Ranker chooses among the candidates. If nil, candidates are not ranked.
	Ranker Ranker
	// Design chooses the trials that explore among many draws of the explorer (Reinforce.Explorer),
	// for example so that they differ from each other: bayes.Variance. If it chooses too few, the first
	// draws complete the group. If Design is nil, trials that explore are taken as the explorer draws
	// them, except that the Ranker, if any, chooses those for which no result is known while others
	// are running.
	Design Ranker
	// Samples is the number of architectures that the generator draws for a group; 0 means 200.
	Samples int
	// Parents is the number of best architectures whose neighbors (searchspace.Neighbors) become
	// candidates.
	Parents int
	// Neighbors is the number of random neighbors of a parent that has too many to list (see
	// State.FewNeighbors); 0 means 256. All neighbors of other parents become candidates.
	Neighbors int
	// Scattered is the number of candidates drawn from the whole space, about half by the explorer
	// and half uniformly. The generator and the neighbors only reach architectures similar to those
	// already found.
	Scattered int
	// Refine is the number of candidates that are refined. The Ranker chooses them among all those above.
	// Up to 64 random neighbors of each (searchspace.Mutations) then become candidates, too, and the
	// Ranker chooses again: among the refined candidates and their neighbors, or among all candidates if
	// the group needs more than were refined. In a large space, it prefers some neighbor to nearly every
	// candidate. If the members of the space can be listed (see State.Members), there is no refinement,
	// because the other candidates cover such a space well.
	Refine int
}

// rank collects candidates and lets the Ranker choose n of them.
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
	refined, err := d.refine(ctx, n)
	if err != nil {
		return err
	}
	d.diagnostic.Candidates = d.candidates.Len()
	return d.choose(ctx, d.Ranking.Ranker, refined, n)
}

// refinements is the number of neighbors that refine adds for a candidate.
const refinements = 64

// refine adds neighbors of the candidates that the Ranker prefers, and returns the candidates among which
// to choose n. These are all candidates if n is larger than the number that is refined.
func (d *drawing) refine(ctx context.Context, n int) (*Candidates, error) {
	if d.Ranking.Refine == 0 || d.state.Members() != nil {
		return d.candidates, nil
	}
	places, err := d.preferred(ctx, d.Ranking.Ranker, d.candidates, d.Ranking.Refine)
	if err != nil {
		return nil, err
	}
	refined := d.state.NewCandidates()
	for _, i := range places {
		refined.Add(d.candidates.Trial(i).Source, d.candidates.Archs()[i])
	}
	for _, i := range places {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("refining candidates: %w", context.Cause(ctx))
		}
		left := refinements
		for b, err := range searchspace.Mutations(d.state.Space(), d.candidates.Archs()[i], d.rng) {
			if err != nil {
				return nil, err
			}
			if d.candidates.Add(SourceNeighbor, b) {
				refined.Add(SourceNeighbor, b)
				left--
			}
			if left == 0 {
				break
			}
		}
	}
	if n > len(places) {
		return d.candidates, nil
	}
	return refined, nil
}

// choose lets a Ranker choose n of the candidates.
func (d *drawing) choose(ctx context.Context, r Ranker, c *Candidates, n int) error {
	places, err := d.preferred(ctx, r, c, n)
	for _, i := range places {
		d.trials = append(d.trials, c.Trial(i))
	}
	return err
}

// preferred returns the indexes of up to n candidates that a Ranker prefers.
func (d *drawing) preferred(ctx context.Context, r Ranker, c *Candidates, n int) ([]int, error) {
	places, err := r.Rank(ctx, d.state, c.Archs(), n)
	if err != nil {
		return nil, fmt.Errorf("ranking %d candidates: %w", c.Len(), err)
	}
	places = places[:min(n, len(places))]
	taken := map[int]bool{}
	for _, i := range places {
		if i < 0 || i >= c.Len() || taken[i] {
			return nil, fmt.Errorf("a Ranker must return different indexes from 0 to %d, got %v", c.Len()-1, places)
		}
		taken[i] = true
	}
	return places, nil
}
