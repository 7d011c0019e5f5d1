package main

import (
	"math"

	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// setting contains the settings in which two comparable searches of a table must agree.
type setting struct {
	Table string `json:"table"`
	// Mark is the mark of the objective; see problem.
	Mark   string `json:"mark"`
	Evals  int    `json:"evals"`
	Batch  int    `json:"batch,omitempty"`
	Preset string `json:"preset,omitempty"`
	// UntilBest reports whether the search ended when it found the table's best.
	UntilBest bool `json:"until_best,omitempty"`
}

// record is one finished search.
type record struct {
	setting
	Method string `json:"method"`
	Seed   uint64 `json:"seed"`
	Arch   string `json:"arch"`
	// Value is the best value found. Test is the architecture's figure in the table's test column,
	// if there is one.
	Value float64  `json:"value"`
	Test  *float64 `json:"test,omitempty"`
	// Worst is the lowest value of a successful evaluation.
	Worst float64 `json:"worst"`
	// Better lists the evaluations that found a better value than all earlier ones.
	Better runs.Points `json:"better"`
	// Evaluated is the number of evaluations. It is less than Evals if the search ended early.
	Evaluated int `json:"evaluated"`
	summary.Failures
	Seconds float64 `json:"seconds"` // wall-clock time
}

// read extracts the data for the reports from a history with at least one success.
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
