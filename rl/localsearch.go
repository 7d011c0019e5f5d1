package rl

import (
	"context"

	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
)

// LocalSearch climbs (White et al. 2021, arXiv 2005.02960): from an architecture drawn uniformly it evaluates neighbours
// (searchspace.Neighbors) in random order, moves on to the first that is better, and starts anew where none is.
type LocalSearch struct{}

var _ Strategy = LocalSearch{}

// Propose returns neighbours of where the climb has come to.
func (l LocalSearch) Propose(ctx context.Context, s Session) ([]searchspace.Arch, error) {
	left, err := l.climb(ctx, s)
	if err != nil {
		return nil, err
	}
	if len(left) == 0 {
		return s.drawNew(ctx, explore.NewUniformLabels(s.Space), s.Wanted, map[string]bool{})
	}
	archs := make([]searchspace.Arch, len(left))
	for i, n := range left {
		archs[i] = n.arch
	}
	s.Rand.Shuffle(len(archs), func(i, j int) { archs[i], archs[j] = archs[j], archs[i] })
	return archs, nil
}

// climb follows the history round by round and returns the neighbours that are left to evaluate where it ends.
func (l LocalSearch) climb(ctx context.Context, s Session) ([]candidate, error) {
	known := map[string]bool{}
	var at Evaluation
	var near []candidate
	for _, round := range s.History.Rounds {
		best, ok := s.best(round)
		starts := len(unknown(near, known)) == 0
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
		if near, err = s.neighbors(ctx, at); err != nil {
			return nil, err
		}
	}
	return unknown(near, known), nil
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

// unknown returns those that are not known.
func unknown(near []candidate, known map[string]bool) []candidate {
	var left []candidate
	for _, c := range near {
		if !known[c.key] {
			left = append(left, c)
		}
	}
	return left
}
