package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/summary"
)

// shares are the shares of the budget after which regrets are measured. The last is the end of each search, even if its
// evaluations cost more or less than the budget.
var shares = []float64{0.25, 0.5, 1}

// regrets returns how far the best value after each share is below the best of the table.
func (c comparison) regrets(runs []record) []summary.Estimate {
	all := make([]summary.Estimate, len(shares))
	for i, share := range shares {
		var regrets []float64
		for _, r := range runs {
			value := r.Valid
			if share < 1 {
				value = r.Simulated.bestFor(share*c.budget().Hours(), r.Workers)
			}
			regrets = append(regrets, c.best-value)
		}
		all[i] = summary.Of(regrets)
	}
	return all
}

// hoursUntil returns the simulated hours until the mean of the best values over all searches is at
// least a value, or infinity if it never is. There is no mean before every search has a value.
func hoursUntil(value float64, runs []record) float64 {
	var times []float64
	start := 0.0
	for _, r := range runs {
		start = max(start, r.Simulated.Better[0].Hours)
		for _, m := range r.Simulated.Better {
			times = append(times, m.Hours)
		}
	}
	slices.Sort(times)
	for _, hours := range times {
		if hours >= start && meanAfter(hours, runs) >= value-1e-12*math.Abs(value) {
			return hours
		}
	}
	return math.Inf(1)
}

// meanAfter returns the mean of the best values after some hours.
func meanAfter(hours float64, runs []record) float64 {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = r.Simulated.bestAfter(hours)
	}
	return summary.Of(values).Mean
}

// regretTable writes the regret of the methods after fractions of the budget, and the simulated time that they need to reach
// good values.
func (c comparison) regretTable(p *report.Printer) {
	p.Printf("\n")
	header := []string{
		"regret: mean ± standard error", "after ¼ of the budget", "after ½", "at the end",
		fmt.Sprintf("hours until a mean regret of %.*f", c.digits(), c.best-c.reach),
	}
	base := c.of(c.baseline)
	if base != nil {
		header = append(header, fmt.Sprintf("until %s's at the end", c.baseline))
	}
	p.Header(header)
	for _, t := range c.totals {
		row := []string{t.name}
		for _, r := range t.regrets {
			row = append(row, r.Cell(c.digits()))
		}
		row = append(row, hours(t.hoursUntilReached))
		if base != nil {
			row = append(row, hours(t.hoursUntilBaseline))
		}
		p.Row(row)
	}
	p.Printf("\nRegret is how far the best value found is below the table's best, %.*f. The budget is what %d full evaluations cost on average:\n"+
		"%s hours, summed over all workers. A share of it is spent when the finished evaluations have cost that much. The last two\n"+
		"columns are the simulated hours until the mean regret over the seeds is that low.\n", c.digits(), c.best, c.evals, hours(c.budget().Hours()))
}
