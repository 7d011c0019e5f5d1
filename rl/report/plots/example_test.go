package plots_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/report/plots"
	"github.com/graphpnas/graphpnas/searchspace"
)

// This example runs two methods with three seeds each and draws the best value so far.
func Example() {
	space := searchspace.NASBench201{}
	edges := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
	})
	searches := func(name string, m rl.Method) plots.Searches {
		all := plots.Searches{Name: name}
		for seed := range uint64(3) {
			search, err := rl.New(space, m, rl.Config{Seed: seed, Evaluations: 20})
			if err != nil {
				log.Fatal(err)
			}
			history, err := search.Run(context.Background(), edges)
			if err != nil {
				log.Fatal(err)
			}
			all.Histories = append(all.Histories, history)
		}
		return all
	}
	figure := plots.Best("NAS-Bench-201", "edges", searches("local search", baseline.LocalSearch{}), searches("random", baseline.RandomSearch{}))
	var picture bytes.Buffer
	if err := figure.Write(&picture, "svg"); err != nil { // or figure.Save("best.pdf")
		log.Fatal(err)
	}
	fmt.Println(bytes.Contains(picture.Bytes(), []byte("local search")))
	// Output: true
}
