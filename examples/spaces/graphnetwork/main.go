// Graphnetwork searches graph neural networks as NAS-Bench-Graph does (Qin et al. 2022): four operations that form a
// tree whose root is the network's input. You will learn to constrain graphs by rules, to ignore the order of nodes,
// and to count a space. A formula replaces training.
//
//	go run ./examples/spaces/graphnetwork
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

// trees is the space: node 0 is the network's input, and each of the other four reads one node before it. Outputs that nothing
// reads are concatenated.
func trees() (searchspace.Space, error) {
	ordered, err := searchspace.New("graph networks", []searchspace.Part{{
		Name: "net", MaxNodes: 5,
		NodeOps: []string{"input", "gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip"},
	}}, searchspace.Inputs(1, 1), searchspace.Forbid("node 0, and no other, is the input",
		func(_ *searchspace.Draft, d searchspace.Decision, value int) bool {
			return d.Kind == searchspace.NodeOp && (value == 0) != (d.Node == 0)
		}))
	if err != nil {
		return nil, err
	}
	return searchspace.Unordered(ordered), nil
}

// score replaces training: it rewards attention near the input and a linear layer at the end of a branch, and
// penalizes an operation that follows itself.
func score(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	net := a.Part(0)
	value, depth := 70.0, make([]int, net.Len())
	gains := map[string]float64{"gat": 2, "gcn": 1.5, "sage": 1.2, "arma": 1}
	for _, e := range net.Edges() {
		depth[e.To] = depth[e.From] + 1
		value += gains[net.NodeOp(e.To)] / float64(depth[e.To])
		if net.NodeOp(e.To) == "fc" && depth[e.To] == 2 {
			value += 2.5
		}
		if net.NodeOp(e.To) == net.NodeOp(e.From) {
			value -= 0.7
		}
	}
	return evaluator.Result{Value: value}, nil
}

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/spaces/graphnetwork") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	space, err := trees()
	if err != nil {
		return err
	}
	keys := map[string]bool{}
	for a, err := range searchspace.Enumerate(space.Start()) {
		if err != nil {
			return err
		}
		keys[space.Key(a)] = true
	}
	fmt.Printf("%d different networks.\n", len(keys))
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
	fmt.Printf("The best five of %d:\n", len(history.Evaluations))
	for _, e := range history.Top(5) {
		fmt.Printf("  %.2f  %v\n", e.Result.Value, e.Arch)
	}
	return nil
}
