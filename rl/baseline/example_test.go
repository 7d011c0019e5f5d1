package baseline_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

// convolutions counts 3×3 convolutions instead of training a network.
var convolutions = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	n := 0
	for _, e := range a.Part(0).Edges() {
		if e.Op == "nor_conv_3x3" {
			n++
		}
	}
	return evaluator.Result{Value: float64(n), Metrics: map[string]float64{"edges": float64(a.Part(0).NumEdges())}}, nil
})

// find searches NAS-Bench-201 with a method.
func find(m rl.Method, e evaluator.Evaluator, c rl.Config) *rl.History {
	search, err := rl.New(searchspace.NASBench201{}, m, c)
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(context.Background(), e)
	if err != nil {
		log.Fatal(err)
	}
	return history
}

// Regularized evolution finds the cell with six convolutions; random search does not.
func Example() {
	config := rl.Config{Seed: 1, Evaluations: 300}
	for _, m := range []rl.Method{baseline.RegularizedEvolution{}, baseline.RandomSearch{}} {
		best, _ := find(m, convolutions, config).Best()
		fmt.Printf("%T: %v convolutions\n", m, best.Result.Value)
	}
	// Output:
	// baseline.RegularizedEvolution: 6 convolutions
	// baseline.RandomSearch: 4 convolutions
}

// NSGA-II searches for cells with many convolutions and few edges.
func ExampleNSGA2() {
	history := find(baseline.NSGA2{}, convolutions, rl.Config{
		Seed: 1, Evaluations: 300,
		Objectives: []rl.Objective{rl.Maximize(""), rl.Minimize("edges")},
	})
	last := -1.0
	for _, e := range history.Front() {
		if edges := e.Result.Metrics["edges"]; edges != last {
			fmt.Println(e.Result.Value, "convolutions on", edges, "edges")
			last = edges
		}
	}
	// Output:
	// 5 convolutions on 5 edges
	// 4 convolutions on 4 edges
	// 3 convolutions on 3 edges
	// 2 convolutions on 2 edges
	// 1 convolutions on 1 edges
	// 0 convolutions on 0 edges
}

// trained is an evaluator with budgets. Its values are closer to the truth after more epochs.
type trained struct{}

func (t trained) Unit() string { return "epochs" }

func (t trained) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return t.EvaluateAt(ctx, a, evaluator.Budget{Amount: 27})
}

func (t trained) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	r, err := convolutions.Evaluate(ctx, a)
	r.Value *= 1 - 1/(b.Amount+1)
	r.Cost = time.Duration(b.Amount) * time.Minute
	return r, err
}

// ASHA evaluates most architectures for three epochs, and only the best for the full 27.
func ExampleASHA() {
	history := find(baseline.ASHA{Budgets: []float64{3, 9}}, trained{}, rl.Config{Seed: 1, Evaluations: 81, Workers: 4})
	for _, budget := range history.Budgets() {
		fmt.Println(len(history.At(budget)), "evaluations at budget", budget)
	}
	fmt.Println("cost:", history.Cost(), "instead of", 81*27*time.Minute)
	// Output:
	// 81 evaluations at budget 3
	// 29 evaluations at budget 9
	// 10 evaluations at budget 0
	// cost: 12h54m0s instead of 36h27m0s
}
