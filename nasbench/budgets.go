package nasbench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Budgets lists the columns of a [Table] that contain the figures of training runs of different lengths.
type Budgets struct {
	// Unit is the unit of the amounts; empty means "epochs".
	Unit string
	// Columns lists the budgets in any order. There must be at least one.
	Columns []BudgetColumn
	// Resumes means that a training run at a larger budget continues that at a smaller one, so that it costs the difference. By
	// default all training runs are separate, and each costs its full time.
	Resumes bool
}

// BudgetColumn is one budget of a [Table].
type BudgetColumn struct {
	// Amount is the budget, such as the number of epochs. It must be positive, and no two budgets may have the same.
	Amount float64
	// Objective is the column that contains the objective at this budget.
	Objective string
	// Cost is the column that contains the training time in seconds. If Cost is empty, or the column has no figure for an
	// architecture, the time is taken to be proportional to the amount, from the time of the largest budget.
	Cost string
}

// BudgetEvaluator returns an evaluator that looks up the objective at any of the budgets. Evaluate
// uses the largest budget. metrics lists further columns that become metrics of the results. The
// error wraps [ErrNoColumn] or [ErrNotNumeric] if a column cannot be used; BudgetEvaluator also
// returns an error if the budgets are not valid.
//
// If the objective of an architecture is not recorded, the error of the evaluation wraps
// [ErrNotRecorded]. If the table does not have the budget, it wraps [evaluator.ErrBroken].
func (t *Table) BudgetEvaluator(b Budgets, metrics ...string) (evaluator.Budgeted, error) {
	if len(b.Columns) == 0 {
		return nil, errors.New("Budgets.Columns must list at least one column")
	}
	l := budgetLookup{unit: cmp.Or(b.Unit, "epochs"), resumes: b.Resumes}
	columns := slices.Clone(b.Columns)
	slices.SortFunc(columns, func(x, y BudgetColumn) int { return cmp.Compare(x.Amount, y.Amount) })
	for i, c := range columns {
		if !(c.Amount > 0) || math.IsInf(c.Amount, 0) || i > 0 && c.Amount == columns[i-1].Amount {
			return nil, fmt.Errorf("%s: the amounts of budgets must be positive and different, got %v for column %q",
				t.name, c.Amount, c.Objective)
		}
		with := *t
		with.cost = nil
		if c.Cost != "" {
			costed, err := t.WithCost(c.Cost)
			if err != nil {
				return nil, err
			}
			with = *costed
		}
		look, err := with.Evaluator(c.Objective, metrics...)
		if err != nil {
			return nil, err
		}
		l.amounts, l.at = append(l.amounts, c.Amount), append(l.at, look.(lookup))
	}
	return l, nil
}

// budgetLookup implements evaluator.Budgeted for a Table.
type budgetLookup struct {
	unit    string
	resumes bool
	amounts []float64 // ascending
	at      []lookup
}

// Unit returns the unit of the budgets.
func (l budgetLookup) Unit() string { return l.unit }

// Evaluate looks the architecture up at the largest budget.
func (l budgetLookup) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return l.EvaluateAt(ctx, a, evaluator.Budget{})
}

// EvaluateAt looks the architecture up at a budget. The Resume of a result is the amount of its budget.
func (l budgetLookup) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	i := len(l.amounts) - 1
	if b.Amount != 0 {
		i = slices.Index(l.amounts, b.Amount)
	}
	if i < 0 {
		return evaluator.Result{}, noBudget(b.Amount, l.unit, l.amounts)
	}
	r, err := l.at[i].Evaluate(ctx, a)
	if err != nil {
		return r, err
	}
	r.Cost = l.cost(a, i)
	if !l.resumes {
		return r, nil
	}
	if from, err := strconv.ParseFloat(b.Resume, 64); err == nil {
		if before := slices.Index(l.amounts, from); before >= 0 && before < i {
			r.Cost = max(0, r.Cost-l.cost(a, before))
		}
	}
	r.Resume = strconv.FormatFloat(l.amounts[i], 'g', -1, 64)
	return r, nil
}

// cost returns the cost of training an architecture of the table from scratch at budget i.
func (l budgetLookup) cost(a searchspace.Arch, i int) time.Duration {
	last := len(l.amounts) - 1
	if seconds, ok := l.at[i].seconds(a); ok || i == last {
		return duration(seconds)
	}
	seconds, _ := l.at[last].seconds(a)
	return duration(seconds * l.amounts[i] / l.amounts[last])
}

// seconds returns the recorded cost of an architecture of the table, and reports whether there is one.
func (l lookup) seconds(a searchspace.Arch) (float64, bool) {
	row, err := l.table.row(a)
	if err != nil || l.table.cost == nil || math.IsNaN(l.table.cost[row]) {
		return 0, false
	}
	return l.table.cost[row], true
}

func duration(seconds float64) time.Duration {
	return time.Duration(math.Round(seconds * float64(time.Second)))
}

func noBudget(amount float64, unit string, amounts []float64) error {
	return fmt.Errorf("%w: there is no budget of %v %s; the budgets are %v", evaluator.ErrBroken, amount, unit, amounts)
}
