// Hyperparameters searches a cell together with its training: learning rate, optimizer, width and augmentation. You will learn
// that hyperparameters are part of an architecture like any other choice, and how a choice can depend on another one: momentum
// exists only for SGD. A formula replaces training.
//
//	go run ./examples/spaces/hyperparameters
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

// cellAndTraining is the space: a cell of five connected nodes, and how it is trained.
func cellAndTraining() (*searchspace.Sequential, error) {
	return searchspace.New("cell and training", []searchspace.Part{
		{Name: "cell", MaxNodes: 5, NodeOps: []string{"conv", "pool", "identity"}, Rules: []searchspace.Rule{searchspace.Connected()}},
		searchspace.Params("training",
			searchspace.Ordered("rate", 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1),
			searchspace.Choice("optimizer", "adam", "sgd").When("rate", "0.0001", "0.0003", "0.001", "0.003", "0.01"),
			searchspace.Ordered("momentum", 0.0, 0.5, 0.9, 0.99).When("optimizer", "sgd"),
			searchspace.Ordered("width", 16, 32, 64),
			searchspace.Bool("augment"),
		),
	})
}

// score replaces training: wider networks of more convolutions need smaller rates, and Adam needs
// smaller ones than SGD.
func score(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	cell, training := a.Find("cell"), a.Find("training").Node(0)
	convs := 0.0
	for i := range cell.Len() {
		if cell.NodeOp(i) == "conv" {
			convs++
		}
	}
	want := -2 - convs/5 - math.Log2(training.Float("width"))/10
	value := 80 + 2*convs - 0.4*float64(cell.NumEdges()) + 2*math.Log2(training.Float("width"))
	switch training.Get("optimizer") {
	case "adam":
		want -= 0.5
	case "sgd":
		value += 1.5 - 4*math.Abs(training.Float("momentum")-0.9)
	}
	if training.Bool("augment") {
		value++
	}
	return evaluator.Result{Value: value - 4*math.Abs(math.Log10(training.Float("rate"))-want)}, nil
}

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/spaces/hyperparameters") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	space, err := cellAndTraining()
	if err != nil {
		return err
	}
	model, err := gran.New(space, gran.Config{Form: gran.CausalForm}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		return err
	}
	method, config := preset.Ranked(model)
	config.Seed, config.Evaluations = 1, 40
	search, err := rl.New(space, method, config)
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, evaluator.Func(score))
	if err != nil {
		return err
	}
	fmt.Printf("The best three of %d:\n", len(history.Evaluations))
	for _, e := range history.Top(3) {
		fmt.Printf("  %.2f  training %v\n         cell     %v\n", e.Result.Value, e.Arch.Find("training").Node(0), e.Arch.Find("cell"))
	}
	return nil
}
