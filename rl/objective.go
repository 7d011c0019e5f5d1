package rl

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator"
)

// Objective is a figure of a result to maximize or minimize.
type Objective struct {
	// Metric is the figure's name in Result.Metrics. If it is empty, the figure is Result.Value.
	Metric string `json:"metric,omitempty"`
	// Minimize reports whether lower is better.
	Minimize bool `json:"minimize,omitempty"`
}

// Maximize returns the objective to maximize a metric, or Result.Value if metric is "".
func Maximize(metric string) Objective { return Objective{Metric: metric} }

// Minimize returns the objective to minimize a metric, or Result.Value if metric is "".
func Minimize(metric string) Objective { return Objective{Metric: metric, Minimize: true} }

// String returns the objective as text, such as "minimize latency".
func (o Objective) String() string {
	if o.Minimize {
		return "minimize " + figureName(o.Metric)
	}
	return "maximize " + figureName(o.Metric)
}

// Figure returns the objective's figure of a result. It returns false if the result does not have
// it.
func (o Objective) Figure(r evaluator.Result) (float64, bool) { return figure(r, o.Metric) }

// Better reports whether figure a is better than b.
func (o Objective) Better(a, b float64) bool { return o.coordinate(a) < o.coordinate(b) }

// coordinate converts a figure to a number for which lower is better, and back.
func (o Objective) coordinate(figure float64) float64 {
	if o.Minimize {
		return figure
	}
	return -figure
}

// Limit bounds a figure of a result from above or below.
type Limit struct {
	// Metric is the figure's name in Result.Metrics. If it is empty, the figure is Result.Value.
	Metric string `json:"metric,omitempty"`
	// Bound is the largest value allowed, or the smallest if AtLeast is set.
	Bound float64 `json:"bound"`
	// AtLeast makes Bound a lower bound.
	AtLeast bool `json:"at_least,omitempty"`
}

// AtMost returns the limit metric ≤ bound.
func AtMost(metric string, bound float64) Limit { return Limit{Metric: metric, Bound: bound} }

// AtLeast returns the limit metric ≥ bound.
func AtLeast(metric string, bound float64) Limit {
	return Limit{Metric: metric, Bound: bound, AtLeast: true}
}

// String returns the limit as text, such as "params ≤ 1e+06".
func (l Limit) String() string {
	if l.AtLeast {
		return fmt.Sprintf("%s ≥ %v", figureName(l.Metric), l.Bound)
	}
	return fmt.Sprintf("%s ≤ %v", figureName(l.Metric), l.Bound)
}

// Keeps reports whether a result is within the limit. It returns false if the result does not have
// the figure.
func (l Limit) Keeps(r evaluator.Result) bool {
	v, ok := figure(r, l.Metric)
	return ok && l.Excess(v) == 0
}

// WithinLimits reports whether a result is within all limits. It returns false if the result lacks
// the figure of one.
func WithinLimits(r evaluator.Result, limits []Limit) bool {
	return !slices.ContainsFunc(limits, func(l Limit) bool { return !l.Keeps(r) })
}

// Excess returns how far a figure is beyond the bound, or 0 if it is within.
func (l Limit) Excess(figure float64) float64 {
	if l.AtLeast {
		return max(0, l.Bound-figure)
	}
	return max(0, figure-l.Bound)
}

var (
	// ErrLimit is wrapped by the error of a trial that was not evaluated because a figure that is
	// known before evaluation breaks a limit.
	ErrLimit = errors.New("beyond the limit")

	// ErrInfeasible is wrapped by the error of a search that finds no architecture within its
	// limits.
	ErrInfeasible = errors.New("no architecture is within the limits")

	// ErrNoFigure is wrapped by the error of an evaluation whose result lacks a figure that an
	// objective or limit names. If the first successful evaluation lacks one, the search ends with
	// this error.
	ErrNoFigure = errors.New("the result lacks a figure")
)

func figureName(metric string) string {
	if metric == "" {
		return "value"
	}
	return metric
}

// goals holds the objectives and limits of a search.
type goals struct {
	objectives []Objective // at least one
	limits     []Limit
}

// newGoals checks objectives and limits. If there are no objectives, it adds the default, the
// value.
func newGoals(objectives []Objective, limits []Limit) (goals, error) {
	g := goals{slices.Clone(objectives), slices.Clone(limits)}
	if len(g.objectives) == 0 {
		g.objectives = []Objective{{}}
	}
	seen := map[string]bool{}
	for _, o := range g.objectives {
		if seen[o.Metric] {
			return g, fmt.Errorf("Objectives: %s is listed twice", figureName(o.Metric))
		}
		seen[o.Metric] = true
	}
	for i, l := range g.limits {
		if !finite(l.Bound) {
			return g, fmt.Errorf("Limits: the bound of %s must be a finite number, got %v", figureName(l.Metric), l.Bound)
		}
		for _, other := range g.limits[:i] {
			if l.Metric == other.Metric && l.AtLeast != other.AtLeast && other.Excess(l.Bound) > 0 {
				return g, fmt.Errorf("Limits: no figure can be both %v and %v", other, l)
			}
		}
	}
	return g, nil
}

// plain reports whether the search maximizes Result.Value and has no limits.
func (g goals) plain() bool {
	return len(g.limits) == 0 && len(g.objectives) == 1 && g.objectives[0] == Objective{}
}

// figure returns a figure of a result.
func figure(r evaluator.Result, metric string) (float64, bool) {
	if metric == "" {
		return r.Value, true
	}
	v, ok := r.Metrics[metric]
	return v, ok
}

// check returns an error if a result lacks a figure of an objective or limit, or if one is not
// finite.
func (g goals) check(r evaluator.Result) error {
	for _, metric := range g.metrics() {
		v, ok := figure(r, metric)
		if !ok {
			hint := ""
			if strings.EqualFold(metric, "value") {
				hint = `; Result.Value is the figure with the empty name, ""`
			}
			return fmt.Errorf("%w: it must have %q, but has only %s%s", ErrNoFigure, metric, figureNames(r.Metrics), hint)
		}
		if !finite(v) {
			return fmt.Errorf("%w: %s is %v", evaluator.ErrNotFinite, figureName(metric), v)
		}
	}
	return nil
}

// figureNames lists the figures of a result as text.
func figureNames(metrics map[string]float64) string {
	names := []string{"value"}
	for name := range metrics {
		names = append(names, fmt.Sprintf("%q", name))
	}
	slices.Sort(names[1:])
	return strings.Join(names, ", ")
}

// point returns the objectives of a result as numbers for which lower is better.
func (g goals) point(r evaluator.Result) []float64 {
	p := make([]float64, len(g.objectives))
	for i, o := range g.objectives {
		v, _ := figure(r, o.Metric)
		p[i] = o.coordinate(v)
	}
	return p
}

// excesses returns how far a result is beyond each limit, or nil if it is within all of them.
func (g goals) excesses(r evaluator.Result) []float64 {
	var out []float64
	for i, l := range g.limits {
		v, _ := figure(r, l.Metric)
		if x := l.Excess(v); x > 0 || math.IsNaN(v) {
			if out == nil {
				out = make([]float64, len(g.limits))
			}
			out[i] = x
		}
	}
	return out
}

// broken returns the first limit that a result breaks, and false if there is none.
func (g goals) broken(r evaluator.Result) (Limit, bool) {
	for i, x := range g.excesses(r) {
		if x > 0 {
			return g.limits[i], true
		}
	}
	return Limit{}, false
}
