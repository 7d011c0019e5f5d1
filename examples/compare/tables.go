package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/internal/summary"
)

func (c comparison) writeTables(dir string) error {
	return errors.Join(
		write(filepath.Join(dir, "compare.md"), c.markdown),
		write(filepath.Join(dir, "compare.csv"), c.csv),
	)
}

func write(path string, content func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return content(f)
}

// markdown writes a table of what the methods found, and one of how they compare with the paper's.
func (c comparison) markdown(w io.Writer) error {
	p := printer{w: w}
	p.printf("%d evaluations in each search, seeds from %d. The table's best %s is %.3f.\n", c.evals, c.seed, c.valid, c.best)
	p.printf("%s\n", c.clock())
	header := []string{
		"method", "seeds", "best " + c.valid + ": mean ± standard error", "deviation", "its " + c.options.test, "deviation",
		"find the best", fmt.Sprintf("reach %.3f", c.reach), "evaluations until then", "seconds",
	}
	if c.simulated() {
		header = append(header, "hours until then", "hours until its best", "hours in all", "workers busy")
	}
	p.row(header)
	p.printf("|%s\n", strings.Repeat("---|", len(header)))
	for _, t := range c.totals {
		row := []string{
			t.name, strconv.Itoa(len(t.runs)),
			fmt.Sprintf("%.3f ± %.3f", t.valid.Mean, t.valid.StdErr), fmt.Sprintf("%.3f", t.valid.Deviation),
			fmt.Sprintf("%.3f ± %.3f", t.test.Mean, t.test.StdErr), fmt.Sprintf("%.3f", t.test.Deviation),
			percent(t.hits), percent(t.reached), c.evaluations(t.until), fmt.Sprintf("%.1f", t.seconds),
		}
		if c.simulated() {
			row = append(row, t.hoursUntilThen(), hours(t.hoursToBest), hours(t.hours), percent(t.busy))
		}
		p.row(row)
	}
	if c.comparable() {
		p.printf("\n| against %s | difference of means | beats it | p (Mann-Whitney) |\n|---|---|---|---|\n", paper)
		for _, t := range c.totals {
			if t.name != paper {
				p.printf("| %s | %s | %s | %.2g |\n", t.name,
					format("%+.3f", t.against.difference), format("%.2f", t.against.superior), t.against.p)
			}
		}
		p.printf("\nIn brackets 95 %% bootstrap intervals. \"Beats it\" is the probability that one seed finds better than one\n"+
			"seed of %s does, a tie counting half.\n", paper)
	}
	p.printf("\n%v.\n", c.failures)
	return p.err
}

// clock describes simulated time in a line, if there is any.
func (c comparison) clock() string {
	if !c.simulated() {
		return ""
	}
	order := "the library's default lag"
	switch {
	case c.arrival:
		order = "results seen as they arrive"
	case c.lag > 0:
		order = fmt.Sprintf("lag %d", c.lag)
	}
	costs := "the column " + c.cost
	if c.times != "" {
		costs = "made-up training times from " + filepath.Base(c.times)
	}
	workers := "1 worker"
	if c.workers > 1 {
		workers = fmt.Sprintf("%d workers", c.workers)
	}
	return fmt.Sprintf("Hours are simulated: %s, %s, %s.\n", workers, order, costs)
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func (t total) hoursUntilThen() string {
	if math.IsInf(t.hoursUntil, 1) {
		return "never"
	}
	return hours(t.hoursUntil)
}

// hours formats a time. Short ones have more digits.
func hours(v float64) string {
	if v < 1 {
		return fmt.Sprintf("%.2g", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// comparable reports whether the paper's method and another one are there.
func (c comparison) comparable() bool {
	return len(c.totals) > 1 && slices.ContainsFunc(c.totals, func(t total) bool { return t.name == paper })
}

func format(verb string, i summary.Interval) string {
	return fmt.Sprintf(verb+" ["+verb+", "+verb+"]", i.Value, i.Low, i.High)
}

// evaluations formats a count, which may be infinite.
func (c comparison) evaluations(n float64) string {
	if math.IsInf(n, 1) {
		return fmt.Sprintf("> %d", c.evals)
	}
	return fmt.Sprintf("%.0f", n)
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// row writes a row of a Markdown table.
func (p *printer) row(cells []string) { p.printf("| %s |\n", strings.Join(cells, " | ")) }

// csv writes a row for each method, unrounded. What there is not is left empty: a median of evaluations if most seeds did not
// reach the value, an effect without the paper's method, hours if time was not simulated.
func (c comparison) csv(w io.Writer) error {
	rows := [][]string{{
		"method", "seeds", "valid_mean", "valid_sd", "valid_se", "test_mean", "test_sd", "test_se", "hit_best", "reached",
		"evals_until_reached", "seconds", "difference", "difference_low", "difference_high", "superiority",
		"superiority_low", "superiority_high", "mann_whitney_p", "failed",
		"hours_until_reached", "hours_until_best", "hours", "busy",
	}}
	for _, t := range c.totals {
		d, a := t.against.difference, t.against.superior
		row := slices.Concat(
			[]string{t.name, strconv.Itoa(len(t.runs))},
			numbers(true, t.valid.Mean, t.valid.Deviation, t.valid.StdErr, t.test.Mean, t.test.Deviation, t.test.StdErr,
				t.hits, t.reached, t.until, t.seconds),
			numbers(c.comparable(), d.Value, d.Low, d.High, a.Value, a.Low, a.High, t.against.p),
			[]string{strconv.Itoa(t.failures.Failed)},
			numbers(c.simulated(), t.hoursUntil, t.hoursToBest, t.hours, t.busy),
		)
		rows = append(rows, row)
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// numbers formats numbers. They are empty if there are none, and infinite ones are.
func numbers(there bool, values ...float64) []string {
	cells := make([]string, len(values))
	for i, v := range values {
		if there && !math.IsInf(v, 1) {
			cells[i] = strconv.FormatFloat(v, 'g', -1, 64)
		}
	}
	return cells
}
