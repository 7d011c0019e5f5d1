package preset_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A preset is the method and the configuration for a generator. Change what you like before the search.
func ExampleRanked() {
	space := searchspace.NASBench201{}
	edges := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: -float64(a.Part(0).NumEdges())}, nil // the fewer edges, the better
	})
	model, err := gran.New(space, gran.Config{}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		log.Fatal(err)
	}
	method, config := preset.Ranked(model)
	config.Seed, config.Evaluations = 1, 20
	search, err := rl.New(space, method, config)
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(context.Background(), edges)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(history.Evaluations), "evaluations, stopped by", history.Stop)
	// Output: 20 evaluations, stopped by budget
}
