package rl

import (
	"context"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Objectives returns the objectives of the search, at least one. The default is to maximize
// Result.Value.
func (s *State) Objectives() []Objective { return slices.Clone(s.goals.objectives) }

// Limits returns the search's limits.
func (s *State) Limits() []Limit { return slices.Clone(s.goals.limits) }

// Point returns the objectives of a successful evaluation as numbers for which lower is better;
// objectives to maximize are negated. Package rl/pareto compares such points.
func (s *State) Point(e Evaluation) []float64 { return s.goals.point(e.Result) }

// Feasible reports whether an evaluation succeeded and is within all limits.
func (s *State) Feasible(e Evaluation) bool { return e.OK() && s.goals.excesses(e.Result) == nil }

// Front returns the non-dominated evaluations within the limits, ordered by the first objective,
// best first. If several have equal figures, all are returned. With one objective, they are the
// best ones.
func (s *State) Front() []Evaluation { return s.goals.front(s.evaluations) }

// Scores returns a score for each of the given successful evaluations; higher is better. If the
// search has one objective and no limits, the score is the objective's figure, negated if it is
// minimized. Otherwise it is the rank in the order of [State.Top] among all evaluations in view at
// the same budget, scaled so that 1 is the best and 0 is below the worst. The evaluations must be
// among Evaluations, Smaller or Trials.
func (s *State) Scores(evaluations []Evaluation) []float64 {
	scores := make([]float64, len(evaluations))
	if len(s.goals.objectives) == 1 && len(s.goals.limits) == 0 {
		for i, e := range evaluations {
			scores[i] = -s.goals.point(e.Result)[0]
		}
		return scores
	}
	at := map[float64]map[string]int{}
	for i, e := range evaluations {
		places, ok := at[e.Budget]
		if !ok {
			places = s.places(e.Budget)
			at[e.Budget] = places
		}
		if place, ok := places[e.Key]; ok {
			scores[i] = 1 - float64(place)/float64(len(places))
		}
	}
	return scores
}

// places returns, by key, the rank of each successful evaluation at a budget in the order of Top.
func (s *State) places(budget float64) map[string]int {
	list, order := s.At(budget), []int(nil)
	if budget == 0 {
		order = s.order()
	} else {
		order = s.goals.order(list)
	}
	places := map[string]int{}
	for place, i := range order {
		places[list[i].Key] = place
	}
	return places
}

// order returns the order of the evaluations. It is computed once.
func (s *State) order() []int {
	s.ordering.Do(func() { s.ordered = s.goals.order(s.evaluations) })
	return s.ordered
}

// Figures returns the figures of an architecture from [Config.Figures], which do not need an
// evaluation. It returns nil if there is no such evaluator or if it failed. The figures are
// computed once for each key. Callers must not change the map.
func (s *State) Figures(a searchspace.Arch) map[string]float64 {
	return s.figures.of(s.context(), s.space.Key(a), a).metrics
}

// WithinLimits reports whether an architecture's figures that are known before evaluation are
// within the limits. It returns true if none are known. An architecture that is not within the
// limits is never evaluated.
func (s *State) WithinLimits(a searchspace.Arch) bool {
	return s.figures == nil || s.figures.of(s.context(), s.space.Key(a), a).refusal == nil
}

// Limited reports whether WithinLimits may return false: the search has limits and Config.Figures.
func (s *State) Limited() bool { return s.figures != nil && len(s.goals.limits) > 0 }

// admits reports whether an architecture may be evaluated.
func (s *State) admits(a searchspace.Arch) bool {
	return s.space.Validate(a) == nil && s.WithinLimits(a)
}

// context returns the context of the method's call.
func (s *State) context() context.Context {
	if s.ctx == nil {
		return context.Background()
	}
	return s.ctx
}
