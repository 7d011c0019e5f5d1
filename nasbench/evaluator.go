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

// lookup implements evaluator.Evaluator for a Table.
type lookup struct {
	table     *Table
	objective string
	values    []float64            // the column of the objective
	metrics   map[string][]float64 // by column
}

// WithCost returns a table with the same figures whose evaluators return the figures of a column, such as training times in seconds, as
// the Cost of results. If the figure is not recorded, the Cost is zero. The error wraps [ErrNoColumn] or [ErrNotNumeric] if the column
// cannot be used. WithCost also returns an error, which names the first such row, if a figure is negative or larger than a
// [time.Duration], 292 years.
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

// Evaluator returns an evaluator that looks architectures up in the table. objective is the column of the objective; higher is better.
// metrics lists further columns that become metrics of the results; metrics that are not recorded are left out. Results have a Cost if
// the table comes from [Table.WithCost] or [Table.WithStandInCost]. The error wraps [ErrNoColumn] or [ErrNotNumeric].
//
// If the objective of an architecture is not recorded, the error of the evaluation wraps [ErrNotRecorded].
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

// WithStandInCost returns a table with the same figures whose evaluators return made-up costs, for tables that do not
// record training times. The Cost of an architecture is one of the given times, for example from another benchmark,
// chosen by a hash of its Key (64-bit FNV-1a modulo the number of times). An architecture therefore always has the same
// Cost, and the times occur about as often as in the list. WithStandInCost returns an error if there are no times or if
// one is not positive.
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
