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

// This example writes the event file of a finished search to a buffer. Use a file named by FileName instead.
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
	var events bytes.Buffer
	if err := tensorboard.Write(&events, space, history, tensorboard.Options{}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Contains(events.Bytes(), []byte("search/best")))
	// Output: true
}
