// Package frontplot draws what a search by two objectives has found.
package frontplot

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/graphpnas/graphpnas/rl"
)

// The colors of Okabe & Ito, which people with color blindness can tell apart.
var (
	blue   = color.RGBA{0, 114, 178, 255}
	orange = color.RGBA{213, 94, 0, 255}
	gray   = color.RGBA{150, 150, 150, 255}
	pale   = color.NRGBA{0, 158, 115, 28}
)

// growth is after which shares of the evaluations the front is drawn, besides the last.
var growth = []float64{0.25, 0.5}

// New draws a search by two objectives, the first upward and the second to the right: all evaluations, those beyond a limit as
// crosses, the front after a quarter, a half and all of the evaluations, and the region within the limits on the objectives.
// Save it in any format of gonum.org/v1/plot:
//
//	p, err := frontplot.New(history)
//	err = p.Save(16*vg.Centimeter, 12*vg.Centimeter, "front.svg")
//
// It is an error if the search has not two objectives, or nothing has succeeded.
func New(h *rl.History) (*plot.Plot, error) {
	if len(h.Objectives) != 2 {
		return nil, fmt.Errorf("drawing a front: the search must have 2 objectives, got %d", len(h.Objectives))
	}
	worst := h.Worst()
	if worst == nil {
		return nil, errors.New("drawing a front: no evaluation has succeeded")
	}
	p := plot.New()
	p.Title.Text = fmt.Sprintf("%d evaluations of %s", len(h.Evaluations), h.Space)
	p.X.Label.Text, p.Y.Label.Text = h.Objectives[1].String(), h.Objectives[0].String()
	p.Legend.Padding = vg.Points(2)
	p.Add(plotter.NewGrid())
	if err := addEvaluations(p, h); err != nil {
		return nil, err
	}
	for i, share := range append(slices.Clone(growth), 1) {
		if err := addFront(p, h, int(math.Round(share*float64(len(h.Evaluations)))), i); err != nil {
			return nil, err
		}
	}
	return p, addRegion(p, h)
}

// figures returns the second and the first objective of an evaluation.
func figures(h *rl.History, e rl.Evaluation) plotter.XY {
	of := func(metric string) float64 {
		if metric == "" {
			return e.Result.Value
		}
		return e.Result.Metrics[metric]
	}
	return plotter.XY{X: of(h.Objectives[1].Metric), Y: of(h.Objectives[0].Metric)}
}

// addEvaluations adds a mark for each successful evaluation.
func addEvaluations(p *plot.Plot, h *rl.History) error {
	var within, beyond plotter.XYs
	for _, e := range h.Evaluations {
		switch {
		case !e.OK():
		case h.Feasible(e):
			within = append(within, figures(h, e))
		default:
			beyond = append(beyond, figures(h, e))
		}
	}
	for _, kind := range []struct {
		name  string
		at    plotter.XYs
		glyph draw.GlyphDrawer
	}{{"evaluated", within, draw.CircleGlyph{}}, {"beyond a limit", beyond, draw.CrossGlyph{}}} {
		if len(kind.at) == 0 {
			continue
		}
		marks, err := plotter.NewScatter(kind.at)
		if err != nil {
			return fmt.Errorf("drawing a front: %w", err)
		}
		marks.GlyphStyle = draw.GlyphStyle{Color: gray, Radius: vg.Points(2.5), Shape: kind.glyph}
		p.Add(marks)
		p.Legend.Add(kind.name, marks)
	}
	return nil
}

// addFront adds the front after n evaluations, as the steps that bound what it dominates. The last is drawn stronger.
func addFront(p *plot.Plot, h *rl.History, n, number int) error {
	before := *h
	before.Evaluations = h.Evaluations[:n]
	var steps plotter.XYs
	for _, e := range before.Front() {
		at := figures(h, e)
		if last := len(steps) - 1; last >= 0 { // both dominate what has the first objective of the one and the second of the other
			steps = append(steps, plotter.XY{X: steps[last].X, Y: at.Y})
		}
		steps = append(steps, at)
	}
	if len(steps) == 0 {
		return nil
	}
	line, err := plotter.NewLine(steps)
	if err != nil {
		return fmt.Errorf("drawing a front: %w", err)
	}
	line.Color, line.Width = blue, vg.Points(1)
	line.Dashes = []vg.Length{vg.Points(float64(1 + 3*number)), vg.Points(3)}
	if number == len(growth) {
		line.Color, line.Width, line.Dashes = orange, vg.Points(1.8), nil
	}
	p.Add(line)
	p.Legend.Add(fmt.Sprintf("front after %d", n), line)
	return nil
}

// addRegion shades what is within the limits on the objectives, if there are any.
func addRegion(p *plot.Plot, h *rl.History) error {
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
		return nil
	}
	region, err := plotter.NewPolygon(plotter.XYs{low, {X: high.X, Y: low.Y}, high, {X: low.X, Y: high.Y}})
	if err != nil {
		return fmt.Errorf("drawing a front: %w", err)
	}
	region.Color, region.LineStyle.Width = pale, 0
	p.Add(region)
	p.Legend.Add("within the limits", region)
	return nil
}
