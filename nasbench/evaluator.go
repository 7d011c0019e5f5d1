package nasbench

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// lookup is a Table as an Evaluator.
type lookup struct {
	table     *Table
	objective string
	values    []float64            // the objective's column
	metrics   map[string][]float64 // by column
}

// WithCost returns a table of the same figures whose evaluators give the figures of a column as the cost of a result: the
// time in seconds that the benchmark's authors spent on training. The cost is zero if it is not recorded. The error wraps
// [ErrNoColumn] or [ErrNotNumeric], or names the first row whose figure is negative or more than a [time.Duration] holds,
// 292 years.
func (t *Table) WithCost(column string) (*Table, error) {
	values, err := t.column(column)
	if err != nil {
		return nil, err
	}
	for row, v := range values {
		if v < 0 || v*float64(time.Second) >= math.MaxInt64 {
			return nil, fmt.Errorf("%s: row %d, column %q: a cost of %v seconds is out of range", t.name, row+1, column, v)
		}
	}
	with := *t
	with.cost = values
	return &with, nil
}

// Evaluator makes an evaluator of the table. One column is the objective, of which higher is better. Others can be
// metrics of the results, which lack a metric that is not recorded. Results have a cost if [Table.WithCost] or
// [Table.WithStandInCost] made the table. The error wraps [ErrNoColumn] or [ErrNotNumeric].
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
	if cost := l.table.cost; cost != nil && !math.IsNaN(cost[row]) {
		r.Cost = duration(cost[row])
	}
	return r, nil
}

// WithStandInCost returns a table of the same figures whose evaluators give made-up costs, for tables that do not record
// how long trainings took: every architecture takes one of the given times, which its Key chooses by a hash (64-bit FNV-1a
// modulo the number of times). So an architecture always takes the same time, and times occur about as often as they
// stand in the list, which may come from another benchmark. The error says that there are no times, or names the first
// that is not positive.
func (t *Table) WithStandInCost(times []time.Duration) (*Table, error) {
	if len(times) == 0 {
		return nil, fmt.Errorf("%s: stand-in costs need at least one time", t.name)
	}
	for i, d := range times {
		if d <= 0 {
			return nil, fmt.Errorf("%s: stand-in cost number %d must be positive, got %v", t.name, i, d)
		}
	}
	with := *t
	with.cost = make([]float64, len(t.keys))
	for row, key := range t.keys {
		h := fnv.New64a()
		h.Write([]byte(key))
		with.cost[row] = times[h.Sum64()%uint64(len(times))].Seconds()
	}
	return &with, nil
}
