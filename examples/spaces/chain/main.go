// Chain searches MobileNet-like networks of 20 blocks that run in at most 25 milliseconds. You will learn to give each
// block choices, to limit a figure that is a sum over blocks (here latency, from a lookup table), so that no
// architecture beyond the limit is proposed, and to count a space. A formula replaces training.
//
//	go run ./examples/spaces/chain
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math"
	"math/big"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

const limit = 25 // milliseconds

// latency is the lookup table: the time of a block in tenths of a millisecond.
var latency = searchspace.Cost{Node: func(_ string, _ int, b searchspace.Label) float64 {
	return 3 + math.Round(b.Float("kernel")*b.Float("expand")/2)
}}

// blocks is the space: twenty blocks in a row, within the limit.
func blocks() (*searchspace.Sequential, error) {
	return searchspace.New("blocks", []searchspace.Part{
		searchspace.Chain("net", 20, 20, nil, searchspace.Ordered("kernel", 3, 5, 7), searchspace.Ordered("expand", 2, 3, 4, 6)),
	}, searchspace.AtMost(fmt.Sprintf("at most %d ms", limit), 10*limit, latency))
}

// score replaces training: wide blocks matter most where the resolution changes, large kernels late in the network.
func score(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	net, value := a.Find("net"), 60.0
	for i := range net.Len() {
		block := net.Node(i)
		gain := 0.15
		if i%5 == 0 {
			gain = 0.6
		}
		value += gain*math.Sqrt(block.Float("expand")) + 0.004*float64(i)*block.Float("kernel")
	}
	return evaluator.Result{Value: value, Metrics: map[string]float64{"ms": latency.Of(a) / 10}}, nil
}

func main() {
	log.SetFlags(0)
	flag.Usage = func() { fmt.Println("Usage: go run ./examples/spaces/chain") }
	flag.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	space, err := blocks()
	if err != nil {
		return err
	}
	census, err := searchspace.NewCensus(space)
	if err != nil {
		return err
	}
	all := new(big.Float).SetInt(new(big.Int).Exp(big.NewInt(12), big.NewInt(20), nil))
	fmt.Printf("%.3g of %.3g networks run in at most %d ms.\n", new(big.Float).SetInt(census.Size()), all, limit)
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
	best, _ := history.Best()
	fmt.Printf("Best of %d: %.2f in %.1f ms.\n", len(history.Evaluations), best.Result.Value, best.Result.Metrics["ms"])
	for i, net := 0, best.Arch.Find("net"); i < net.Len(); i += 5 { // a line for each resolution
		fmt.Printf("  %v  %v  %v  %v  %v\n", net.Node(i), net.Node(i+1), net.Node(i+2), net.Node(i+3), net.Node(i+4))
	}
	return nil
}
