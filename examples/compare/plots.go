package main

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/graphpnas/graphpnas/examples/internal/report"
)

// band is a curve with the mean and the quartiles over the seeds.
type band struct {
	name          string
	style         report.Style
	mean          plotter.XYs
	lower, higher plotter.XYs
}

func (b *band) add(x float64, values []float64) {
	slices.Sort(values)
	b.mean = append(b.mean, plotter.XY{X: x, Y: stat.Mean(values, nil)})
	b.lower = append(b.lower, plotter.XY{X: x, Y: stat.Quantile(0.25, stat.Empirical, values, nil)})
	b.higher = append(b.higher, plotter.XY{X: x, Y: stat.Quantile(0.75, stat.Empirical, values, nil)})
}

// marks returns where the curve has its marks: eight of them at equal distances, shifted by a fraction of a distance so that
// the marks of several curves do not hide one another.
func (b *band) marks(shift float64) plotter.XYs {
	const marks = 8
	var all plotter.XYs
	first, last := b.mean[0].X, b.mean[len(b.mean)-1].X
	for k := range marks {
		x := first + (float64(k)+shift)/marks*(last-first)
		i, _ := slices.BinarySearchFunc(b.mean, x, func(p plotter.XY, x float64) int { return cmp.Compare(p.X, x) })
		if p := b.mean[min(i, len(b.mean)-1)]; len(all) == 0 || all[len(all)-1] != p {
			all = append(all, p)
		}
	}
	return all
}

// plotBest draws the best value so far against the evaluations.
func (c comparison) plotBest(dir string) error {
	var at []float64
	for n := (c.evals + 9) / 10; n <= c.evals; n++ {
		at = append(at, float64(n))
	}
	return c.plotSoFar("evaluations", at, func(r record, n float64) float64 { return r.bestAfter(int(n)) },
		func(t total) string { return t.name }, filepath.Join(dir, "best"))
}

// hourSteps is how many points a curve over hours has.
const hourSteps = 300

// plotHours draws the best value so far against simulated time, if there is any.
func (c comparison) plotHours(dir string) error {
	if !c.simulated() {
		return nil
	}
	most := 0.0
	for _, t := range c.totals {
		for _, r := range t.runs {
			most = max(most, r.Simulated.Hours)
		}
	}
	var at []float64
	for i := hourSteps / 10; i <= hourSteps; i++ {
		at = append(at, most*float64(i)/hourSteps)
	}
	return c.plotSoFar("simulated hours", at, func(r record, hours float64) float64 { return r.Simulated.bestAfter(hours) },
		func(t total) string { return fmt.Sprintf("%s (%s busy)", t.name, report.Percent(t.busy)) }, filepath.Join(dir, "hours"))
}

// plotSoFar draws the best value so far at some places of an axis. These leave out the first tenth of the axis, which would
// take all the room.
func (c comparison) plotSoFar(
	axis string, at []float64, best func(r record, x float64) float64, name func(total) string, path string,
) error {
	p := plot.New()
	p.Title.Text = "Best so far: mean over the seeds, and the middle half of them"
	p.X.Label.Text, p.Y.Label.Text = axis, c.valid
	var bands []band
	styles := c.styles()
	least := math.Inf(1)
	for _, t := range c.totals {
		b := band{name: name(t), style: styles[t.name]}
		for _, x := range at {
			var values []float64
			for _, r := range t.runs {
				values = append(values, best(r, x))
			}
			b.add(x, values)
		}
		least = min(least, b.mean[0].Y)
		bands = append(bands, b)
	}
	for _, b := range bands {
		for i := range b.lower {
			b.lower[i].Y = max(b.lower[i].Y, least)
		}
	}
	p.Y.Min = least
	return save(p, bands, c.best, "best of the table", path)
}

// plotMass draws how much of the learned distribution lies on the table's top 1 %, if there is a generator.
func (c comparison) plotMass(dir string) error {
	p := plot.New()
	p.Title.Text = "The learned distribution's share on the top 1 % of the table"
	p.X.Label.Text, p.Y.Label.Text = "evaluations learned from", "share"
	var bands []band
	styles := c.styles()
	for _, t := range c.totals {
		shares := map[int][]float64{}
		for _, r := range t.runs {
			for _, m := range r.Mass {
				shares[m.Evals] = append(shares[m.Evals], m.Value)
			}
		}
		b := band{name: t.name, style: styles[t.name]}
		for n := range c.evals + 1 {
			if len(shares[n]) > len(t.runs)/2 { // the looks of different seeds may come after different evaluations
				b.add(float64(n), shares[n])
			}
		}
		if len(b.mean) > 0 {
			bands = append(bands, b)
		}
	}
	if len(bands) == 0 {
		return nil
	}
	p.Y.Min = 0
	return save(p, bands, 0.01, "uniform", filepath.Join(dir, "mass"))
}

// styles returns how the methods of the comparison are drawn.
func (c comparison) styles() map[string]report.Style {
	var names []string
	for _, t := range c.totals {
		names = append(names, t.name)
	}
	return report.StylesOf(names)
}

// save draws the curves and a dashed line at a level, and writes PNG and SVG.
func save(p *plot.Plot, bands []band, level float64, name, path string) error {
	p.Add(plotter.NewGrid())
	p.Title.Padding = vg.Points(6)
	legend := plot.NewLegend()
	legend.Left, legend.Top, legend.Padding = true, true, vg.Points(2)
	for _, b := range bands {
		area, err := b.area()
		if err != nil {
			return err
		}
		p.Add(area)
	}
	for i, b := range bands {
		line, marks, err := b.curve(float64(i) / float64(len(bands)))
		if err != nil {
			return err
		}
		p.Add(line, marks)
		legend.Add(b.name, line, marks)
	}
	dashed := plotter.NewFunction(func(float64) float64 { return level })
	dashed.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
	p.Add(dashed)
	legend.Add(name, dashed)
	p.Y.Max = max(p.Y.Max, level)
	return report.Picture(path, 12*vg.Centimeter, func(all draw.Canvas) { // the legend stands beside the plot, where it hides nothing
		const gap = 14
		size := legend.Rectangle(all).Size()
		p.Draw(draw.Crop(all, 0, -size.X-gap, 0, 0))
		legend.Draw(draw.Crop(all, all.Max.X-all.Min.X-size.X, 0, 0, -2*gap))
	})
}

// area returns what lies between the quartiles.
func (b *band) area() (*plotter.Polygon, error) {
	outline := append(slices.Clone(b.lower), b.higher...)
	slices.Reverse(outline[len(b.lower):])
	area, err := plotter.NewPolygon(outline)
	if err != nil {
		return nil, err
	}
	pale := b.style.Color
	area.Color, area.LineStyle.Width = color.NRGBA{pale.R, pale.G, pale.B, 30}, 0
	return area, nil
}

// curve returns the line of the means and its marks.
func (b *band) curve(shift float64) (*plotter.Line, *plotter.Scatter, error) {
	line, err := plotter.NewLine(b.mean)
	if err != nil {
		return nil, nil, err
	}
	line.Color, line.Width, line.Dashes = b.style.Color, vg.Points(1.5), b.style.Dashes
	marks, err := plotter.NewScatter(b.marks(shift))
	if err != nil {
		return nil, nil, err
	}
	marks.GlyphStyle = draw.GlyphStyle{Color: b.style.Color, Radius: vg.Points(3.5), Shape: b.style.Glyph}
	return line, marks, nil
}
