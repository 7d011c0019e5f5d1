package plots

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Cloud is what a method has found with two objectives.
type Cloud struct {
	Name string
	// All are all evaluations, and Front those that no other one is better than in both objectives: X and Y of each.
	All, Front [][2]float64
}

// Front draws evaluations as small marks and the front of each method as a line of steps, whose corners are what can be had.
// Less of X must be better: between two corners the front stays at the Y of the left one. Multiply X by −1 otherwise.
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
		front := xys(c.Front)
		slices.SortFunc(front, func(a, b plotter.XY) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
		line := &plotter.Line{XYs: front, StepStyle: plotter.PostStep, LineStyle: draw.LineStyle{Color: s.Color, Width: vg.Points(1.5), Dashes: s.Dashes}}
		marks := &plotter.Scatter{XYs: front, GlyphStyle: draw.GlyphStyle{Color: s.Color, Radius: vg.Points(3.5), Shape: s.Glyph}}
		p.Add(all)
		if len(front) > 0 {
			p.Add(line, marks)
		}
		legend.Add(c.Name, line, marks)
	}
	return beside(p, legend)
}

func xys(points [][2]float64) plotter.XYs {
	all := make(plotter.XYs, len(points))
	for i, p := range points {
		all[i] = plotter.XY{X: p[0], Y: p[1]}
	}
	return all
}
