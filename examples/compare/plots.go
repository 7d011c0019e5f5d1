package main

import (
	"fmt"
	"path/filepath"

	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/rl/report/plots"
)

// plotBest draws the best value so far against the evaluations.
func (c comparison) plotBest(dir string) error {
	var at []float64
	for n := (c.evals + 9) / 10; n <= c.evals; n++ {
		at = append(at, float64(n))
	}
	return c.plotSoFar("evaluations", at, func(r record, n float64) float64 { return r.bestAfter(int(n)) },
		func(t total) string { return t.name }, filepath.Join(dir, "best"))
}

// hourSteps is the number of points of a curve over hours.
const hourSteps = 300

// plotHours draws the best value so far against simulated time, if time is simulated.
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

// plotSoFar draws the best value so far at some points of an axis. The points leave out the first tenth of the axis, because
// its values would take up most of the plot.
func (c comparison) plotSoFar(
	axis string, at []float64, best func(r record, x float64) float64, label func(total) string, path string,
) error {
	var curves []plots.Curve
	for _, t := range c.totals {
		curve := plots.Curve{Name: t.name, Label: label(t)}
		for _, x := range at {
			var values []float64
			for _, r := range t.runs {
				values = append(values, best(r, x))
			}
			curve.Points = append(curve.Points, plots.Middle(x, values))
		}
		curves = append(curves, curve)
	}
	axes := plots.Axes{Title: "Best so far: mean over the seeds, and the middle half of them", X: axis, Y: c.valid, Styles: report.Styles}
	return report.Save(plots.Lines(axes, curves, plots.Level{Name: "best of the table", Y: c.best}), path)
}

// plotMass draws the probability of the table's top 1 % under the learned distribution, if there is a
// generator.
func (c comparison) plotMass(dir string) error {
	var curves []plots.Curve
	for _, t := range c.totals {
		shares := map[int][]float64{}
		for _, r := range t.runs {
			for _, m := range r.Mass {
				shares[m.Evals] = append(shares[m.Evals], m.Value)
			}
		}
		curve := plots.Curve{Name: t.name}
		for n := range c.evals + 1 {
			if len(shares[n]) > len(t.runs)/2 { // the inspections of different seeds may come after different evaluations
				curve.Points = append(curve.Points, plots.Middle(float64(n), shares[n]))
			}
		}
		if len(curve.Points) > 0 {
			curves = append(curves, curve)
		}
	}
	if len(curves) == 0 {
		return nil
	}
	axes := plots.Axes{
		Title: "Probability of the table's top 1 % under the learned distribution", X: "evaluations learned from", Y: "probability", Zero: true,
		Styles: report.Styles,
	}
	return report.Save(plots.Lines(axes, curves, plots.Level{Name: "uniform", Y: 0.01}), filepath.Join(dir, "mass"))
}
