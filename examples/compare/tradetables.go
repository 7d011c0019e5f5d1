package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl/report/plots"
	"gonum.org/v1/gonum/stat"
)

// tradeTotal is a method over all its finished searches.
type tradeTotal struct {
	name          string
	runs          []tradeRun
	half, all     summary.Estimate // shares after half and all of the evaluations, in percent
	best          float64          // mean over the seeds that found something within the limits
	until         float64          // median evaluations until the baseline's mean share at its end; infinite if most never reach it
	beyond        int              // evaluations that broke a limit
	within        float64          // mean fraction of a generator's samples within the limits, NaN without a generator
	seconds       float64          // mean
	halfMore, gap summary.Interval // paired differences to the baseline, in percent
}

// after returns the share after n evaluations, or at the end of a shorter search.
func (r *tradeRun) after(n int) float64 {
	if n = min(n, len(r.Shares)); n == 0 {
		return 0
	}
	return r.Shares[n-1]
}

// totals summarizes the results of each method.
func (t *trade) totals(all []tradeRun) []tradeTotal {
	var totals []tradeTotal
	for _, m := range t.methods {
		total := tradeTotal{name: m.Name}
		for _, r := range all {
			if r.Method == m.Name {
				total.runs = append(total.runs, r)
			}
		}
		if len(total.runs) > 0 {
			totals = append(totals, total)
		}
	}
	var base *tradeTotal
	for i := range totals {
		t.sum(&totals[i])
		if totals[i].name == t.baseline {
			base = &totals[i]
		}
	}
	for i := range totals {
		if base != nil {
			t.against(&totals[i], base)
		}
	}
	return totals
}

// sum fills in the means.
func (t *trade) sum(total *tradeTotal) {
	var half, all, best, within []float64
	for _, r := range total.runs {
		half, all = append(half, 100*r.after(t.evals/2)), append(all, 100*r.after(t.evals))
		if r.Best.Known() {
			best = append(best, float64(r.Best))
		}
		if r.Within != nil {
			within = append(within, *r.Within)
		}
		total.beyond += r.Beyond
		total.seconds += r.Seconds / float64(len(total.runs))
	}
	total.half, total.all = summary.Of(half), summary.Of(all)
	total.best, total.within = mean(best), mean(within)
}

// mean returns the mean, or NaN if there are no values.
func mean(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	return summary.Of(x).Mean
}

// median sorts its argument.
func median(x []float64) float64 {
	slices.Sort(x)
	return stat.Quantile(0.5, stat.Empirical, x, nil)
}

// against compares a method with the baseline, over the seeds that both have finished.
func (t *trade) against(total, base *tradeTotal) {
	var until []float64
	own, other := [2][]float64{}, [2][]float64{}
	for _, r := range total.runs {
		n := 1
		for n <= t.evals && 100*r.after(n) < base.all.Mean {
			n++
		}
		if n > t.evals {
			until = append(until, math.Inf(1))
		} else {
			until = append(until, float64(n))
		}
		for _, b := range base.runs {
			if b.Seed == r.Seed {
				own[0], other[0] = append(own[0], 100*r.after(t.evals/2)), append(other[0], 100*b.after(t.evals/2))
				own[1], other[1] = append(own[1], 100*r.after(t.evals)), append(other[1], 100*b.after(t.evals))
			}
		}
	}
	total.until = median(until)
	if len(own[0]) > 0 {
		total.halfMore, total.gap = summary.Paired(own[0], other[0]), summary.Paired(own[1], other[1])
	}
}

// report writes tables and the plot, and prints the table.
func (t *trade) report(all []tradeRun, stdout io.Writer) error {
	totals := t.totals(all)
	table := func(w io.Writer) error { return t.markdown(w, totals) }
	return errors.Join(
		program.WriteFile(filepath.Join(t.out, "objectives.md"), table),
		program.WriteFile(filepath.Join(t.out, "objectives.csv"), func(w io.Writer) error { return t.csv(w, totals) }),
		t.plot(totals),
		table(stdout),
	)
}

func (t *trade) markdown(w io.Writer, totals []tradeTotal) error {
	p := report.NewPrinter(w)
	p.Printf("%d evaluations in each search, seeds from %d. Objectives: %v; limits: %v. The reference point of hypervolumes is the table's\n"+
		"worst figures, %v. Hypervolumes are given as a share of that of the table's front.\n\n", t.evals, t.seed, t.objectives, t.limits, t.reference)
	p.Header([]string{
		"method", "seeds", fmt.Sprintf("hypervolume after %d, %%", t.evals/2), fmt.Sprintf("after %d, %%", t.evals),
		"evaluations until " + t.baseline + "'s", "best " + t.objectives[0].Metric, "beyond a limit", "samples within", "seconds",
	})
	for _, total := range totals {
		until := fmt.Sprintf("%.0f", total.until)
		if math.IsInf(total.until, 1) {
			until = fmt.Sprintf("> %d", t.evals)
		}
		p.Row([]string{
			total.name, strconv.Itoa(len(total.runs)), total.half.Cell(2), total.all.Cell(2), until,
			report.Known("%.3f", summary.Number(total.best)), strconv.Itoa(total.beyond),
			report.Known("%.2f", summary.Number(total.within)), fmt.Sprintf("%.1f", total.seconds),
		})
	}
	p.Printf("\n")
	p.Header([]string{"against " + t.baseline, fmt.Sprintf("difference after %d, %%", t.evals/2), fmt.Sprintf("after %d, %%", t.evals)})
	for _, total := range totals {
		if total.name != t.baseline {
			p.Row([]string{total.name, total.halfMore.Text("%+.2f"), total.gap.Text("%+.2f")})
		}
	}
	p.Printf("\nParentheses contain 95 %% intervals of the paired differences over the seeds.\n")
	return p.Err()
}

// csv writes a row for each method, unrounded.
func (t *trade) csv(w io.Writer, totals []tradeTotal) error {
	rows := [][]string{{
		"method", "seeds", "half_mean", "half_sd", "half_se", "mean", "sd", "se", "best", "until", "beyond", "within", "seconds",
		"half_difference", "half_low", "half_high", "difference", "low", "high",
	}}
	for _, total := range totals {
		row := append([]string{total.name, strconv.Itoa(len(total.runs))}, report.Estimate(total.half)...)
		row = append(row, report.Estimate(total.all)...)
		row = append(row, report.Numbers(total.best, total.until, float64(total.beyond), total.within, total.seconds)...)
		for _, i := range []summary.Interval{total.halfMore, total.gap} {
			row = append(row, report.Numbers(i.Value, float64(i.Low), float64(i.High))...)
		}
		rows = append(rows, row)
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// plot draws the shares of the hypervolume against the evaluations.
func (t *trade) plot(totals []tradeTotal) error {
	var curves []plots.Curve
	for _, total := range totals {
		curve := plots.Curve{Name: total.name, Label: total.name}
		for n := (t.evals + 9) / 10; n <= t.evals; n++ {
			var values []float64
			for _, r := range total.runs {
				values = append(values, 100*r.after(n))
			}
			curve.Points = append(curve.Points, plots.Middle(float64(n), values))
		}
		curves = append(curves, curve)
	}
	axes := plots.Axes{
		Title: "Hypervolume: mean over the seeds, and the middle half of them", X: "evaluations", Y: "share of the table's, %",
		Styles: report.Styles,
	}
	return report.Save(plots.Lines(axes, curves, plots.Level{Name: "the table's front", Y: 100}), filepath.Join(t.out, "volume"))
}
