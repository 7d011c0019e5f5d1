package plots

import (
	"fmt"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/graphpnas/graphpnas/rl"
)

// Budgets draws the figures of all architectures against their budgets, for searches with several budgets, such as those of
// rl/baseline.ASHA and rl/baseline.Hyperband. Lines connect the evaluations of promoted architectures, and thicker lines those of
// architectures that reached the full budget.
//
// The figure is that of the first objective, by default the value; the argument objective is its label, with its unit. The argument unit
// is the unit of budgets, such as "epochs"; it may be empty.
//
// Budgets returns an error if the search has only one budget.
func Budgets(title, objective, unit string, h *rl.History) (*Figure, error) {
	budgets := h.Budgets()
	if len(budgets) < 2 {
		return nil, fmt.Errorf("drawing budgets: the search must have evaluated at two or more budgets, got %d", len(budgets))
	}
	axes := Axes{Title: title, X: "budget", Y: objective}
	if unit != "" {
		axes.X = fmt.Sprintf("budget (%s)", unit)
	}
	p := axes.plot()
	p.X.Tick.Marker = budgetTicks(budgets)
	legend := newLegend()
	once, promoted := byBudget(h, budgets)
	if len(once) > 0 {
		marks := &plotter.Scatter{XYs: once, GlyphStyle: draw.GlyphStyle{Color: evaluated, Radius: vg.Points(2), Shape: draw.RingGlyph{}}}
		p.Add(marks)
		legend.Add("not promoted", marks)
	}
	last := float64(slices.Index(budgets, 0)) // −1 if no evaluation was at the full budget
	reached := func(points plotter.XYs) bool { return points[len(points)-1].X == last }
	risen := slices.DeleteFunc(slices.Clone(promoted), func(points plotter.XYs) bool { return !reached(points) })
	addLines(p, &legend, "promoted", Style{Color: colors[5], Dashes: []vg.Length{3, 2}, Glyph: draw.TriangleGlyph{}}, 0.7, slices.DeleteFunc(promoted, reached))
	addLines(p, &legend, "promoted to the full budget", Style{Color: colors[0], Glyph: draw.CircleGlyph{}}, 1.6, risen)
	p.X.Min, p.X.Max = -0.3, float64(len(budgets))-0.7
	return beside(p, legend), nil
}

// byBudget returns a point for each architecture that succeeded at only one budget, and a list of points by ascending budget for
// each other one. X is the index of the budget, and Y is the figure of the first objective.
func byBudget(h *rl.History, budgets []float64) (once plotter.XYs, promoted []plotter.XYs) {
	o, _ := goal(h)
	points := map[string]plotter.XYs{}
	var keys []string
	for i, budget := range budgets {
		for _, e := range h.At(budget) {
			v, ok := o.Figure(e.Result)
			if !ok || !e.OK() {
				continue
			}
			if points[e.Key] == nil {
				keys = append(keys, e.Key)
			}
			points[e.Key] = append(points[e.Key], plotter.XY{X: float64(i), Y: v})
		}
	}
	for _, key := range keys {
		if its := points[key]; len(its) == 1 {
			once = append(once, its[0])
		} else {
			promoted = append(promoted, its)
		}
	}
	return once, promoted
}

// addLines adds a line for each architecture.
func addLines(p *plot.Plot, legend *plot.Legend, name string, s Style, width float64, all []plotter.XYs) {
	for i, points := range all {
		line := &plotter.Line{XYs: points, LineStyle: draw.LineStyle{Color: s.Color, Width: vg.Points(width), Dashes: s.Dashes}}
		marks := &plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: s.Color, Radius: vg.Points(2.5), Shape: s.Glyph}}
		p.Add(line, marks)
		if i == 0 {
			legend.Add(name, line, marks)
		}
	}
}

// budgetTicks labels the indices of budgets.
func budgetTicks(budgets []float64) plot.ConstantTicks {
	ticks := make(plot.ConstantTicks, len(budgets))
	for i, b := range budgets {
		ticks[i] = plot.Tick{Value: float64(i), Label: strconv.FormatFloat(b, 'g', 6, 64)}
	}
	if last := slices.Index(budgets, 0); last >= 0 {
		ticks[last].Label = "full"
	}
	return ticks
}
