package bayes_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A search for the best of 1,000 combinations of three hyperparameters.
func Example() {
	values := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	space, err := searchspace.New("settings", []searchspace.Part{searchspace.Params("settings",
		searchspace.Ordered("x", values...), searchspace.Ordered("y", values...), searchspace.Ordered("z", values...))})
	if err != nil {
		log.Fatal(err)
	}
	hill := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		s := a.Find("settings").Node(0)
		return evaluator.Result{Value: -math.Hypot(s.Float("x")-7, s.Float("y")-2) - math.Abs(s.Float("z")-5)}, nil
	})
	search, err := rl.New(space, bayes.GaussianProcess{}, rl.Config{Seed: 1, Evaluations: 40})
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(context.Background(), hill)
	if err != nil {
		log.Fatal(err)
	}
	best, _ := history.Best()
	fmt.Println(best.Arch)
	// Output: {x=7,y=2,z=5}
}
