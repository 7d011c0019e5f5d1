package plots

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/pareto"
)

// Cloud is the set of results of a method for two objectives.
type Cloud struct {
	Name string
	// All lists X and Y of each evaluation, and Front those of each non-dominated evaluation.
	All, Front [][2]float64
	// More is true if larger values of X are better.
	More bool
}

// Front draws evaluations as small markers and the front of each method as a step line through its non-dominated
// evaluations. Between two of them, the line has the Y of the left one if smaller values of X are better, and the Y of
// the right one if Cloud.More is set.
func Front(a Axes, clouds ...Cloud) *Figure {
	p := a.plot()
	legend := newLegend()
	curves := make([]Curve, len(clouds))
	for i, c := range clouds {
		curves[i].Name = c.Name
	}
	styles := a.styles(curves)
	for _, c := range clouds {
		s := styles[c.Name]
		all := &plotter.Scatter{XYs: xys(c.All), GlyphStyle: draw.GlyphStyle{Color: s.Color, Radius: vg.Points(1.2), Shape: s.Glyph}}
		line := c.line(s)
		marks := &plotter.Scatter{XYs: line.XYs, GlyphStyle: draw.GlyphStyle{Color: s.Color, Radius: vg.Points(3.5), Shape: s.Glyph}}
		p.Add(all)
		if len(c.Front) > 0 {
			p.Add(line, marks)
		}
		legend.Add(c.Name, line, marks)
	}
	return beside(p, legend)
}

// line returns the front as a step line. Its corner between two architectures has the worse figure of both in each objective, so both
// dominate it.
func (c Cloud) line(s Style) *plotter.Line {
	front := xys(c.Front)
	slices.SortFunc(front, func(a, b plotter.XY) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
	steps := plotter.PostStep
	if c.More {
		steps = plotter.PreStep
	}
	return &plotter.Line{XYs: front, StepStyle: steps, LineStyle: draw.LineStyle{Color: s.Color, Width: vg.Points(1.5), Dashes: s.Dashes}}
}

// Fronts draws the evaluations of searches at the full budget like [Front], with one front per method for all its searches. The first
// objective is Y and the second is X. Further objectives are not shown. Fronts returns an error if a search has fewer than two objectives.
func Fronts(title string, all ...Searches) (*Figure, error) {
	var clouds []Cloud
	a := Axes{Title: title}
	for _, s := range all {
		c := Cloud{Name: s.Name}
		for _, h := range s.Histories {
			if len(h.Objectives) < 2 {
				return nil, fmt.Errorf("drawing fronts: the searches of %q must have at least two objectives", s.Name)
			}
			a.Y, a.X, c.More = h.Objectives[0].String(), h.Objectives[1].String(), !h.Objectives[1].Minimize
			for _, e := range h.At(0) {
				if e.OK() {
					c.All = append(c.All, objectives(h, e))
				}
			}
			for _, e := range h.Front() {
				c.Front = append(c.Front, objectives(h, e))
			}
		}
		if len(s.Histories) > 0 {
			c.Front = nondominated(c.Front, s.Histories[0].Objectives)
		}
		clouds = append(clouds, c)
	}
	return Front(a, clouds...), nil
}

// nondominated returns the points that no other point dominates in the first two objectives. The first one is Y.
func nondominated(points [][2]float64, objectives []rl.Objective) [][2]float64 {
	least := func(p [2]float64) []float64 {
		if !objectives[0].Minimize {
			p[1] = -p[1]
		}
		if !objectives[1].Minimize {
			p[0] = -p[0]
		}
		return p[:]
	}
	return slices.DeleteFunc(slices.Clone(points), func(p [2]float64) bool {
		return slices.ContainsFunc(points, func(q [2]float64) bool { return pareto.Dominates(least(q), least(p)) })
	})
}

// Hypervolume draws the hypervolume of the front against the number of evaluations; see [rl.History.Hypervolume] for the reference. A
// line shows the mean over the searches of a method, and a band shows their interquartile range.
func Hypervolume(title string, reference []float64, all ...Searches) (*Figure, error) {
	var curves []Curve
	for _, s := range all {
		var runs [][]reached
		for _, h := range s.Histories {
			volumes, err := h.Hypervolume(reference)
			if err != nil {
				return nil, fmt.Errorf("drawing hypervolumes: %w", err)
			}
			var run []reached
			for i, v := range volumes {
				run = append(run, reached{float64(i + 1), v})
			}
			runs = append(runs, run)
		}
		curves = append(curves, curveOf(s.Name, runs))
	}
	return Lines(Axes{Title: title, X: "evaluations", Y: "hypervolume of the front", Zero: true}, curves), nil
}

func xys(points [][2]float64) plotter.XYs {
	all := make(plotter.XYs, len(points))
	for i, p := range points {
		all[i] = plotter.XY{X: p[0], Y: p[1]}
	}
	return all
}
