package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/bayes"
)

// budgeted are the methods that use the budgets below the full one.
func budgeted(budgets []float64) []tool.Named[methods.New] {
	plain := func(method func(methods.Explorer) rl.Method) methods.New {
		return func(t methods.Task) (rl.Method, rl.Config, error) { return method(t.Explorer), rl.Config{}, nil }
	}
	return []tool.Named[methods.New]{
		{Name: "screened", Value: plain(func(e methods.Explorer) rl.Method {
			return bayes.Screened{Budgets: budgets, Method: bayes.ModelAverage{Explorer: e}}
		})},
		{Name: "screened-ranked", Value: screening("ranked", budgets)},
		{Name: "screened-nogen", Value: screening("ranked-nogen", budgets)},
		{Name: "asha", Value: plain(func(e methods.Explorer) rl.Method {
			return baseline.ASHA{Budgets: budgets, Sampler: baseline.RandomSearch{Explorer: e}}
		})},
		{Name: "halving", Value: plain(func(e methods.Explorer) rl.Method {
			return baseline.SuccessiveHalving{Budgets: budgets, Sampler: baseline.RandomSearch{Explorer: e}}
		})},
		{Name: "hyperband", Value: plain(func(e methods.Explorer) rl.Method {
			return baseline.Hyperband{Budgets: budgets, Sampler: baseline.RandomSearch{Explorer: e}}
		})},
		{Name: "bohb", Value: plain(func(e methods.Explorer) rl.Method {
			return baseline.Hyperband{Budgets: budgets, Sampler: bayes.GaussianProcess{Explorer: e, Candidates: 1000}}
		})},
	}
}

// screening is a method whose proposals are evaluated at smaller budgets first.
func screening(name string, budgets []float64) methods.New {
	return func(t methods.Task) (rl.Method, rl.Config, error) {
		inner, err := tool.Find(methods.All, "method", name)
		if err != nil {
			return nil, rl.Config{}, err
		}
		m, c, err := inner.Value(t)
		return bayes.Screened{Budgets: budgets, Method: m}, c, err
	}
}

// readBudgets reads the flag -budgets: amounts with their columns, such as 4=valid_4,12=valid_12.
func readBudgets(text string) (columns []nasbench.BudgetColumn, amounts []float64, err error) {
	if text == "" {
		return nil, nil, nil
	}
	for entry := range strings.SplitSeq(text, ",") {
		amount, column, ok := strings.Cut(entry, "=")
		v, err := strconv.ParseFloat(amount, 64)
		if !ok || err != nil || len(amounts) > 0 && v <= amounts[len(amounts)-1] {
			return nil, nil, program.Usagef("-budgets must be like 4=valid_4,12=valid_12 with ascending amounts, got %q", text)
		}
		columns, amounts = append(columns, nasbench.BudgetColumn{Amount: v, Objective: column}), append(amounts, v)
	}
	return columns, amounts, nil
}

// evaluator returns the evaluator of the searches: the table, at one budget or several.
func (b *bench) evaluator() (evaluator.Evaluator, error) {
	if b.budgets == "" {
		return b.table.Evaluator(b.valid, b.test)
	}
	columns, _, err := readBudgets(b.budgets)
	if err != nil {
		return nil, err
	}
	columns = append(columns, nasbench.BudgetColumn{Amount: b.full, Objective: b.valid, Cost: b.cost})
	return b.table.BudgetEvaluator(nasbench.Budgets{Columns: columns, Resumes: b.resumes}, b.test)
}

// measure computes the mean cost of a full evaluation, if time is simulated.
func (b *bench) measure() error {
	if !b.simulated() {
		return nil
	}
	e, err := b.evaluator()
	if err != nil {
		return err
	}
	var sum time.Duration
	n := 0
	for a := range b.table.Archs() {
		if r, err := e.Evaluate(context.Background(), a); err == nil {
			sum, n = sum+r.Cost, n+1
		}
	}
	b.mean = sum / time.Duration(max(n, 1))
	return nil
}

// budget is what -evals full evaluations cost on average.
func (b *bench) budget() time.Duration { return time.Duration(b.evals) * b.mean }

// limit limits the total cost of a search at several budgets; the limit is the same for all methods.
func (b *bench) limit(c *rl.Config) {
	if b.budgets != "" {
		c.MaxCost, c.Evaluations = b.budget(), b.table.Len()
	}
}
