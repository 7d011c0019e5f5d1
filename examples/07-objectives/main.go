// Lesson 7: several objectives, and limits.
//
// You will learn to search for networks that are accurate and also small. The result is not one network but a front:
// the networks that no other network beats in every objective. Limits bound figures. If a figure is known before
// training, such as the number of parameters, a network beyond its limit is never trained. The method evaluates the
// networks that are expected to increase the hypervolume of the front most (Emmerich et al. 2006).
//
//	go run ./examples/07-objectives
package main

import (
	"context"
	"flag"
	"fmt"
	"log"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/bayes"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/07-objectives") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	table, err := nasbench.Digits201()
	if err != nil {
		return err
	}
	trained, err := table.Evaluator("valid", "valid") // known after training: the result's metric "valid"
	if err != nil {
		return err
	}
	counted, err := table.Evaluator("params", "params", "flops") // known before; network.Figures counts them for any network
	if err != nil {
		return err
	}
	const maxParams = 60_000
	// With a generator, use preset.Pareto instead of this method.
	search, err := rl.New(table.Space(), bayes.HypervolumeImprovement{}, rl.Config{
		Seed: 1, Evaluations: 100,
		Objectives: []rl.Objective{rl.Maximize("valid"), rl.Minimize("flops")},
		Limits:     []rl.Limit{rl.AtMost("params", maxParams), rl.AtLeast("valid", 80)},
		Figures:    counted,
	})
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, trained)
	if err != nil {
		return err
	}

	front := history.Front()
	fmt.Printf("Of %d trained networks, %d are on the front: no other one is at least as accurate with fewer multiplications.\n\n",
		len(history.Evaluations), len(front))
	fmt.Println("accuracy  multiplications  parameters")
	for i, e := range front {
		m := e.Result.Metrics
		if i > 0 && m["flops"] == front[i-1].Result.Metrics["flops"] {
			continue // another cell with the same figures
		}
		fmt.Printf("%6.2f %%  %15.0f  %10.0f\n", m["valid"], m["flops"], m["params"])
	}

	most, below := 0.0, 0
	for _, e := range history.Evaluations {
		most = max(most, e.Result.Metrics["params"])
		if e.Result.Value < 80 {
			below++
		}
	}
	fmt.Printf("\nThe limit of %d parameters is checked before training: no trained network has more than %.0f.\n", maxParams, most)
	fmt.Printf("The limit on accuracy can only be checked afterwards: %d trained networks are below it.\n", below)
	volumes, err := history.Hypervolume([]float64{80, 1e6})
	if err != nil {
		return err
	}
	fmt.Printf("The hypervolume, up to 80 %% and a million multiplications, grew from %.3g after half of the training runs to %.3g.\n",
		volumes[len(volumes)/2], volumes[len(volumes)-1])
	return nil
}
