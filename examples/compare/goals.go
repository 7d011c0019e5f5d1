package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/spaces"
	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/pareto"
	"github.com/graphpnas/graphpnas/searchspace"
)

// trade is the state shared by all searches of a comparison with several objectives.
type trade struct {
	options
	setting    string
	methods    []methods.Contender
	objectives []rl.Objective
	limits     []rl.Limit
	searched   *nasbench.Table // the figures that an evaluation finds
	known      *nasbench.Table // the figures known beforehand; nil if there are none
	reference  []float64       // the table's worst figures
	volume     float64         // the hypervolume of the table's front
}

// newTrade opens the tables and finds their front.
func newTrade(o options) (*trade, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	t := &trade{options: o}
	var err error
	if t.objectives, err = parseObjectives(o.objectives); err != nil {
		return nil, err
	}
	if t.limits, err = parseLimits(o.limits); err != nil {
		return nil, err
	}
	o.methods = cmp.Or(o.methods, strings.Join(tool.Names(methods.Several), ","))
	if t.methods, err = methods.ContendersOf(methods.Several, o.methods, o.seeds); err != nil {
		return nil, err
	}
	if t.baseline, err = methods.Baseline("baseline", o.baseline, "nsga2", t.methods); err != nil {
		return nil, err
	}
	space, err := spaces.Find(o.space)
	if err != nil {
		return nil, err
	}
	if t.searched, err = openTable(o, space); err != nil {
		return nil, err
	}
	if o.figures != "" {
		if t.known, err = readTable("-figures", o.figures, space); err != nil {
			return nil, err
		}
	}
	if t.setting, err = t.settingText(); err != nil {
		return nil, err
	}
	return t, t.findFront()
}

// parseObjectives reads comma-separated names of columns. A minus sign marks a column to minimize.
func parseObjectives(list string) (all []rl.Objective, err error) {
	for name := range strings.SplitSeq(list, ",") {
		o := rl.Maximize(strings.TrimPrefix(name, "-"))
		o.Minimize = strings.HasPrefix(name, "-")
		if o.Metric == "" {
			return nil, program.Usagef("-objectives must be columns separated by commas, with a minus sign before those to minimize, got %q", list)
		}
		if slices.ContainsFunc(all, func(other rl.Objective) bool { return other.Metric == o.Metric }) {
			return nil, program.Usagef("-objectives must name each column once, got %s", list)
		}
		all = append(all, o)
	}
	return all, nil
}

// parseLimits reads limits such as latency<=5 or accuracy>=90, separated by commas.
func parseLimits(list string) (all []rl.Limit, err error) {
	if list == "" {
		return nil, nil
	}
	for text := range strings.SplitSeq(list, ",") {
		name, number, ok := strings.Cut(text, "<=")
		least := !ok
		if least {
			name, number, ok = strings.Cut(text, ">=")
		}
		name = strings.TrimSpace(name)
		bound, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if !ok || err != nil || name == "" || strings.Contains(name, ">=") || math.IsNaN(bound) || math.IsInf(bound, 0) {
			return nil, program.Usagef("-limits must be limits such as latency<=5, separated by commas, got %q", text)
		}
		all = append(all, rl.Limit{Metric: name, Bound: bound, AtLeast: least})
	}
	return all, nil
}

// columns returns the columns that objectives and limits name, each once.
func (t *trade) columns() []string {
	var names []string
	seen := map[string]bool{}
	for _, o := range t.objectives {
		names, seen[o.Metric] = append(names, o.Metric), true
	}
	for _, l := range t.limits {
		if !seen[l.Metric] {
			names, seen[l.Metric] = append(names, l.Metric), true
		}
	}
	return names
}

// evaluators returns an evaluator of the figures that an evaluation finds, and one of those known beforehand:
// the columns of the second table, unless -afterwards is set.
func (t *trade) evaluators() (found, known evaluator.Evaluator, err error) {
	var own, others []string
	for _, name := range t.columns() {
		if t.known != nil && hasColumn(t.known, name) {
			others = append(others, name)
		} else {
			own = append(own, name)
		}
	}
	if len(own) == 0 {
		return nil, nil, program.Usagef("-table %s must have at least one of the columns in -objectives and -limits, but %s has all of them", t.options.table, t.options.figures)
	}
	if found, err = t.searched.Evaluator(own[0], own...); err != nil || len(others) == 0 {
		return found, nil, err
	}
	if known, err = t.known.Evaluator(others[0], others...); err != nil || !t.afterwards {
		return found, known, err
	}
	return both(found, known), nil, nil
}

func hasColumn(t *nasbench.Table, name string) bool {
	_, _, err := t.Best(name)
	return err == nil
}

// both returns an evaluator with the metrics of two evaluators.
func both(a, b evaluator.Evaluator) evaluator.Evaluator {
	return evaluator.Func(func(ctx context.Context, arch searchspace.Arch) (evaluator.Result, error) {
		r, err := a.Evaluate(ctx, arch)
		if err != nil {
			return r, err
		}
		more, err := b.Evaluate(ctx, arch)
		for name, v := range more.Metrics {
			r.Metrics[name] = v
		}
		return r, err
	})
}

// findFront computes the reference of the hypervolume, the table's worst figures, and the hypervolume of its
// front.
func (t *trade) findFront() error {
	found, known, err := t.evaluators()
	if err != nil {
		return err
	}
	if known != nil {
		found = both(found, known)
	}
	var points [][]float64
	h := rl.History{Objectives: t.objectives, Limits: t.limits}
	for a := range t.searched.Archs() {
		r, err := found.Evaluate(context.Background(), a)
		if errors.Is(err, nasbench.ErrNotRecorded) {
			continue
		}
		if err != nil {
			return err
		}
		h.Evaluations = append(h.Evaluations, rl.Evaluation{Trial: rl.Trial{Arch: a}, Result: r})
	}
	t.reference = h.Worst()
	front := h.Front()
	if len(front) == 0 {
		return fmt.Errorf("no architecture of %s is within the limits %v", t.options.table, t.limits)
	}
	for _, e := range front {
		points = append(points, t.point(e.Result))
	}
	t.volume = pareto.Hypervolume(points, t.signed(t.reference))
	return nil
}

// point returns the objectives of a result as numbers for which lower is better.
func (t *trade) point(r evaluator.Result) []float64 {
	p := make([]float64, len(t.objectives))
	for i, o := range t.objectives {
		p[i] = r.Metrics[o.Metric]
	}
	return t.signed(p)
}

// signed negates the figures of objectives to maximize.
func (t *trade) signed(figures []float64) []float64 {
	p := make([]float64, len(figures))
	for i, o := range t.objectives {
		if p[i] = figures[i]; !o.Minimize {
			p[i] = -figures[i]
		}
	}
	return p
}

// beyond counts the evaluations of a history that break a limit.
func (t *trade) beyond(h *rl.History) (n int) {
	for _, e := range h.Evaluations {
		for _, l := range t.limits {
			if e.OK() && l.Excess(e.Result.Metrics[l.Metric]) > 0 {
				n++
				break
			}
		}
	}
	return n
}

// best returns the best figure of the first objective within the limits, or NaN if there is none.
func (t *trade) best(h *rl.History) float64 {
	front := h.Front()
	if len(front) == 0 {
		return math.NaN()
	}
	return front[0].Result.Metrics[t.objectives[0].Metric]
}
