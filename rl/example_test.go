package rl_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

// convolutions counts 3×3 convolutions instead of training a network. It reports a cost of one
// hour, plus one for each convolution.
var convolutions = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	n := 0
	for _, e := range a.Part(0).Edges() {
		if e.Op == "nor_conv_3x3" {
			n++
		}
	}
	return evaluator.Result{Value: float64(n), Cost: time.Duration(1+n) * time.Hour}, nil
})

// A search needs a space, a method, an evaluator and a budget. This one uses the paper's method
// with its settings for CIFAR-10, and a small generator that trains quickly.
func ExampleSearch_Run() {
	space := searchspace.NASBench201{}
	model, err := gran.New(space, gran.Config{Form: gran.CausalForm, Layers: 1, Attention: 16, Components: 2}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		fmt.Println(err)
		return
	}
	method, config := preset.CIFAR10(model)
	config.Seed = 1
	config.OnResult = func(e rl.Evaluation) error {
		if e.OK() && e.Result.Value == 6 {
			return rl.ErrStop // nothing is better than six
		}
		return nil
	}
	search, err := rl.New(space, method, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	history, err := search.Run(context.Background(), convolutions)
	if err != nil {
		fmt.Println(err)
		return
	}
	best, _ := history.Best()
	fmt.Println(space.Format(best.Arch), "stopped by", history.Stop)
	// Output:
	// |nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2| stopped by callback
}

// A program that schedules its own jobs asks for trials and tells their results, in any order.
func ExampleSearch_Ask() {
	ctx := context.Background()
	config := rl.Config{Seed: 1, Evaluations: 40, Lag: 8}
	search, err := rl.New(searchspace.NASBench201{}, baseline.RegularizedEvolution{Population: 10}, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	var running []rl.Trial
	for {
		trials, err := search.Ask(ctx, 4)
		running = append(running, trials...)
		if errors.Is(err, rl.ErrDone) && len(running) == 0 {
			break
		}
		if err != nil && !errors.Is(err, rl.ErrWait) && !errors.Is(err, rl.ErrDone) {
			fmt.Println(err)
			return
		}
		// Here, the last submitted job finishes first.
		done := running[len(running)-1]
		running = running[:len(running)-1]
		result, err := convolutions.Evaluate(ctx, done.Arch)
		if err := search.Tell(done, result, err); err != nil {
			fmt.Println(err)
			return
		}
	}
	history, err := search.Finish(ctx)
	fmt.Println(len(history.Evaluations), "evaluations, stopped by", history.Stop, err)
	// Output: 40 evaluations, stopped by budget <nil>
}

// firstCells is your own method: it proposes the members of the space in order.
type firstCells struct{}

func (firstCells) Propose(_ context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	var next []rl.Trial
	for a := range s.Space().(searchspace.Enumerator).All() {
		if len(next) == n {
			break
		}
		if !s.Known(a) {
			next = append(next, rl.Trial{Arch: a, Source: "list"})
		}
	}
	return next, nil
}

// Your own method uses the same loop, budgets and history as the built-in ones.
func ExampleMethod() {
	edges := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
	})
	search, err := rl.New(searchspace.NASBench201{}, firstCells{}, rl.Config{Evaluations: 50, Batch: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	history, err := search.Run(context.Background(), edges)
	best, _ := history.Best()
	fmt.Println(len(history.Evaluations), "evaluations, most edges:", best.Result.Value, err)
	// Output: 50 evaluations, most edges: 2 <nil>
}

// In a simulated search, evaluations take as long as the evaluator reports. This compares how busy
// workers are if rounds wait for their slowest evaluation, and if proposals are made ahead of
// results.
func ExampleSearch_Simulate() {
	for _, config := range []rl.Config{{Batch: 8, Lag: 1}, {Batch: 1, Lag: 24}} {
		config.Seed, config.Workers, config.Evaluations = 1, 8, 200
		search, err := rl.New(searchspace.NASBench201{}, baseline.RandomSearch{}, config)
		if err != nil {
			fmt.Println(err)
			return
		}
		_, timeline, err := search.Simulate(context.Background(), convolutions)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("rounds of %d, lag %d: %v, %.0f %% busy\n", config.Batch, config.Lag, timeline.End(), 100*timeline.Busy(8))
	}
	// Output:
	// rounds of 8, lag 1: 92h0m0s, 59 % busy
	// rounds of 1, lag 24: 57h0m0s, 98 % busy
}

// A State made by NewState shows what a method proposes, without a search.
func ExampleNewState() {
	space := searchspace.NASBench201{}
	best, err := space.Parse("|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|")
	if err != nil {
		fmt.Println(err)
		return
	}
	state, err := rl.NewState(space, rl.Snapshot{
		Seed:        1,
		Evaluations: []rl.Evaluation{{Trial: rl.Trial{Arch: best}, Result: evaluator.Result{Value: 94}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	trials, err := baseline.LocalSearch{}.Propose(context.Background(), state, 1)
	fmt.Println(len(trials), "neighbors, none of them known:", !state.Known(trials[0].Arch), err)
	// Output: 24 neighbors, none of them known: true <nil>
}
