package baseline

import (
	"context"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// LocalSearch climbs (White et al. 2021, arXiv 2005.02960). From a first architecture it evaluates the neighbors
// (searchspace.Neighbors) in random order, moves on to the first one that is better, and starts anew if none is.
//
// While neighbors of the present place are running, it proposes the other neighbors, and further starts if there are none.
type LocalSearch struct {
	// Explorer draws where a climb starts, after what did best under other objectives. If nil, every label of an edge is
	// as likely as the others, its absence included.
	Explorer generator.GraphGenerator
}

var _ rl.Method = LocalSearch{}

// Propose returns neighbors of the place that the climb has come to.
func (l LocalSearch) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	near, err := l.climb(ctx, s)
	if err != nil {
		return nil, err
	}
	rng, c := s.Rand(rl.ToPropose), s.NewCandidates()
	for _, a := range near {
		c.Add(rl.SourceNeighbor, a)
	}
	if c.Len() > 0 {
		trials := c.Trials(c.Len())
		rng.Shuffle(len(trials), func(i, j int) { trials[i], trials[j] = trials[j], trials[i] })
		return trials, nil
	}
	for _, a := range s.Suggested(1) {
		c.Add(rl.SourcePast, a)
	}
	_, err = c.Explore(ctx, rl.SourceExplorer, l.Explorer, rng, n-c.Len())
	return c.Trials(n), err
}

// climb follows the evaluations group by group and returns the neighbors of the place where it ends.
func (l LocalSearch) climb(ctx context.Context, s *rl.State) ([]searchspace.Arch, error) {
	known := map[string]bool{}
	untried := func(a searchspace.Arch) bool { return !known[s.Space().Key(a)] }
	var at rl.Evaluation
	var near []searchspace.Arch
	all := s.Evaluations()
	for first := 0; first < len(all); {
		last := first
		for last < len(all) && all[last].Group == all[first].Group {
			last++
		}
		group := all[first:last]
		starts := !slices.ContainsFunc(near, untried)
		for _, e := range group {
			known[e.Key] = true
		}
		best, ok := bestOf(group)
		first = last
		if !ok || !starts && best.Result.Value <= at.Result.Value {
			if starts {
				near = nil // a start that failed
			}
			continue
		}
		at = best
		var err error
		if near, err = s.Neighbors(ctx, at.Arch); err != nil {
			return nil, err
		}
	}
	return near, nil
}

// bestOf returns the first of the best successful evaluations, or false if none has succeeded.
func bestOf(evaluations []rl.Evaluation) (best rl.Evaluation, ok bool) {
	for _, e := range evaluations {
		if e.OK() && (!ok || e.Result.Value > best.Result.Value) {
			best, ok = e, true
		}
	}
	return best, ok
}
