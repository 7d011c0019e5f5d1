package main

import (
	"math"

	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// setting is what two searches of a table must share to be compared.
type setting struct {
	Table string `json:"table"`
	// Mark is that of the objective, see problem.
	Mark   string `json:"mark"`
	Evals  int    `json:"evals"`
	Batch  int    `json:"batch,omitempty"`
	Preset string `json:"preset,omitempty"`
	// UntilBest is whether the search ended when it had found the table's best.
	UntilBest bool `json:"until_best,omitempty"`
}

// record is one finished search.
type record struct {
	setting
	Method string `json:"method"`
	Seed   uint64 `json:"seed"`
	Arch   string `json:"arch"`
	// Value is the best that was found, Test its figure in the table's test column, if there is one.
	Value float64  `json:"value"`
	Test  *float64 `json:"test,omitempty"`
	// Worst is the lowest value of a successful evaluation.
	Worst float64 `json:"worst"`
	// Better are the evaluations that found something better than all before.
	Better runs.Points `json:"better"`
	// Evaluated is how many evaluations there were: fewer than Evals if the search ended early.
	Evaluated int `json:"evaluated"`
	summary.Failures
	Seconds float64 `json:"seconds"` // by the clock
}

// read takes what the reports need from a history, in which something has succeeded.
func (r *record) read(h *rl.History, p *problem) {
	r.Evaluated, r.Failures = len(h.Evaluations), summary.FailuresOf(h)
	best, _ := h.Best()
	r.Value, r.Arch = best.Result.Value, searchspace.Text(p.space, best.Arch)
	if test, ok := best.Result.Metrics[p.Test]; ok {
		r.Test = &test
	}
	highest := math.Inf(-1)
	r.Worst = math.Inf(1)
	for i, e := range h.Evaluations {
		if !e.OK() {
			continue
		}
		r.Worst = min(r.Worst, e.Result.Value)
		if e.Result.Value > highest {
			highest = e.Result.Value
			r.Better = append(r.Better, runs.Point{Evals: i + 1, Value: highest})
		}
	}
}
