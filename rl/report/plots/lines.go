package plots

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Curve is a line with a band around it.
type Curve struct {
	// Name is the name of the method, which determines the style. The legend shows Label, or Name if Label is empty.
	Name, Label string
	// Points must have increasing X.
	Points []Point
}

// Point is a point of a curve. The band extends from Low to High. It is empty if both equal Y.
type Point struct{ X, Y, Low, High float64 }

// Middle returns the point at x whose Y is the mean of the values and whose band is their interquartile range. There must be at least one
// value.
func Middle(x float64, values []float64) Point {
	sorted := slices.Sorted(slices.Values(values))
	return Point{
		X: x, Y: stat.Mean(sorted, nil),
		Low: stat.Quantile(0.25, stat.Empirical, sorted, nil), High: stat.Quantile(0.75, stat.Empirical, sorted, nil),
	}
}

// Axes contains the title of a figure and the labels of its axes with their units.
type Axes struct {
	Title, X, Y string
	// Zero starts the Y axis at zero. Otherwise the axis starts at the lowest point and may cut off a band.
	Zero bool
	// Styles overrides the styles of methods by name; see the function [Styles].
	Styles map[string]Style
}

// Level is a dashed horizontal line, for example at the best value of a benchmark.
type Level struct {
	Name string
	Y    float64
}

// Lines draws curves and levels. It leaves out curves without points.
func Lines(a Axes, curves []Curve, levels ...Level) *Figure {
	curves = slices.DeleteFunc(slices.Clone(curves), func(c Curve) bool { return len(c.Points) == 0 })
	p := a.plot()
	legend := newLegend()
	low := math.Inf(1)
	for _, c := range curves {
		for _, at := range c.Points {
			low = min(low, at.Y)
		}
	}
	if a.Zero {
		low = 0
	}
	styles := a.styles(curves)
	for _, c := range curves {
		if area := c.area(styles[c.Name], low); area != nil {
			p.Add(area)
		}
	}
	for i, c := range curves {
		line, marks := c.line(styles[c.Name]), c.marks(styles[c.Name], float64(i)/float64(len(curves)))
		p.Add(line, marks)
		legend.Add(cmp.Or(c.Label, c.Name), line, marks)
	}
	if len(curves) > 0 {
		p.Y.Min = low
	}
	for i, l := range levels {
		dashed := plotter.NewFunction(func(float64) float64 { return l.Y })
		dashed.Dashes = []vg.Length{vg.Points(4 / float64(i+1)), vg.Points(3)}
		p.Add(dashed)
		legend.Add(l.Name, dashed)
		p.Y.Min, p.Y.Max = min(p.Y.Min, l.Y), max(p.Y.Max, l.Y)
	}
	return beside(p, legend)
}

// plot returns an empty plot with the axes.
func (a Axes) plot() *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = a.Title, a.X, a.Y
	p.Title.Padding = vg.Points(6)
	p.X.Tick.Marker, p.Y.Tick.Marker = round{10}, round{7}
	p.Add(plotter.NewGrid())
	return p
}

func (a Axes) styles(curves []Curve) map[string]Style {
	names := make([]string, len(curves))
	for i, c := range curves {
		names[i] = c.Name
	}
	return Styles(names, a.Styles)
}

func newLegend() plot.Legend {
	legend := plot.NewLegend()
	legend.Left, legend.Top, legend.Padding = true, true, vg.Points(3)
	return legend
}

// beside returns a figure with the legend beside the plot, so that the legend hides nothing.
func beside(p *plot.Plot, legend plot.Legend) *Figure {
	return &Figure{12 * vg.Centimeter, func(all draw.Canvas) {
		const gap = 14
		size := legend.Rectangle(all).Size()
		p.Draw(draw.Crop(all, 0, -size.X-gap, 0, 0))
		legend.Draw(draw.Crop(all, all.Max.X-all.Min.X-size.X, 0, 0, -2*gap))
	}}
}

// area returns the band, cut off below low. It returns nil if the curve has no band.
func (c Curve) area(s Style, low float64) *plotter.Polygon {
	var lower, upper plotter.XYs
	wide := false
	for _, at := range c.Points {
		lower = append(lower, plotter.XY{X: at.X, Y: max(at.Low, low)})
		upper = append(upper, plotter.XY{X: at.X, Y: max(at.High, low)})
		wide = wide || at.High > at.Low
	}
	if !wide {
		return nil
	}
	slices.Reverse(upper)
	return &plotter.Polygon{XYs: []plotter.XYs{append(lower, upper...)}, Color: color.NRGBA{s.Color.R, s.Color.G, s.Color.B, 30}}
}

// line returns the line.
func (c Curve) line(s Style) *plotter.Line {
	line := &plotter.Line{LineStyle: draw.LineStyle{Color: s.Color, Width: vg.Points(1.5), Dashes: s.Dashes}}
	for _, at := range c.Points {
		line.XYs = append(line.XYs, plotter.XY{X: at.X, Y: at.Y})
	}
	return line
}

// numberOfMarks is the maximum number of markers on a curve.
const numberOfMarks = 8

// marks returns equidistant markers on the line. They are shifted by the given fraction of their distance, so that the
// markers of several curves do not hide each other.
func (c Curve) marks(s Style, shift float64) *plotter.Scatter {
	marks := &plotter.Scatter{GlyphStyle: draw.GlyphStyle{Color: s.Color, Radius: vg.Points(3.5), Shape: s.Glyph}}
	first, last := c.Points[0].X, c.Points[len(c.Points)-1].X
	for k := range numberOfMarks {
		x := first + (float64(k)+shift)/numberOfMarks*(last-first)
		i, _ := slices.BinarySearchFunc(c.Points, x, func(p Point, x float64) int { return cmp.Compare(p.X, x) })
		at := c.Points[min(i, len(c.Points)-1)]
		if n := len(marks.XYs); n == 0 || marks.XYs[n-1].X != at.X {
			marks.XYs = append(marks.XYs, plotter.XY{X: at.X, Y: at.Y})
		}
	}
	return marks
}
