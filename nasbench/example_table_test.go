package nasbench_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

// exampleTable returns a table with the validation accuracies after 12 and 200 epochs, and the training time in seconds.
func exampleTable() *nasbench.Table {
	table, err := nasbench.ReadCSV(strings.NewReader(`arch,valid_12,valid_200,seconds
|skip_connect~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|,51.5,61.5,3000
|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|,73.2,83.2,6000
|avg_pool_3x3~0|+|none~0|none~1|+|none~0|none~1|avg_pool_3x3~2|,49.9,,4000
`), "three.csv", searchspace.NASBench201{})
	if err != nil {
		panic(err)
	}
	return table
}

// The evaluator looks up the accuracy after 12 or 200 epochs. The time of the short training is not recorded, so it is taken to be
// proportional to the number of epochs.
func ExampleTable_BudgetEvaluator() {
	table := exampleTable()
	e, err := table.BudgetEvaluator(nasbench.Budgets{Columns: []nasbench.BudgetColumn{
		{Amount: 12, Objective: "valid_12"},
		{Amount: 200, Objective: "valid_200", Cost: "seconds"},
	}})
	if err != nil {
		panic(err)
	}
	arch, _, err := table.Best("valid_200")
	if err != nil {
		panic(err)
	}
	for _, epochs := range []float64{12, 200} {
		r, err := e.EvaluateAt(context.Background(), arch, evaluator.Budget{Amount: epochs})
		fmt.Println(r.Value, r.Cost, err)
	}
	// Output:
	// 73.2 6m0s <nil>
	// 83.2 1h40m0s <nil>
}

// A figure that is not recorded is an error, and only for the evaluation that needs it.
func ExampleTable_Value() {
	table := exampleTable()
	for a := range table.Archs() {
		v, err := table.Value(a, "valid_200")
		fmt.Println(v, errors.Is(err, nasbench.ErrNotRecorded))
	}
	// Output:
	// 61.5 false
	// 83.2 false
	// 0 true
}

// Rank tells how good the result of a search is, and Coverage how complete the table is.
func ExampleTable_Rank() {
	table := exampleTable()
	rank, err := table.Rank("valid_12", 51.5)
	fmt.Println("rank", rank, err)
	have, of, _ := table.Coverage()
	fmt.Println(have, "of", of, "architectures")
	// Output:
	// rank 2 <nil>
	// 3 of 15625 architectures
}
