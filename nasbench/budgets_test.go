package nasbench_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestBudgetsOfATable(t *testing.T) {
	const cell = "|avg_pool_3x3~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|"
	table, err := nasbench.ReadCSV(strings.NewReader("arch,at4,at12,seconds4,seconds12\n"+cell+",50,60,,120\n"), "small", searchspace.NASBench201{})
	require.NoError(t, err)
	a, err := searchspace.NASBench201{}.Parse(cell)
	require.NoError(t, err)
	columns := []nasbench.BudgetColumn{
		{Amount: 12, Objective: "at12", Cost: "seconds12"}, {Amount: 4, Objective: "at4", Cost: "seconds4"},
	}
	for _, resumes := range []bool{false, true} {
		e, err := table.BudgetEvaluator(nasbench.Budgets{Columns: columns, Resumes: resumes}, "at4")
		require.NoError(t, err)
		assert.Equal(t, "epochs", e.Unit())
		short, err := e.EvaluateAt(t.Context(), a, evaluator.Budget{Amount: 4})
		require.NoError(t, err)
		assert.Equal(t, 50.0, short.Value)
		assert.Equal(t, 40*time.Second, short.Cost, "a third of the longest training's time, because none is recorded")
		long, err := e.EvaluateAt(t.Context(), a, evaluator.Budget{Amount: 12, Resume: short.Resume})
		require.NoError(t, err)
		assert.Equal(t, 60.0, long.Value)
		assert.Equal(t, 50.0, long.Metrics["at4"])
		scratch, err := e.Evaluate(t.Context(), a)
		require.NoError(t, err)
		assert.Equal(t, 120*time.Second, scratch.Cost)
		if resumes {
			assert.Equal(t, 80*time.Second, long.Cost)
		} else {
			assert.Equal(t, 120*time.Second, long.Cost)
			assert.Empty(t, short.Resume)
		}
		_, err = e.EvaluateAt(t.Context(), a, evaluator.Budget{Amount: 5})
		assert.ErrorIs(t, err, evaluator.ErrBroken)
		assert.ErrorContains(t, err, "there is no budget of 5 epochs; the budgets are [4 12]")
	}
	for message, bad := range map[string]nasbench.Budgets{
		"must list at least one column": {},
		"positive":                      {Columns: []nasbench.BudgetColumn{{Objective: "at4"}}},
		"different":                     {Columns: []nasbench.BudgetColumn{{Amount: 4, Objective: "at4"}, {Amount: 4, Objective: "at12"}}},
		"no such column":                {Columns: []nasbench.BudgetColumn{{Amount: 4, Objective: "at5"}}},
	} {
		_, err := table.BudgetEvaluator(bad)
		assert.ErrorContains(t, err, message)
	}
}
