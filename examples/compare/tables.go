package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/internal/summary"
)

func (c comparison) writeTables(dir string) error {
	return errors.Join(
		program.WriteFile(filepath.Join(dir, "compare.md"), c.markdown),
		program.WriteFile(filepath.Join(dir, "compare.csv"), c.csv),
	)
}

// markdown writes a table of what the methods found, and one of how they compare with the baseline.
func (c comparison) markdown(w io.Writer) error {
	p := printer{w: w}
	if finished, planned := c.finished(), c.planned(); finished < planned {
		p.printf("Incomplete: %d of %d searches have finished.\n", finished, planned)
	}
	p.printf("%d evaluations in each search, seeds from %d. The table's best %s is %.3f.\n", c.evals, c.seed, c.valid, c.best)
	p.printf("%s\n", c.clock())
	header := []string{
		"method", "seeds", "best " + c.valid + ": mean ± standard error", "deviation", "its " + c.options.test, "deviation",
		"find the best", fmt.Sprintf("reach %.3f", c.reach), "evaluations until then", "seconds",
	}
	if c.simulated() {
		header = append(header, "hours until then", "hours until its best", "hours in all", "workers busy")
	}
	p.header(header)
	for _, t := range c.totals {
		row := []string{
			t.name, strconv.Itoa(len(t.runs)),
			t.valid.Cell(3), known("%.3f", t.valid.Deviation), t.test.Cell(3), known("%.3f", t.test.Deviation),
			percent(t.hits), percent(t.reached), c.evaluations(t.until), fmt.Sprintf("%.1f", t.seconds),
		}
		if c.simulated() {
			row = append(row, t.hoursUntilThen(), hours(t.hoursToBest), hours(t.hours), percent(t.busy))
		}
		p.row(row)
	}
	c.effects(&p)
	p.printf("\n%v.\n", c.failures)
	return p.err
}

// effects writes how the methods compare with the baseline, if there is anything to compare.
func (c comparison) effects(p *printer) {
	compared, tested := 0, 0
	for _, t := range c.totals {
		if t.against == nil {
			continue
		}
		if compared++; compared == 1 {
			p.printf("\n")
			p.header([]string{"against " + c.baseline, "difference of means", "beats it", "p", "p, corrected"})
		}
		e := t.against
		if e.p.Known() {
			tested++
		}
		p.row([]string{t.name, e.difference.Text("%+.3f"), e.superior.Text("%.2f"), known("%.2g", e.p), known("%.2g", e.corrected)})
	}
	if compared == 0 {
		return
	}
	p.printf("\nIn parentheses 95 %% intervals over the seeds: Welch's for the difference, Newcombe's for the probability. \"Beats it\"\n"+
		"is the probability that one seed finds better than one seed of %s, a tie counting half. p is that of the two-sided\n"+
		"Mann-Whitney test", c.baseline)
	if tested < compared {
		p.printf(", which needs at least %d seeds of both methods", enoughSeeds)
	}
	p.printf(".\n")
	if tested > 1 {
		p.printf("\nAmong several comparisons one may have a small p by chance. The last column corrects for all %d (Holm's method): the\n"+
			"probability that any method that does not differ from %s gets a corrected p below 0.05 is at most 5 %%.\n", tested, c.baseline)
	}
}

// known formats a number, or writes a dash if it is unknown.
func known(verb string, n summary.Number) string {
	if !n.Known() {
		return "–"
	}
	return fmt.Sprintf(verb, n)
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

// header writes the first two lines of a Markdown table.
func (p *printer) header(cells []string) {
	p.row(cells)
	p.printf("|%s\n", strings.Repeat("---|", len(cells)))
}
