package tensorboard_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/report/tensorboard"
	"github.com/graphpnas/graphpnas/searchspace"
)

// This example writes events while a search runs.
func ExampleWriter() {
	edges := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
	})
	var file bytes.Buffer // use a file named by FileName instead
	events := tensorboard.NewWriter(&file, tensorboard.Options{})
	config := rl.Config{Seed: 1, Evaluations: 20, OnPropose: events.Group, OnResult: events.Evaluation}
	search, err := rl.New(searchspace.NASBench201{}, baseline.RandomSearch{}, config)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := search.Run(context.Background(), edges); err != nil {
		log.Fatal(err)
	}
	fmt.Println("values:", bytes.Count(file.Bytes(), []byte("search/value")))
	// Output: values: 20
}
