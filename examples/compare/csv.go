package main

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/summary"
)

// csv writes a row for each method, unrounded. What does not exist is left empty: a standard error with one seed, a median of
// evaluations if most seeds did not reach the value, the effect of the baseline itself, hours if time was not simulated.
func (c comparison) csv(w io.Writer) error {
	rows := [][]string{{
		"method", "seeds", "valid_mean", "valid_sd", "valid_se", "test_mean", "test_sd", "test_se", "hit_best", "reached",
		"evals_until_reached", "seconds", "baseline", "difference", "difference_low", "difference_high", "superiority",
		"superiority_low", "superiority_high", "mann_whitney_p", "mann_whitney_p_holm", "failed",
		"hours_until_reached", "hours_until_best", "hours", "busy",
	}}
	for _, t := range c.totals {
		rows = append(rows, slices.Concat(
			[]string{t.name, strconv.Itoa(len(t.runs))},
			report.Estimate(t.valid), report.Estimate(t.test), report.Numbers(t.hits, t.reached, t.until, t.seconds),
			c.effect(t.against),
			[]string{strconv.Itoa(t.failures.Failed)},
			c.hourCells(t),
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

func (c comparison) hourCells(t total) []string {
	if !c.simulated() {
		return make([]string, 4)
	}
	return report.Numbers(t.hoursUntil, t.hoursToBest, t.hours, t.busy)
}
