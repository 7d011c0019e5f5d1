// Lesson 3: your own evaluator.
//
// You will learn that an evaluator is one function: it gets an architecture and returns a value, which the search maximizes,
// and further figures, or an error if this architecture cannot be evaluated. Here an architecture is a tree of image filters,
// which computes features of handwritten digits. Its value is the accuracy of a classifier that assigns an image to the class
// with the nearest mean. The classifier is in train.go, which stands in for your own training code.
//
//	go run ./examples/03-own-evaluator
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/03-own-evaluator") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// trainer is the evaluator. It must be safe for concurrent use, because evaluations may run in parallel.
type trainer struct{ train, valid *dataset.Set }

// Evaluate evaluates one architecture.
func (t trainer) Evaluate(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	begin := time.Now()
	accuracy, features, err := train(a.Find("filters"), t.train, t.valid)
	if err != nil {
		// The search records that this architecture failed, and goes on. An error that wraps evaluator.ErrBroken, for
		// example because the disk is full, ends the search; one that wraps evaluator.ErrTemporary means that the
		// architecture is not at fault.
		return evaluator.Result{}, err
	}
	return evaluator.Result{
		Value:   accuracy,
		Metrics: map[string]float64{"features": float64(features)},
		Cost:    time.Since(begin),
	}, nil
}

func run(ctx context.Context) error {
	digits, err := dataset.Digits()
	if err != nil {
		return err
	}
	valid, train, err := digits.Train.Split(1, 600)
	if err != nil {
		return err
	}
	space, err := searchspace.New("filters", []searchspace.Part{
		{Name: "filters", MaxNodes: 6, NodeOps: []string{"blur", "halve", "horizontal", "vertical", "positive", "negative"}},
	}, searchspace.Inputs(1, 1)) // each node reads one earlier node, so the nodes form a tree; its root reads the image
	if err != nil {
		return err
	}
	search, err := rl.New(space, bayes.ModelAverage{}, rl.Config{Seed: 1, Evaluations: 80})
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, trainer{train, valid})
	if err != nil {
		return err
	}

	failures := history.Failures()
	fmt.Printf("%d trees of filters were evaluated in %.1f seconds.\n", len(history.Evaluations), history.Cost().Seconds())
	if len(failures) > 0 {
		fmt.Printf("%d of them failed, and the search went on. The first error: %v\n", len(failures), failures[0].Err)
	}
	best, _ := history.Best()
	fmt.Printf("The best one classifies %.2f %% of the validation images correctly with %.0f features (the first one: %.2f %%):\n\n%s",
		best.Result.Value, best.Result.Metrics["features"], history.Evaluations[0].Result.Value, draw.Text(best.Arch, draw.Options{}))
	return nil
}
