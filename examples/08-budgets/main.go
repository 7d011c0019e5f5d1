// Lesson 8: budgets.
//
// You will learn to spend less on bad architectures: many are trained for a few epochs, only the best go on, and few
// are trained to the end. This is successive halving (Jamieson & Talwalkar 2016; Li et al. 2017, arXiv 1603.06560). A
// training run continues from the checkpoint of the shorter one, so no epoch is paid for twice.
//
//	go run ./examples/08-budgets
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/08-budgets") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

const epochs = 9 // of a complete training run

func run(ctx context.Context) error {
	digits, err := dataset.Digits()
	if err != nil {
		return err
	}
	valid, train, err := digits.Train.Split(1, 1200)
	if err != nil {
		return err
	}
	images, err := oracle.NewImages(ctx, train, valid, nil)
	if err != nil {
		return err
	}
	checkpoints, err := os.MkdirTemp("", "budgets")
	if err != nil {
		return err
	}
	defer os.RemoveAll(checkpoints)
	trained, err := oracle.New(oracle.Config{
		Design:      network.NASBench201{Channels: 4, Cells: 1},
		Images:      images,
		Recipe:      oracle.Recipe{Epochs: epochs, Batch: 16, LearningRate: 0.05, WarmUp: 0.3},
		Checkpoints: checkpoints,
	})
	if err != nil {
		return err
	}

	// Of 18 architectures that are trained for 1 epoch, 6 go on to 3 epochs, and 2 of them to 9.
	method := baseline.SuccessiveHalving{Budgets: []float64{1, 3}, Architectures: 18} // Eta is 3
	search, err := rl.New(searchspace.NASBench201{}, method, rl.Config{Seed: 1, Evaluations: 18})
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, trained)
	if err != nil {
		return err
	}

	fmt.Println("epochs  networks  mean accuracy  best accuracy")
	seconds := map[string]float64{}             // by architecture, at all budgets
	complete := 0.0                             // mean over the networks that were trained to the end
	for _, budget := range []float64{1, 3, 0} { // 0 is the full budget
		n, sum, best := 0, 0.0, 0.0
		for _, e := range history.Evaluations {
			if e.Budget == budget && e.OK() {
				n++
				sum += e.Result.Value
				best = max(best, e.Result.Value)
				seconds[e.Key] += e.Result.Cost.Seconds()
				if budget == 0 {
					complete += seconds[e.Key] / 2
				}
			}
		}
		if budget == 0 {
			budget = epochs
		}
		fmt.Printf("%6.0f  %8d  %12.2f%%  %12.2f%%\n", budget, n, sum/float64(n), best)
	}
	fmt.Printf("\nThe search trained for %.1f seconds. Training all 18 networks to the end would take about %.1f.\n",
		history.Cost().Seconds(), 18*complete)
	return nil
}
