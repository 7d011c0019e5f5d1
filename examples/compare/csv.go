package main

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/summary"
)

// csv writes a row for each method, unrounded. Cells without a value are empty: the standard error of a single seed, the
// effect of the baseline itself, hours and regrets if time is not simulated, and evaluations until a value if there are
// several budgets.
func (c comparison) csv(w io.Writer) error {
	rows := [][]string{{
		"method", "seeds", "valid_mean", "valid_sd", "valid_se", "test_mean", "test_sd", "test_se", "hit_best", "seconds",
		"evals_until_best", "evals_until_best_sd", "evals_until_best_se", "best_missed",
		"evals_until_reached", "evals_until_reached_sd", "evals_until_reached_se", "reached_missed",
		"baseline", "difference", "difference_low", "difference_high", "superiority",
		"superiority_low", "superiority_high", "mann_whitney_p", "mann_whitney_p_holm", "failed",
		"hours_until_best_median", "hours", "busy", "regret_quarter", "regret_quarter_sd", "regret_quarter_se",
		"regret_half", "regret_half_sd", "regret_half_se", "regret_end", "regret_end_sd", "regret_end_se", "hours_until_reached", "hours_until_baseline",
	}}
	for _, t := range c.totals {
		rows = append(rows, slices.Concat(
			[]string{t.name, strconv.Itoa(len(t.runs))},
			report.Estimate(t.valid), report.Estimate(t.test), report.Numbers(t.hits, t.seconds), c.countCells(t),
			c.effect(t.against),
			[]string{strconv.Itoa(t.failures.Failed)},
			c.regretCells(t),
		))
	}
	return csv.NewWriter(w).WriteAll(rows)
}

func (c comparison) effect(e *summary.Effect) []string {
	if e == nil {
		return make([]string, 9)
	}
	d, s := e.Difference, e.Superior
	return append([]string{c.baseline}, report.Numbers(d.Value, float64(d.Low), float64(d.High), s.Value, float64(s.Low), float64(s.High),
		float64(e.P), float64(e.Corrected))...)
}

func (c comparison) countCells(t total) []string {
	if c.budgets != "" {
		return make([]string, 8)
	}
	return append(t.untilBest.csv(), t.untilReached.csv()...)
}

func (c comparison) regretCells(t total) []string {
	if !c.simulated() {
		return make([]string, 5+3*len(shares))
	}
	cells := report.Numbers(t.toBest, t.hours, t.busy)
	for _, r := range t.regrets {
		cells = append(cells, report.Estimate(r)...)
	}
	return append(cells, report.Numbers(t.hoursUntilReached, t.hoursUntilBaseline)...)
}
