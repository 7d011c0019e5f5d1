package mlflow_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/report/mlflow"
	"github.com/graphpnas/graphpnas/searchspace"
)

// This example writes a search as a run of the experiment "cells". The command mlflow ui shows it.
func Example() {
	space := searchspace.NASBench201{}
	edges := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
	})
	search, err := rl.New(space, baseline.LocalSearch{}, rl.Config{Seed: 1, Evaluations: 20})
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(context.Background(), edges)
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "mlruns")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := mlflow.Write(dir, space, history, mlflow.Options{Experiment: "cells", Run: "seed 1"}); err != nil {
		log.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*", "*", "artifacts", "*.html"))
	fmt.Println(len(pages), err)
	// Output: 1 <nil>
}
