package main

import (
	"image/color"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/summary"
)

// picture draws the average ranks and regrets of the methods with their intervals, best rank on top.
func (o overall) picture(path string) error {
	if len(o.scores) == 0 {
		return nil
	}
	scores := o.byRank()
	rank := panel("Average rank", "1 is best", scores, func(s score) summary.Interval { return s.rank })
	rank.X.Min, rank.X.Max = 1-0.02*float64(len(scores)), float64(len(scores))*1.02
	rank.X.Tick.Marker = plot.TickerFunc(func(float64, float64) []plot.Tick {
		var whole []plot.Tick
		for r := 1; r <= len(scores); r++ {
			whole = append(whole, plot.Tick{Value: float64(r), Label: strconv.Itoa(r)})
		}
		return whole
	})
	regret := panel("Normalised regret", "0 is the best of a table, 1 its median", scores,
		func(s score) summary.Interval { return s.regret })
	regret.X.Min = min(0, regret.X.Min)
	height := vg.Length(len(scores))*0.9*vg.Centimeter + 3*vg.Centimeter
	return report.Picture(path, height, func(all draw.Canvas) {
		middle := (all.Max.X - all.Min.X) / 2
		rank.Draw(draw.Crop(all, 0, -middle-8, 0, 0))
		regret.Draw(draw.Crop(all, middle+8, 0, 0, 0))
	})
}

// panel draws a dot with an interval for each method.
func panel(title, axis string, scores []score, of func(score) summary.Interval) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text = title, axis
	p.Title.Padding = vg.Points(6)
	p.X.Padding = 0
	grid := plotter.NewGrid()
	grid.Horizontal.Color = nil
	p.Add(grid)
	names := make([]string, len(scores))
	for i, s := range scores {
		names[i] = s.name
	}
	styles := report.StylesOf(names)
	lines := make(plot.ConstantTicks, len(scores))
	for i, s := range scores {
		y := float64(len(scores) - i)
		lines[i] = plot.Tick{Value: y, Label: s.name}
		p.Add(dot{of(s), y, styles[s.name].Color})
	}
	p.Y.Tick.Marker = lines
	p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	p.Y.Tick.Label.Font.Size = font.Length(11)
	p.Y.Min, p.Y.Max = 0.5, float64(len(scores))+0.5
	return p
}

// dot draws an interval as a line with a mark at the value.
type dot struct {
	summary.Interval
	y     float64
	color color.Color
}

var (
	_ plot.Plotter    = dot{}
	_ plot.DataRanger = dot{}
)

// Plot draws.
func (d dot) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	if d.Known() {
		line := draw.LineStyle{Color: d.color, Width: vg.Points(2)}
		c.StrokeLine2(line, x(float64(d.Low)), y(d.y), x(float64(d.High)), y(d.y))
		for _, end := range []summary.Number{d.Low, d.High} {
			at := x(float64(end))
			c.StrokeLine2(line, at, y(d.y)-vg.Points(4), at, y(d.y)+vg.Points(4))
		}
	}
	at := vg.Point{X: x(d.Value), Y: y(d.y)}
	c.DrawGlyph(draw.GlyphStyle{Color: color.White, Radius: vg.Points(7), Shape: draw.CircleGlyph{}}, at)
	c.DrawGlyph(draw.GlyphStyle{Color: d.color, Radius: vg.Points(5), Shape: draw.CircleGlyph{}}, at)
}

// DataRange returns what the axes must show.
func (d dot) DataRange() (xmin, xmax, ymin, ymax float64) {
	low, high := d.Value, d.Value
	if d.Known() {
		low, high = float64(d.Low), float64(d.High)
	}
	reach := 0.03 * max(high-low, 0.1)
	return low - reach, high + reach, d.y, d.y
}
