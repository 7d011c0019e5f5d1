package rl

import (
	"context"

	"github.com/graphpnas/graphpnas/searchspace"
)

// LocalSearch climbs (White et al. 2021, arXiv 2005.02960): from an architecture drawn uniformly it evaluates neighbours
// (searchspace.Neighbors) in random order, moves on to the first that is better, and starts anew where none is.
type LocalSearch struct{}

var _ Strategy = LocalSearch{}

// Propose returns neighbours of where the climb has come to.
func (l LocalSearch) Propose(ctx context.Context, s Session) ([]searchspace.Arch, error) {
	left, err := l.climb(s)
	if err != nil {
		return nil, err
	}
	if len(left) == 0 {
		return s.drawNew(ctx, uniform(s.Space), s.Wanted, map[string]bool{})
	}
	s.Rand.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
	return left, nil
}

// climb follows the history round by round and returns the neighbours that are left to evaluate where it ends.
func (l LocalSearch) climb(s Session) ([]searchspace.Arch, error) {
	known := map[string]bool{}
	var at Evaluation
	var near []searchspace.Arch
	for _, round := range s.History.Rounds {
		best, ok := s.best(round)
		starts := len(unknown(s.Space, near, known)) == 0
		for _, i := range round.Drawn {
			known[s.History.Evaluations[i].Key] = true
		}
		if !ok || !starts && best.Result.Value <= at.Result.Value {
			if starts {
				near = nil // a start that failed
			}
			continue
		}
		var err error
		at = best
		if near, err = searchspace.Neighbors(s.Space, at.Arch); err != nil {
			return nil, err
		}
	}
	return unknown(s.Space, near, known), nil
}

// best is the round's best successful evaluation, false where there is none.
func (s Session) best(r Round) (best Evaluation, ok bool) {
	for _, i := range r.Drawn {
		if e := s.History.Evaluations[i]; e.Err == nil && (!ok || e.Result.Value > best.Result.Value) {
			best, ok = e, true
		}
	}
	return best, ok
}

func unknown(space searchspace.Space, archs []searchspace.Arch, known map[string]bool) []searchspace.Arch {
	var left []searchspace.Arch
	for _, a := range archs {
		if !known[space.Key(a)] {
			left = append(left, a)
		}
	}
	return left
}
