package plots

import (
	"cmp"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/rl"
)

// Searches lists searches with one method, for example with several seeds.
type Searches struct {
	Name      string
	Histories []*rl.History
	// Timelines lists the timeline of each History, for [BestOverTime]. If it is empty,
	// BestOverTime assumes that evaluations ran one after another, each for the time that it cost.
	Timelines []rl.Timeline
}

// Best draws the best figure so far against the number of evaluations. A line shows the mean over
// the searches of a method, and a band shows their interquartile range. The figure is that of the
// single objective, by default the value; the argument objective is its label, with its unit. The
// best figure considers only evaluations at the full budget and within the limits, but the axis
// counts all. Best leaves out searches with several objectives; see [Hypervolume].
func Best(title, objective string, all ...Searches) *Figure {
	var curves []Curve
	for _, s := range all {
		var runs [][]reached
		for _, h := range s.Histories {
			runs = append(runs, byEvaluations(h))
		}
		curves = append(curves, curveOf(s.Name, runs))
	}
	return Lines(Axes{Title: title, X: "evaluations", Y: objective}, curves)
}

// BestOverTime is like [Best], but draws the best figure so far against the time since the start, in hours.
func BestOverTime(title, objective string, all ...Searches) *Figure {
	var curves []Curve
	for _, s := range all {
		var runs [][]reached
		for i, h := range s.Histories {
			var timeline rl.Timeline
			if i < len(s.Timelines) {
				timeline = s.Timelines[i]
			}
			runs = append(runs, byTime(h, timeline))
		}
		curves = append(curves, curveOf(s.Name, runs))
	}
	return Lines(Axes{Title: title, X: "time (h)", Y: objective}, curves)
}

// reached is a step of a curve: from x on, the best figure of a search is best.
type reached struct{ x, best float64 }

// goal returns the first objective of a search, and false if there are several.
func goal(h *rl.History) (rl.Objective, bool) {
	if len(h.Objectives) == 0 {
		return rl.Objective{}, true
	}
	return h.Objectives[0], len(h.Objectives) == 1
}

// figure returns the figure of an objective. It returns false if the evaluation failed, was at a smaller budget or is beyond a limit.
func figure(h *rl.History, o rl.Objective, e rl.Evaluation) (float64, bool) {
	v, ok := o.Figure(e.Result)
	return v, ok && e.OK() && e.Budget == 0 && rl.WithinLimits(e.Result, h.Limits)
}

// better returns the better of two figures.
func better(o rl.Objective, a, b float64) float64 {
	if o.Better(a, b) {
		return a
	}
	return b
}

// byEvaluations returns the best figure of a search after each evaluation, starting with the first success.
func byEvaluations(h *rl.History) []reached {
	o, ok := goal(h)
	if !ok {
		return nil
	}
	var all []reached
	for i, e := range h.Evaluations {
		if v, ok := figure(h, o, e); ok && len(all) > 0 {
			all = append(all, reached{float64(i + 1), better(o, v, all[len(all)-1].best)})
		} else if ok {
			all = append(all, reached{float64(i + 1), v})
		} else if len(all) > 0 {
			all = append(all, reached{float64(i + 1), all[len(all)-1].best})
		}
	}
	return all
}

// byTime returns the best figure of a search after each success, with the time of its end in hours.
func byTime(h *rl.History, timeline rl.Timeline) []reached {
	ends := map[int]float64{}
	for _, s := range timeline {
		ends[s.Trial] = s.End.Hours()
	}
	o, single := goal(h)
	var all []reached
	sum := 0.0
	for _, e := range h.Evaluations {
		sum += e.Result.Cost.Hours()
		end, ok := ends[e.ID]
		if timeline == nil {
			end, ok = sum, true
		}
		if v, within := figure(h, o, e); ok && within && single {
			all = append(all, reached{end, v})
		}
	}
	slices.SortStableFunc(all, func(a, b reached) int { return cmp.Compare(a.x, b.x) })
	for i := range all[min(1, len(all)):] {
		all[i+1].best = better(o, all[i+1].best, all[i].best)
	}
	return all
}

// places is the maximum number of intervals between the points of a curve.
const places = 300

// curveOf returns the curve of several searches. It starts where all of them have a best figure.
func curveOf(name string, runs [][]reached) Curve {
	runs = slices.DeleteFunc(runs, func(r []reached) bool { return len(r) == 0 })
	c := Curve{Name: name}
	if len(runs) == 0 {
		return c
	}
	first, last := math.Inf(-1), math.Inf(-1)
	for _, r := range runs {
		first, last = max(first, r[0].x), max(last, r[len(r)-1].x)
	}
	n := places
	if whole := last - first; whole == math.Trunc(whole) && whole < places {
		n = max(1, int(whole))
	}
	for i := range n + 1 {
		x := first + (last-first)*float64(i)/float64(n)
		values := make([]float64, len(runs))
		for k, r := range runs {
			values[k] = at(r, x)
		}
		c.Points = append(c.Points, Middle(x, values))
	}
	return c
}

// at returns the best figure of a search at x.
func at(r []reached, x float64) float64 {
	i, found := slices.BinarySearchFunc(r, x, func(p reached, x float64) int { return cmp.Compare(p.x, x) })
	for found && i+1 < len(r) && r[i+1].x == x {
		i++
	}
	if !found {
		i--
	}
	return r[max(0, i)].best
}
