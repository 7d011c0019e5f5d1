package rl

import (
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/rl/pareto"
)

// goals returns the objectives and limits of the search.
func (h *History) goals() goals {
	g := goals{h.Objectives, h.Limits}
	if len(g.objectives) == 0 {
		g.objectives = []Objective{{}}
	}
	return g
}

// Front returns the non-dominated evaluations at the full budget and within the limits: those for
// which no other evaluation is at least as good in every objective and better in one. They are
// ordered by the first objective, best first. If several have equal figures, all are returned. Past
// evaluations of the same objectives count.
func (h *History) Front() []Evaluation {
	return h.goals().front(full(slices.Concat(h.Past, h.Evaluations)))
}

// Feasible reports whether an evaluation succeeded and is within all limits.
func (h *History) Feasible(e Evaluation) bool { return e.OK() && h.goals().excesses(e.Result) == nil }

// Worst returns the worst figure of each objective among the successful evaluations at the full
// budget, or nil if there are none. It is the default reference of Hypervolume.
func (h *History) Worst() []float64 {
	g := h.goals()
	var worst []float64
	for _, e := range full(slices.Concat(h.Past, h.Evaluations)) {
		if !e.OK() {
			continue
		}
		p := g.point(e.Result)
		if worst == nil {
			worst = p
		}
		for k := range worst {
			worst[k] = max(worst[k], p[k])
		}
	}
	for k, o := range g.objectives[:len(worst)] {
		worst[k] = o.coordinate(worst[k])
	}
	return worst
}

// Hypervolume returns, after each of h.Evaluations, the volume of objective space that the front
// dominates (Zitzler & Thiele 1998), in the product of the figures' units. Evaluations at smaller
// budgets do not change it. The reference bounds the volume: it has one figure for each objective,
// in the order of Objectives, that counts as the worst. Past evaluations count from the start. If
// reference is nil, it is [History.Worst], which differs between searches; to compare searches,
// pass the same reference to all.
func (h *History) Hypervolume(reference []float64) ([]float64, error) {
	g := h.goals()
	if reference == nil {
		if reference = h.Worst(); reference == nil {
			return make([]float64, len(h.Evaluations)), nil
		}
	}
	if len(reference) != len(g.objectives) {
		return nil, fmt.Errorf("hypervolume: the reference must have a figure for each of %d objectives, got %d", len(g.objectives), len(reference))
	}
	worst := make([]float64, len(reference))
	for k, v := range reference {
		if !finite(v) {
			return nil, fmt.Errorf("hypervolume: the reference must be finite, got %v for the objective %v", v, g.objectives[k])
		}
		worst[k] = g.objectives[k].coordinate(v)
	}
	var front [][]float64
	volumes := make([]float64, 0, len(h.Evaluations))
	volume := 0.0
	add := func(e Evaluation) {
		if !e.OK() || !isFull(e) || g.excesses(e.Result) != nil {
			return
		}
		p := g.point(e.Result)
		if slices.ContainsFunc(front, func(q []float64) bool { return slices.Equal(p, q) || pareto.Dominates(q, p) }) {
			return
		}
		front = append(slices.DeleteFunc(front, func(q []float64) bool { return pareto.Dominates(p, q) }), p)
		volume = pareto.Hypervolume(front, worst)
	}
	for _, e := range h.Past {
		add(e)
	}
	for _, e := range h.Evaluations {
		add(e)
		volumes = append(volumes, volume)
	}
	return volumes, nil
}

// miss describes how an evaluation fails or breaks a limit.
func (g goals) miss(e Evaluation) string {
	if !e.OK() {
		return fmt.Sprintf("the last failed: %v", e.Err)
	}
	l, _ := g.broken(e.Result)
	v, _ := figure(e.Result, l.Metric)
	return fmt.Sprintf("the limit is %v, got %v", l, v)
}
