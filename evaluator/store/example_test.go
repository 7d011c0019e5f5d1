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
	"github.com/graphpnas/graphpnas/searchspace"
)

// A search of 50 evaluations is stopped after 20 and run again: it asks the evaluator for the other 30 alone, and comes to
// the same history as one that was never stopped.
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
	search := func(file string, onRound func(*rl.History) error) (*rl.History, error) {
		db, err := store.Open(filepath.Join(dir, file))
		if err != nil {
			return nil, err
		}
		stored := db.Evaluator(space, "number of edges", train)
		config := rl.Config{Seed: 1, Evaluations: 50, Workers: 1, OnRound: onRound}
		search, err := rl.NewSearch(space, rl.RegularizedEvolution{}, stored, config)
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		history, err := search.Run(context.Background())
		return history, errors.Join(err, db.Close())
	}

	stopped, err := search("search.db", func(h *rl.History) error {
		if len(h.Evaluations) == 20 {
			return errors.New("the power is off")
		}
		return nil
	})
	fmt.Println(len(stopped.Evaluations), "evaluations,", trained, "trained:", err)

	trained = 0
	again, err := search("search.db", nil)
	fmt.Println(len(again.Evaluations), "evaluations,", trained, "trained:", err)

	trained = 0
	whole, err := search("another.db", nil)
	fmt.Println(len(whole.Evaluations), "evaluations,", trained, "trained:", err)
	same := true
	for i, e := range whole.Evaluations {
		same = same && e.Key == again.Evaluations[i].Key && e.Result.Value == again.Evaluations[i].Result.Value
	}
	fmt.Println("same history:", same)
	// Output:
	// 20 evaluations, 20 trained: searching nasbench201: callback after round 19: the power is off
	// 50 evaluations, 30 trained: <nil>
	// 50 evaluations, 50 trained: <nil>
	// same history: true
}
