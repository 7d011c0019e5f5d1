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

// Budgets says which columns of a [Table] hold the figures of trainings of different lengths.
type Budgets struct {
	// Unit names what the amounts count; empty means "epochs".
	Unit string
	// Columns are the budgets, in any order. At least one is needed.
	Columns []BudgetColumn
	// Resumes says that the training of a larger budget continues that of a smaller one, so that it costs the difference. By
	// default all trainings are separate, and each is charged in full.
	Resumes bool
}

// BudgetColumn is one budget of a [Table].
type BudgetColumn struct {
	// Amount is the budget, such as the number of epochs. It must be positive, and no two budgets may have the same.
	Amount float64
	// Objective is the column that holds the objective at this budget.
	Objective string
	// Cost is the column that holds the seconds of the training. If it is empty or an architecture has no figure in it, the
	// training costs what that of the largest budget does, times the share of its amount.
	Cost string
}

// BudgetEvaluator makes an evaluator that looks up the objective at any of the budgets. Evaluate looks it up at the largest.
// Other columns can be metrics of the results. The error wraps [ErrNoColumn] or [ErrNotNumeric], or says what is wrong with the
// budgets.
//
// An evaluation whose objective is not recorded fails with an error that wraps [ErrNotRecorded]. At a budget that the table does
// not have, the error wraps [evaluator.ErrBroken].
func (t *Table) BudgetEvaluator(b Budgets, metrics ...string) (evaluator.Budgeted, error) {
	if len(b.Columns) == 0 {
		return nil, errors.New("an evaluator of budgets needs at least one column")
	}
	l := budgetLookup{unit: cmp.Or(b.Unit, "epochs"), resumes: b.Resumes}
	columns := slices.Clone(b.Columns)
	slices.SortFunc(columns, func(x, y BudgetColumn) int { return cmp.Compare(x.Amount, y.Amount) })
	for i, c := range columns {
		if !(c.Amount > 0) || math.IsInf(c.Amount, 0) || i > 0 && c.Amount == columns[i-1].Amount {
			return nil, fmt.Errorf("%s: the amounts of budgets must be positive and different numbers, got %v for column %q",
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

// budgetLookup is a Table with budgets as an Evaluator.
type budgetLookup struct {
	unit    string
	resumes bool
	amounts []float64 // ascending
	at      []lookup
}

// Unit returns what the budgets count.
func (l budgetLookup) Unit() string { return l.unit }

// Evaluate looks the architecture up at the largest budget.
func (l budgetLookup) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return l.EvaluateAt(ctx, a, evaluator.Budget{})
}

// EvaluateAt looks the architecture up. What it resumes is the amount of a smaller budget.
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

// cost returns what the training of an architecture of the table costs from scratch.
func (l budgetLookup) cost(a searchspace.Arch, i int) time.Duration {
	last := len(l.amounts) - 1
	if seconds, ok := l.at[i].seconds(a); ok || i == last {
		return duration(seconds)
	}
	seconds, _ := l.at[last].seconds(a)
	return duration(seconds * l.amounts[i] / l.amounts[last])
}

// seconds returns the recorded cost of an architecture of the table.
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
