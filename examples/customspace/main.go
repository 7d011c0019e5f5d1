// Customspace shows how to search a space of your own, and by a score of your own: six-node cells in which every node reads
// at least one earlier node. A formula takes the place of training a network; put your own training into score.
//
//	go run ./examples/customspace
//
// It takes a few seconds. Ctrl-C ends it early, with the best cell so far.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

// connected is the space's rule: a node without any other incoming edge must read the node before it.
func connected(sofar *searchspace.Draft, d searchspace.Decision) []int {
	if d.Kind != searchspace.EdgePresence || d.From < d.Node-1 {
		return d.Allowed
	}
	for from := range d.From {
		if sofar.HasEdge(d.Part, from, d.Node) {
			return d.Allowed
		}
	}
	return []int{1}
}

// score prefers convolutions, the more the later they come, and few edges.
func score(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	cell, value := a.Part(0), 0.0
	for i := range cell.Len() {
		if cell.NodeOp(i) == "conv" {
			value += float64(i)
		}
	}
	return evaluator.Result{Value: value - 0.5*float64(cell.NumEdges())}, nil
}

func main() {
	log.SetFlags(0)
	flag.Usage = func() {
		log.Print("Usage: customspace, without flags and arguments. It searches a space of its own for a few seconds.")
	}
	if flag.Parse(); flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once

	space := must(searchspace.New("six-nodes", []searchspace.Part{{
		Name: "cell", MaxNodes: 6, NodeOps: []string{"conv", "pool", "identity"},
	}}, searchspace.RuleFunc(connected)))
	model := must(gran.New(space, gran.Config{}, rand.New(rand.NewPCG(1, 1))))
	method, config := preset.Ranked(model)
	config.Seed, config.Evaluations = 1, 40
	search := must(rl.New(space, method, config))
	history, err := search.Run(ctx, evaluator.Func(score)) // the history has what was evaluated even if there is an error
	if best, ok := history.Best(); ok {
		fmt.Printf("The best of %d cells scores %.1f:\n\n", len(history.Evaluations), best.Result.Value)
		for i, cell := 0, best.Arch.Part(0); i < cell.Len(); i++ {
			var reads []int
			for from := range i {
				if cell.HasEdge(from, i) {
					reads = append(reads, from)
				}
			}
			fmt.Printf("  node %d: %-8s reads %v\n", i, cell.NodeOp(i), reads)
		}
	}
	fmt.Printf("\n%d of %d evaluations failed.\n", len(history.Failures()), len(history.Evaluations))
	if err != nil && ctx.Err() != nil {
		log.Fatal("Stopped. The next run starts again; with a config.Recorder of package evaluator/store, it would go on from here.")
	}
	if err != nil {
		log.Fatal(err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
