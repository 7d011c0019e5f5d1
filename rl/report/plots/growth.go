package plots

import (
	"errors"
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/graphpnas/graphpnas/rl"
)

var (
	evaluated = color.RGBA{130, 130, 130, 255}
	excluded  = color.RGBA{60, 60, 60, 255} // crosses are thin
	allowed   = color.NRGBA{colors[2].R, colors[2].G, colors[2].B, 28}
)

// growth lists the fractions of the evaluations after which FrontGrowth draws the front.
var growth = []float64{0.25, 0.5, 1}

// FrontGrowth draws how the front of a search with two objectives grew. It draws all evaluations at the full budget, with those beyond a
// limit as crosses; the front after a quarter, a half and all of the evaluations; and the region within the limits on the two objectives.
// The first objective is Y and the second is X. By default the title consists of the space and the number of evaluations.
//
// FrontGrowth returns an error if the search does not have exactly two objectives or if no evaluation has succeeded.
func FrontGrowth(title string, h *rl.History) (*Figure, error) {
	if len(h.Objectives) != 2 {
		return nil, fmt.Errorf("drawing the growth of a front: the search must have 2 objectives, got %d", len(h.Objectives))
	}
	if h.Worst() == nil {
		return nil, errors.New("drawing the growth of a front: no evaluation has succeeded")
	}
	if title == "" {
		title = fmt.Sprintf("%d evaluations of %s", len(h.Evaluations), h.Space)
	}
	p := Axes{Title: title, X: h.Objectives[1].String(), Y: h.Objectives[0].String()}.plot()
	legend := newLegend()
	addEvaluations(p, &legend, h)
	for i, share := range growth {
		addFront(p, &legend, h, int(math.Round(share*float64(len(h.Evaluations)))), i)
	}
	addRegion(p, &legend, h)
	return beside(p, legend), nil
}

// objectives returns the figures of an evaluation: X is the second objective and Y the first.
func objectives(h *rl.History, e rl.Evaluation) [2]float64 {
	across, _ := h.Objectives[1].Figure(e.Result)
	up, _ := h.Objectives[0].Figure(e.Result)
	return [2]float64{across, up}
}

// addEvaluations adds a marker for each successful evaluation.
func addEvaluations(p *plot.Plot, legend *plot.Legend, h *rl.History) {
	var within, beyond [][2]float64
	for _, e := range h.At(0) {
		switch {
		case !e.OK():
		case h.Feasible(e):
			within = append(within, objectives(h, e))
		default:
			beyond = append(beyond, objectives(h, e))
		}
	}
	for _, kind := range []struct {
		name  string
		at    [][2]float64
		glyph draw.GlyphStyle
	}{
		{"evaluated", within, draw.GlyphStyle{Color: evaluated, Radius: vg.Points(2.5), Shape: draw.CircleGlyph{}}},
		{"beyond a limit", beyond, draw.GlyphStyle{Color: excluded, Radius: vg.Points(3), Shape: draw.CrossGlyph{}}},
	} {
		if len(kind.at) == 0 {
			continue
		}
		marks := &plotter.Scatter{XYs: xys(kind.at), GlyphStyle: kind.glyph}
		p.Add(marks)
		legend.Add(kind.name, marks)
	}
}

// addFront adds the front after n evaluations. The last front is solid and thicker.
func addFront(p *plot.Plot, legend *plot.Legend, h *rl.History, n, number int) {
	before := *h
	before.Evaluations = h.Evaluations[:n]
	c := Cloud{More: !h.Objectives[1].Minimize}
	for _, e := range before.Front() {
		c.Front = append(c.Front, objectives(h, e))
	}
	if len(c.Front) == 0 {
		return
	}
	s := Style{Color: colors[0], Dashes: []vg.Length{vg.Points(float64(2 + 4*number)), vg.Points(3)}}
	last := number == len(growth)-1
	if last {
		s = Style{Color: colors[1]}
	}
	line := c.line(s)
	if last {
		line.Width = vg.Points(2.2)
	}
	p.Add(line)
	legend.Add(fmt.Sprintf("front after %d", n), line)
}

// addRegion shades the region within the limits on the objectives, if there are any.
func addRegion(p *plot.Plot, legend *plot.Legend, h *rl.History) {
	low, high := plotter.XY{X: p.X.Min, Y: p.Y.Min}, plotter.XY{X: p.X.Max, Y: p.Y.Max}
	limited := false
	narrow := func(metric string, from, to *float64) {
		for _, l := range h.Limits {
			if l.Metric != metric {
				continue
			}
			if limited = true; l.AtLeast {
				*from = max(*from, l.Bound)
			} else {
				*to = min(*to, l.Bound)
			}
		}
	}
	narrow(h.Objectives[1].Metric, &low.X, &high.X)
	narrow(h.Objectives[0].Metric, &low.Y, &high.Y)
	if !limited || low.X >= high.X || low.Y >= high.Y {
		return
	}
	region := &plotter.Polygon{XYs: []plotter.XYs{{low, {X: high.X, Y: low.Y}, high, {X: low.X, Y: high.Y}}}, Color: allowed}
	p.Add(region)
	legend.Add("within the limits", region)
}
