package nasbench

import (
	"context"
	"math"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// lookup is a Table as an Evaluator.
type lookup struct {
	table     *Table
	objective string
	values    []float64            // the objective's column
	metrics   map[string][]float64 // the columns that ride along
}

// Evaluator makes an evaluator of the table. One column is the objective, higher being better; others ride along as
// metrics, where a figure that is not recorded is left out. The error wraps [ErrNoColumn].
//
// An evaluation whose objective is not recorded fails with an error that wraps [ErrNotRecorded].
func (t *Table) Evaluator(objective string, metrics ...string) (evaluator.Evaluator, error) {
	values, err := t.column(objective)
	if err != nil {
		return nil, err
	}
	l := lookup{table: t, objective: objective, values: values, metrics: map[string][]float64{}}
	for _, name := range metrics {
		if l.metrics[name], err = t.column(name); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Evaluate looks the architecture up.
func (l lookup) Evaluate(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	row, err := l.table.row(a)
	if err != nil {
		return evaluator.Result{}, err
	}
	if math.IsNaN(l.values[row]) {
		return evaluator.Result{}, l.table.notRecorded(a, l.objective)
	}
	r := evaluator.Result{Value: l.values[row]}
	for name, values := range l.metrics {
		if v := values[row]; !math.IsNaN(v) {
			if r.Metrics == nil {
				r.Metrics = map[string]float64{}
			}
			r.Metrics[name] = v
		}
	}
	return r, nil
}
