package rl_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

// run runs a random search of NAS-Bench-201.
func run(config rl.Config, e evaluator.Evaluator) *rl.History {
	search, err := rl.New(searchspace.NASBench201{}, baseline.RandomSearch{}, config)
	if err != nil {
		log.Fatal(err)
	}
	history, err := search.Run(context.Background(), e)
	if err != nil {
		log.Fatal(err)
	}
	return history
}

// edges adds the number of edges as a metric to convolutions.
var edges = evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	r, err := convolutions.Evaluate(ctx, a)
	r.Metrics = map[string]float64{"edges": float64(a.Part(0).NumEdges())}
	return r, err
})

// With several objectives, a search returns a front of trade-offs. The limit excludes cells with
// more than four edges.
func ExampleHistory_Front() {
	history := run(rl.Config{
		Seed: 1, Evaluations: 200,
		Objectives: []rl.Objective{rl.Maximize(""), rl.Minimize("edges")},
		Limits:     []rl.Limit{rl.AtMost("edges", 4)},
	}, edges)
	last := -1.0
	for _, e := range history.Front() {
		if e.Result.Value != last {
			fmt.Println(e.Result.Value, "convolutions on", e.Result.Metrics["edges"], "edges")
			last = e.Result.Value
		}
	}
	volumes, err := history.Hypervolume([]float64{0, 7})
	fmt.Println("hypervolume:", volumes[len(volumes)-1], err)
	// Output:
	// 4 convolutions on 4 edges
	// 3 convolutions on 3 edges
	// 1 convolutions on 2 edges
	// hypervolume: 16 <nil>
}

// A CSVWriter writes evaluations to a table while the search runs.
func ExampleCSVWriter() {
	table := rl.NewCSVWriter(os.Stdout, searchspace.NASBench201{}, "edges")
	run(rl.Config{Seed: 1, Evaluations: 2, OnResult: table.Write}, edges)
	// Output:
	// trial,group,source,log_prob,value,best,cost_seconds,edges,more_metrics,arch,error,temporary
	// 0,0,explorer,,0,0,3600,5,,|avg_pool_3x3~0|+|skip_connect~0|avg_pool_3x3~1|+|skip_connect~0|none~1|skip_connect~2|,,
	// 1,1,explorer,,2,2,10800,4,,|skip_connect~0|+|none~0|nor_conv_3x3~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|,,
}

// A history that was written as JSON Lines can be read back completely.
func ExampleReadJSONL() {
	history := run(rl.Config{Seed: 1, Evaluations: 10}, convolutions)
	var file bytes.Buffer
	if err := history.WriteJSONL(&file); err != nil {
		log.Fatal(err)
	}
	back, err := rl.ReadJSONL(&file, searchspace.NASBench201{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(back.Evaluations), "evaluations, stopped by", back.Stop)
	// Output: 10 evaluations, stopped by budget
}

// With past evaluations, a search continues from an earlier one: it does not evaluate the same
// architectures again.
func ExamplePast() {
	first := run(rl.Config{Seed: 1, Evaluations: 50}, convolutions)
	second := run(rl.Config{Seed: 2, Evaluations: 50, Past: []rl.Past{{Name: "first search", Results: first.Outcomes()}}}, convolutions)
	best, _ := second.Best()
	fmt.Println(len(second.Past), "past and", len(second.Evaluations), "new evaluations, best:", best.Result.Value)
	// Output: 50 past and 50 new evaluations, best: 4
}

// Weights by rank do not depend on the scale of the values.
func ExampleRankReward() {
	rewards, err := rl.Reward(rl.RankReward).Of([]float64{90, 94, 10, 93})
	fmt.Println(rewards, err)
	// Output: [0.5 1 0.25 0.75] <nil>
}

// Errors name the invalid setting and say what would be right.
func ExampleNew() {
	_, err := rl.New(searchspace.NASBench201{}, baseline.RandomSearch{}, rl.Config{Batch: -1})
	fmt.Println(err)
	_, err = rl.New(searchspace.NASBench201{}, rl.Reinforce{}, rl.Config{})
	fmt.Println(err)
	// Output:
	// configuring a search of nasbench201: Batch must not be negative, got -1
	// configuring a search of nasbench201: Reinforce: Model must not be nil
}
