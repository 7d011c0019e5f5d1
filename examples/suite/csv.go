package main

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/summary"
)

// csv writes a row for each table and method, unrounded, and then a row for each method over all tables, whose table is empty.
// Undefined cells are empty.
func (r results) csv(w io.Writer, o overall) error {
	rows := [][]string{{
		"table", "family", "method", "evals", "seeds", "value_mean", "value_sd", "value_se", "test_mean", "test_sd", "test_se",
		"worst", "fifth_percentile", "found_best", "evals_until_best_median", "evals_until_best_mean", "evals_until_best_se",
		"failed", "seconds", "against", "difference", "difference_low", "difference_high", "superiority", "superiority_low",
		"superiority_high", "mann_whitney_p", "mann_whitney_p_holm", "rank", "rank_low", "rank_high", "regret", "regret_low",
		"regret_high", "rank_behind", "rank_behind_low", "rank_behind_high", "regret_behind", "regret_behind_low",
		"regret_behind_high",
	}}
	for _, t := range r.tables {
		rows = append(rows, r.tableRows(t)...)
	}
	const before = 16 // columns of single tables
	for _, s := range o.scores {
		row := append([]string{"", "", s.name}, make([]string, before)...)
		row = append(append(row, r.against), make([]string, 8)...)
		row = append(row, slices.Concat(interval(s.rank), interval(s.regret))...)
		if s.name != r.against {
			row = append(row, slices.Concat(interval(s.rankBehind), interval(s.regretBehind))...)
		}
		rows = append(rows, row)
	}
	for i := range rows {
		rows[i] = append(rows[i], make([]string, len(rows[0])-len(rows[i]))...)
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// tableRows returns the rows of a table.
func (r results) tableRows(t tableResult) [][]string {
	var means []float64
	for _, m := range t.methods {
		means = append(means, m.value.Mean)
	}
	ranks := summary.Ranks(means)
	var rows [][]string
	for i, m := range t.methods {
		test := make([]string, 3)
		if m.test.N > 0 {
			test = report.Estimate(m.test)
		}
		rows = append(rows, slices.Concat(
			[]string{t.Name, t.Family, m.name, strconv.Itoa(r.setting(t.problem).Evals), strconv.Itoa(len(m.values))},
			report.Estimate(m.value), test,
			report.Numbers(m.worst, m.fifth, m.found, m.until, m.needed.Mean, float64(m.needed.StdErr)),
			[]string{strconv.Itoa(m.failures.Failed)}, report.Numbers(m.seconds),
			effect(r.against, m.against),
			report.Numbers(ranks[i]), make([]string, 2), report.Numbers(t.regret(m.value.Mean)),
		))
	}
	return rows
}

func interval(i summary.Interval) []string {
	return report.Numbers(i.Value, float64(i.Low), float64(i.High))
}

func effect(against string, e *summary.Effect) []string {
	if e == nil {
		return make([]string, 9)
	}
	return slices.Concat([]string{against}, interval(e.Difference), interval(e.Superior),
		report.Numbers(float64(e.P), float64(e.Corrected)))
}
