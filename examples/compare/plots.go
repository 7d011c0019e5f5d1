package main

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// palette is that of Okabe & Ito, whose colors people with color blindness can tell apart.
var palette = []color.RGBA{
	{213, 94, 0, 255}, {0, 114, 178, 255}, {86, 180, 233, 255}, {204, 121, 167, 255},
	{0, 158, 115, 255}, {230, 159, 0, 255}, {120, 120, 120, 255}, {0, 0, 0, 255},
}

// band is a curve with the mean and the quartiles over the seeds.
type band struct {
	name          string
	color         color.RGBA
	mean          plotter.XYs
	lower, higher plotter.XYs
}

func (b *band) add(x float64, values []float64) {
	slices.Sort(values)
	b.mean = append(b.mean, plotter.XY{X: x, Y: stat.Mean(values, nil)})
	b.lower = append(b.lower, plotter.XY{X: x, Y: stat.Quantile(0.25, stat.Empirical, values, nil)})
	b.higher = append(b.higher, plotter.XY{X: x, Y: stat.Quantile(0.75, stat.Empirical, values, nil)})
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
		func(t total) string { return fmt.Sprintf("%s (%s busy)", t.name, percent(t.busy)) }, filepath.Join(dir, "hours"))
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
	least := math.Inf(1)
	for i, t := range c.totals {
		b := band{name: name(t), color: palette[i%len(palette)]}
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
	return draw(p, bands, c.best, "best of the table", path)
}

// plotMass draws how much of the learned distribution lies on the table's top 1 %, if there is a generator.
func (c comparison) plotMass(dir string) error {
	p := plot.New()
	p.Title.Text = "The learned distribution's share on the top 1 % of the table"
	p.X.Label.Text, p.Y.Label.Text = "evaluations learned from", "share"
	p.Legend.Left = true
	var bands []band
	for i, t := range c.totals {
		shares := map[int][]float64{}
		for _, r := range t.runs {
			for _, m := range r.Mass {
				shares[m.Evals] = append(shares[m.Evals], m.Value)
			}
		}
		b := band{name: t.name, color: palette[i%len(palette)]}
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
	return draw(p, bands, 0.01, "uniform", filepath.Join(dir, "mass"))
}

// draw writes PNG and SVG, with a dashed line at level.
func draw(p *plot.Plot, bands []band, level float64, name, path string) error {
	p.Add(plotter.NewGrid())
	p.Title.Padding = vg.Points(6)
	p.Legend.Top = p.Legend.Left
	p.Legend.Padding, p.Legend.YOffs = vg.Points(2), vg.Points(6)
	p.Legend.XOffs = vg.Points(6)
	if p.Legend.Left {
		p.Legend.YOffs = -p.Legend.YOffs
	} else {
		p.Legend.XOffs = -p.Legend.XOffs
	}
	for _, b := range bands {
		outline := append(slices.Clone(b.lower), b.higher...)
		slices.Reverse(outline[len(b.lower):])
		area, err := plotter.NewPolygon(outline)
		if err != nil {
			return err
		}
		pale := b.color
		area.Color, area.LineStyle.Width = color.NRGBA{pale.R, pale.G, pale.B, 30}, 0
		p.Add(area)
	}
	for _, b := range bands {
		line, err := plotter.NewLine(b.mean)
		if err != nil {
			return err
		}
		line.Color, line.Width = b.color, vg.Points(1.5)
		p.Add(line)
		p.Legend.Add(b.name, line)
	}
	dashed := plotter.NewFunction(func(float64) float64 { return level })
	dashed.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
	p.Add(dashed)
	p.Legend.Add(name, dashed)
	const width, height = 20 * vg.Centimeter, 12 * vg.Centimeter
	return errors.Join(p.Save(width, height, path+".png"), p.Save(width, height, path+".svg"))
}
