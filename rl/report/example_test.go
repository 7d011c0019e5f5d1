package report_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
)

func ExampleWrite() {
	space := searchspace.NASBench201{}
	edges := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
	})
	search, err := rl.New(space, baseline.LocalSearch{}, rl.Config{Seed: 1, Evaluations: 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	history, err := search.Run(context.Background(), edges)
	if err != nil {
		fmt.Println(err)
		return
	}
	var page bytes.Buffer // use a file instead
	if err := report.Write(&page, space, history, report.Options{Objective: "edges"}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.HasPrefix(page.String(), "<!doctype html>"))
	// Output: true
}
