package main

import (
	"errors"
	"image/color"
	"math"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// palette is Okabe & Ito's, which those see apart who do not see all colours.
var palette = []color.RGBA{
	{213, 94, 0, 255}, {0, 114, 178, 255}, {86, 180, 233, 255}, {204, 121, 167, 255},
	{0, 158, 115, 255}, {230, 159, 0, 255}, {120, 120, 120, 255}, {0, 0, 0, 255},
}

// band is a curve over the evaluations: mean and quartiles over the seeds.
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

// plotBest draws the best value so far against the evaluations. The first evaluations are cut off: they would take all the
// room.
func (c comparison) plotBest(dir string) error {
	p := plot.New()
	p.Title.Text = "Best so far: mean over the seeds, and the middle half of them"
	p.X.Label.Text, p.Y.Label.Text = "evaluations", c.valid
	var bands []band
	least := math.Inf(1)
	from := (c.evals + 9) / 10
	for i, s := range c.summaries {
		b := band{name: s.name, color: palette[i%len(palette)]}
		for n := from; n <= c.evals; n++ {
			var values []float64
			for _, r := range s.runs {
				values = append(values, r.bestAfter(n))
			}
			b.add(float64(n), values)
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
	return draw(p, bands, c.best, "best of the table", filepath.Join(dir, "best"))
}

// plotMass draws how much of the learned distribution lies on the table's top 1 %. Without a generator there is nothing to
// draw.
func (c comparison) plotMass(dir string) error {
	p := plot.New()
	p.Title.Text = "The learned distribution's share on the top 1 % of the table"
	p.X.Label.Text, p.Y.Label.Text = "evaluations learned from", "share"
	p.Legend.Left = true
	var bands []band
	for i, s := range c.summaries {
		shares := map[int][]float64{}
		for _, r := range s.runs {
			for _, m := range r.Mass {
				shares[m.Evals] = append(shares[m.Evals], m.Value)
			}
		}
		b := band{name: s.name, color: palette[i%len(palette)]}
		for n := range c.evals + 1 {
			if len(shares[n]) > len(s.runs)/2 { // seeds may be looked at at other evaluations
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

// draw writes PNG and SVG. A dashed line stands at level.
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
