// Lesson 4: training networks.
//
// You will learn to evaluate architectures by training them, in Go and on the CPU. A design turns an architecture into a
// network, here that of NAS-Bench-201 (Dong & Yang 2020, arXiv 2001.00326) at a small size. An oracle trains each network
// from scratch on some images and returns its accuracy on others. Lesson 12 trains the best network for longer and exports it.
//
//	go run ./examples/04-training-networks
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/04-training-networks") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	// 500 images for training, 600 for validation, which guide the search, and 697 for testing, which it does not use.
	digits, err := dataset.Digits()
	if err != nil {
		return err
	}
	train, rest, err := digits.Train.Split(1, 500)
	if err != nil {
		return err
	}
	valid, test, err := rest.Split(1, 600)
	if err != nil {
		return err
	}
	images, err := oracle.NewImages(ctx, train, valid, test)
	if err != nil {
		return err
	}
	design := network.NASBench201{Channels: 8, Cells: 1}
	recipe := oracle.Recipe{Epochs: 4, Batch: 16, WarmUp: 0.3}
	trained, err := oracle.New(oracle.Config{Design: design, Images: images, Recipe: recipe, Test: true})
	if err != nil {
		return err
	}

	space := searchspace.NASBench201{}
	model, err := gran.New(space, gran.Config{Form: gran.CausalForm}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return err
	}
	method, config := preset.Ranked(model)
	method.Exploration = rl.First(8) // this search is short
	config.Seed, config.Evaluations, config.Workers = 1, 20, 2
	fmt.Println("accuracy  parameters  seconds  cell")
	config.OnResult = func(e rl.Evaluation) error {
		m := e.Result.Metrics
		fmt.Printf("%6.2f %%  %10.0f  %7.2f  %s\n", e.Result.Value, m[oracle.Params], m[oracle.Seconds], space.Format(e.Arch))
		return nil
	}
	search, err := rl.New(space, method, config)
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, trained)
	if err != nil {
		return err
	}

	best, _ := history.Best()
	m := best.Result.Metrics
	fmt.Printf("\nThe best network classifies %.2f %% of the validation images and %.2f %% of the test images correctly.\n", best.Result.Value, m[oracle.TestAccuracy])
	fmt.Printf("The %d training runs took %.1f seconds in total.\n", len(history.Evaluations), history.Cost().Seconds())
	return nil
}
