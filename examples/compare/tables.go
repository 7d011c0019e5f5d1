package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/summary"
)

func (c comparison) writeTables(dir string) error {
	return errors.Join(
		program.WriteFile(filepath.Join(dir, "compare.md"), c.markdown),
		program.WriteFile(filepath.Join(dir, "compare.csv"), c.csv),
	)
}

// markdown writes a table of the methods' results, and one that compares them with the baseline.
func (c comparison) markdown(w io.Writer) error {
	p := report.NewPrinter(w)
	if finished, planned := c.finished(), c.planned(); finished < planned {
		p.Printf("Incomplete: %d of %d searches have finished.\n", finished, planned)
	}
	p.Printf("%s in each search, seeds from %d. The table's best %s is %.*f.\n", c.length(), c.seed, c.valid, c.digits(), c.best)
	p.Printf("%s\n", c.clock())
	header := []string{
		"method", "seeds", "best " + c.valid + ": mean ± standard error", "deviation", "its " + c.options.test, "deviation",
		"find the best", "seconds",
	}
	if c.simulated() {
		header = append(header, "hours until the best, median", "hours in all", "workers busy")
	}
	p.Header(header)
	verb := fmt.Sprintf("%%.%df", c.digits())
	for _, t := range c.totals {
		row := []string{
			t.name, strconv.Itoa(len(t.runs)),
			t.valid.Cell(c.digits()), report.Known(verb, t.valid.Deviation), t.test.Cell(c.digits()), report.Known(verb, t.test.Deviation),
			report.Percent(t.hits), fmt.Sprintf("%.1f", t.seconds),
		}
		if c.simulated() {
			row = append(row, hours(t.toBest), hours(t.hours), report.Percent(t.busy))
		}
		p.Row(row)
	}
	if c.budgets == "" {
		c.countTable(p)
	}
	if c.simulated() {
		c.regretTable(p)
	}
	c.effects(p)
	p.Printf("\n%v.\n", c.failures)
	return p.Err()
}

// effects writes the comparison of the methods with the baseline, if there is anything to compare.
func (c comparison) effects(p *report.Printer) {
	compared, tested := 0, 0
	for _, t := range c.totals {
		if t.against == nil {
			continue
		}
		if compared++; compared == 1 {
			p.Printf("\n")
			p.Header([]string{"against " + c.baseline, "difference of means", "beats it", "p", "p, corrected"})
		}
		e := t.against
		if e.P.Known() {
			tested++
		}
		p.Row([]string{t.name, e.Difference.Text(fmt.Sprintf("%%+.%df", c.digits())), e.Superior.Text("%.2f"), report.Known("%.2g", e.P), report.Known("%.2g", e.Corrected)})
	}
	if compared == 0 {
		return
	}
	p.Printf("\nParentheses contain 95 %% intervals over the seeds, by Welch's method for the difference and Newcombe's for the probability.\n"+
		"\"Beats it\" is the probability that a search finds a better value than a search of %s; a tie counts half. p is the\n"+
		"p-value of a two-sided Mann-Whitney test", c.baseline)
	if tested < compared {
		p.Printf(", which needs at least %d seeds of both methods", summary.EnoughSeeds)
	}
	p.Printf(".\n")
	if tested > 1 {
		p.Printf("\nWith several comparisons, one may have a small p by chance. The last column corrects for all %d (Holm's method): if no\n"+
			"method differs from %s, the probability that any corrected p is below 0.05 is at most 5 %%.\n", tested, c.baseline)
	}
}

// clock describes simulated time on one line, or returns "" if time is not simulated.
func (c comparison) clock() string {
	if !c.simulated() {
		return ""
	}
	order := "the library's default lag"
	switch {
	case c.arrival:
		order = "results used as soon as they arrive"
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

// length describes the length of the searches.
func (c comparison) length() string {
	if c.budgets != "" {
		return fmt.Sprintf("The cost of %d full evaluations", c.evals)
	}
	return fmt.Sprintf("%d evaluations", c.evals)
}

// hours formats a time, which may be infinite. Short ones have more digits.
func hours(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "never"
	case v < 1:
		return fmt.Sprintf("%.2g", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// digits returns the number of decimals that the values of the table need.
func (c comparison) digits() int {
	if math.Abs(c.best) < 1 {
		return 5
	}
	return 3
}
