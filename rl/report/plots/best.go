package plots

import (
	"cmp"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/rl"
)

// Searches are searches by one method, such as with several seeds.
type Searches struct {
	Name      string
	Histories []*rl.History
	// Timelines say when evaluations ended, for [BestOverTime]: one for each History. If there are none, evaluations count as
	// if they had been made one after the other, each in the time that it cost.
	Timelines []rl.Timeline
}

// Best draws the best figure so far against the number of evaluations: the mean over a method's searches, and the middle half
// of them as a band. The figure is that of the searches' one objective, by default the value; objective names it, with its
// unit. Only evaluations at the full budget count as best, but all count on the axis. Searches with several objectives are left
// out: see [Hypervolume].
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

// BestOverTime draws the best value so far against the time since the start in hours.
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

// reached is the best value of a search from a place of the axis on.
type reached struct{ x, best float64 }

// goal returns the first objective of a search, and false if there are several.
func goal(h *rl.History) (rl.Objective, bool) {
	if len(h.Objectives) == 0 {
		return rl.Objective{}, true
	}
	return h.Objectives[0], len(h.Objectives) == 1
}

// figure returns the figure of an objective, and false if the evaluation failed, was at a smaller budget or is beyond a limit.
func figure(h *rl.History, o rl.Objective, e rl.Evaluation) (float64, bool) {
	v, ok := o.Figure(e.Result)
	return v, ok && e.OK() && e.Budget == 0 && !slices.ContainsFunc(h.Limits, func(l rl.Limit) bool { return !l.Keeps(e.Result) })
}

// better returns the better one of two figures.
func better(o rl.Objective, a, b float64) float64 {
	if o.Better(a, b) {
		return a
	}
	return b
}

// byEvaluations returns what a search had reached after each evaluation from its first success on.
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

// byTime returns what a search had reached when its evaluations ended, in hours.
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

// places is how many points a curve has at most.
const places = 300

// curveOf returns the curve of several searches, over the part of the axis where all of them have reached something.
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

// at returns what a search had reached at x.
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
