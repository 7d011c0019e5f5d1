package rl_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A search needs a space, a generator, an evaluator and a budget. This evaluator counts 3×3 convolutions instead of
// training a network.
func ExampleTrainer() {
	space := searchspace.NASBench201{}
	model, err := gran.New(space, gran.Config{}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		fmt.Println(err)
		return
	}
	convolutions := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		n := 0.0
		for _, e := range a.Part(0).Edges() {
			if e.Op == "nor_conv_3x3" {
				n++
			}
		}
		return evaluator.Result{Value: n}, nil
	})
	config := rl.PresetCIFAR10()
	config.Seed = 1
	config.OnRound = func(h *rl.History) error {
		if best, ok := h.Best(); ok && best.Result.Value == 6 {
			return rl.ErrStop // nothing is better than six
		}
		return nil
	}
	trainer, err := rl.NewTrainer(model, convolutions, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	history, err := trainer.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	best, _ := history.Best()
	fmt.Println(space.Format(best.Arch), "stopped by", history.Stop)
	// Output:
	// |nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2| stopped by callback
}

// firstCells is a strategy of a user's own: it takes the space's members as they are listed.
type firstCells struct{}

func (firstCells) Propose(_ context.Context, s rl.Session) ([]searchspace.Arch, error) {
	var next []searchspace.Arch
	for a := range s.Space.(searchspace.Enumerator).All() {
		if len(next) == s.Wanted {
			break
		}
		if !s.Evaluated(a) {
			next = append(next, a)
		}
	}
	return next, nil
}

// A strategy of your own shares the budget, the evaluations and the history of a trainer.
func ExampleNewSearch() {
	edges := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
	})
	search, err := rl.NewSearch(searchspace.NASBench201{}, firstCells{}, edges, rl.Config{Evaluations: 50, Batch: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	history, err := search.Run(context.Background())
	best, _ := history.Best()
	fmt.Println(len(history.Evaluations), "evaluations, most edges:", best.Result.Value, err)
	// Output: 50 evaluations, most edges: 2 <nil>
}
