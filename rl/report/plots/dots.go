package plots

import (
	"image/color"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/graphpnas/graphpnas/internal/finite"
)

// Panel is a part of a figure with a row for each method, for example to show average ranks.
type Panel struct {
	Title, Axis string
	// Dots lists the dot of each method, from top to bottom.
	Dots []Dot
	// Ranks makes the axis range from 1 to the number of methods, with a tick at each integer. Otherwise the axis includes zero if no value
	// is negative.
	Ranks bool
}

// Dot is the value of a method with an interval from Low to High. The interval is drawn if both ends are finite.
type Dot struct {
	Name             string
	Value, Low, High float64
}

// Dots draws panels side by side. The argument given overrides the styles of methods by name; see [Styles].
func Dots(given map[string]Style, panels ...Panel) *Figure {
	most := 0
	for _, p := range panels {
		most = max(most, len(p.Dots))
	}
	height := vg.Length(most)*0.9*vg.Centimeter + 3*vg.Centimeter
	return &Figure{height, func(all draw.Canvas) {
		const gap = 16
		share := (all.Max.X - all.Min.X - gap*vg.Length(len(panels)-1)) / vg.Length(len(panels))
		for i, p := range panels {
			left := vg.Length(i) * (share + gap)
			p.plot(given).Draw(draw.Crop(all, left, left+share-(all.Max.X-all.Min.X), 0, 0))
		}
	}}
}

// plot draws the panel.
func (f Panel) plot(given map[string]Style) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text = f.Title, f.Axis
	p.Title.Padding = vg.Points(6)
	p.X.Padding = 0
	grid := plotter.NewGrid()
	grid.Horizontal.Color = nil
	p.Add(grid)
	names := make([]string, len(f.Dots))
	for i, d := range f.Dots {
		names[i] = d.Name
	}
	styles := Styles(names, given)
	lines := make(plot.ConstantTicks, len(f.Dots))
	n := float64(len(f.Dots))
	for i, d := range f.Dots {
		lines[i] = plot.Tick{Value: n - float64(i), Label: d.Name}
		p.Add(dot{d, n - float64(i), styles[d.Name].Color})
	}
	p.Y.Tick.Marker = lines
	p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	p.Y.Tick.Label.Font.Size = font.Length(11)
	p.Y.Min, p.Y.Max = 0.5, n+0.5
	if f.Ranks {
		p.X.Min, p.X.Max = 1-0.02*n, n*1.02
		p.X.Tick.Marker = plot.TickerFunc(func(float64, float64) []plot.Tick { return whole(len(f.Dots)) })
	} else {
		p.X.Min = min(0, p.X.Min)
		p.X.Tick.Marker = round{8}
	}
	return p
}

// whole returns ticks at the integers from 1 to n.
func whole(n int) []plot.Tick {
	var ticks []plot.Tick
	for r := 1; r <= n; r++ {
		ticks = append(ticks, plot.Tick{Value: float64(r), Label: strconv.Itoa(r)})
	}
	return ticks
}

// dot draws an interval as a line and its value as a circle.
type dot struct {
	Dot
	y     float64
	color color.Color
}

var (
	_ plot.Plotter    = dot{}
	_ plot.DataRanger = dot{}
)

func (d dot) known() bool { return finite.Is(d.Low) && finite.Is(d.High) }

// Plot implements [plot.Plotter].
func (d dot) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	if d.known() {
		line := draw.LineStyle{Color: d.color, Width: vg.Points(2)}
		c.StrokeLine2(line, x(d.Low), y(d.y), x(d.High), y(d.y))
		for _, end := range []float64{d.Low, d.High} {
			c.StrokeLine2(line, x(end), y(d.y)-vg.Points(4), x(end), y(d.y)+vg.Points(4))
		}
	}
	at := vg.Point{X: x(d.Value), Y: y(d.y)}
	c.DrawGlyph(draw.GlyphStyle{Color: color.White, Radius: vg.Points(7), Shape: draw.CircleGlyph{}}, at)
	c.DrawGlyph(draw.GlyphStyle{Color: d.color, Radius: vg.Points(5), Shape: draw.CircleGlyph{}}, at)
}

// DataRange implements [plot.DataRanger].
func (d dot) DataRange() (xmin, xmax, ymin, ymax float64) {
	low, high := d.Value, d.Value
	if d.known() {
		low, high = d.Low, d.High
	}
	reach := 0.03 * max(high-low, 0.1)
	return low - reach, high + reach, d.y, d.y
}
