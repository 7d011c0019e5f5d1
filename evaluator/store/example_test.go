package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A search of 50 evaluations is stopped after 20 and resumed. It trains only the other 30 architectures, and its history equals
// that of an uninterrupted search.
func Example() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	space := searchspace.NASBench201{}

	trained := 0
	train := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		trained++
		edges := a.Part(0).NumEdges()
		return evaluator.Result{Value: float64(edges), Cost: time.Duration(edges) * time.Minute}, nil
	})
	search := func(file string, onResult func(rl.Evaluation) error) (*rl.History, error) {
		db, err := store.Open(filepath.Join(dir, file))
		if err != nil {
			return nil, err
		}
		defer db.Close()
		config := rl.Config{Seed: 1, Evaluations: 50, Recorder: db.Recorder("evolution, seed 1"), OnResult: onResult}
		search, err := rl.New(space, baseline.RegularizedEvolution{}, config)
		if err != nil {
			return nil, err
		}
		return search.Run(context.Background(), db.Evaluator(space, "number of edges", train))
	}

	stopped, err := search("search.db", func(e rl.Evaluation) error {
		if e.ID == 19 {
			return errors.New("the power is off")
		}
		return nil
	})
	fmt.Println(len(stopped.Evaluations), "evaluations,", trained, "trained:", err)

	trained = 0
	resumed, err := search("search.db", nil)
	fmt.Println(len(resumed.Evaluations), "evaluations,", trained, "trained:", err)

	trained = 0
	whole, err := search("another.db", nil)
	fmt.Println(len(whole.Evaluations), "evaluations,", trained, "trained:", err)
	same := true
	for i, e := range whole.Evaluations {
		same = same && e.Key == resumed.Evaluations[i].Key && e.Result.Value == resumed.Evaluations[i].Result.Value
	}
	fmt.Println("same history:", same)
	// Output:
	// 20 evaluations, 20 trained: searching nasbench201: OnResult after trial 19: the power is off
	// 50 evaluations, 30 trained: <nil>
	// 50 evaluations, 50 trained: <nil>
	// same history: true
}

// The machine has more memory now, so architectures that ran out of memory are evaluated again.
func ExampleDB_DeleteFailures() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	db, err := store.Open(filepath.Join(dir, "search.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	space, ctx := searchspace.NASBench201{}, context.Background()
	cell, err := space.Parse("|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|none~0|none~1|nor_conv_3x3~2|")
	if err != nil {
		fmt.Println(err)
		return
	}

	memory := 8
	stored := db.Evaluator(space, "accuracy", evaluator.Func(
		func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			if memory < 16 {
				return evaluator.Result{}, errors.New("out of memory")
			}
			return evaluator.Result{Value: 93.2}, nil
		}))
	_, err = stored.Evaluate(ctx, cell)
	fmt.Println(err)

	memory = 16
	_, err = stored.Evaluate(ctx, cell)
	fmt.Println(errors.Is(err, store.ErrFailed), "and not evaluated again")

	deleted, err := db.DeleteFailures(ctx, space, "accuracy", "out of memory")
	fmt.Println(deleted, "deleted,", err)
	result, err := stored.Evaluate(ctx, cell)
	fmt.Println(result.Value, err)
	// Output:
	// out of memory
	// true and not evaluated again
	// 1 deleted, <nil>
	// 93.2 <nil>
}

// A search starts from the evaluations of an earlier one.
func ExampleDB_Evaluations() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	db, err := store.Open(filepath.Join(dir, "search.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	space := searchspace.NASBench201{}
	stored := db.Evaluator(space, "number of edges", evaluator.Func(
		func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
			return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
		}))

	search := func(method rl.Method, config rl.Config) {
		search, err := rl.New(space, method, config)
		if err != nil {
			fmt.Println(err)
			return
		}
		history, err := search.Run(context.Background(), stored)
		best, _ := history.Best()
		fmt.Printf("best of %d and %d earlier evaluations: %v edges, %v\n",
			len(history.Evaluations), len(history.Past), best.Result.Value, err)
	}
	search(baseline.RandomSearch{}, rl.Config{Seed: 1, Evaluations: 30})

	past := rl.Past{Name: "random search"}
	for o, err := range db.Evaluations(context.Background(), space, "number of edges") {
		if err != nil {
			fmt.Println(err)
			return
		}
		past.Results = append(past.Results, o)
	}
	search(baseline.LocalSearch{}, rl.Config{Seed: 1, Evaluations: 10, Past: []rl.Past{past}})
	// Output:
	// best of 30 and 0 earlier evaluations: 6 edges, <nil>
	// best of 10 and 30 earlier evaluations: 6 edges, <nil>
}
