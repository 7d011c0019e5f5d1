package zerocost_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/dataset"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/zerocost"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// exampleScores returns both scores for small networks that classify handwritten digits. NASWOT uses 32 images.
func exampleScores() (naswot, synflow *zerocost.Scorer, err error) {
	data, err := dataset.Digits()
	if err != nil {
		return nil, nil, err
	}
	normalization, err := dataset.MeasureNormalization(context.Background(), data.Train)
	if err != nil {
		return nil, nil, err
	}
	stream, err := dataset.NewStream(data.Train, normalization, dataset.StreamConfig{Batch: 32, Shuffle: true, Seed: 1})
	if err != nil {
		return nil, nil, err
	}
	config := zerocost.Config{
		Design: network.NASBench201{Channels: 8, Cells: 1},
		Input:  network.Input{Channels: 1, Height: 8, Width: 8, Classes: 10},
		Seed:   1,
	}
	for batch, err := range stream.Epoch(context.Background(), 0) {
		if err != nil {
			return nil, nil, err
		}
		if naswot, err = zerocost.NewNASWOT(config, batch.Images); err != nil {
			return nil, nil, err
		}
		break
	}
	synflow, err = zerocost.NewSynflow(config)
	return naswot, synflow, err
}

// exampleCells returns cells of NAS-Bench-201, from one with only convolutions to one without any.
func exampleCells() (cells []searchspace.Arch) {
	for _, text := range []string{heavy, mixed, pooled} {
		a, err := searchspace.NASBench201{}.Parse(text)
		if err != nil {
			panic(err)
		}
		cells = append(cells, a)
	}
	return cells
}

// Both scores are higher for cells with more convolutions.
func Example() {
	naswot, synflow, err := exampleScores()
	if err != nil {
		panic(err)
	}
	for _, a := range exampleCells() {
		n, err := naswot.Evaluate(context.Background(), a)
		if err != nil {
			panic(err)
		}
		s, err := synflow.Evaluate(context.Background(), a)
		if err != nil {
			panic(err)
		}
		fmt.Printf("NASWOT %.0f, synflow %.1f, %.0f parameters\n", n.Value, s.Value, n.Metrics[zerocost.Params])
	}
	// Output:
	// NASWOT 231, synflow 34.7, 91842 parameters
	// NASWOT 222, synflow 27.7, 44466 parameters
	// NASWOT 190, synflow 13.2, 18594 parameters
}

// Architectures that score badly are not trained. The search gets the accuracy of guessing for them instead.
func ExampleFiltered() {
	_, synflow, err := exampleScores()
	if err != nil {
		panic(err)
	}
	train := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		fmt.Println("trained for an hour")
		return evaluator.Result{Value: 97}, nil
	})
	filtered := zerocost.Filtered{Evaluator: train, Score: synflow, Least: 15}
	all := evaluator.Penalized{Evaluator: filtered, Value: 10}
	for _, a := range exampleCells() {
		r, err := all.Evaluate(context.Background(), a)
		if err != nil {
			panic(err)
		}
		fmt.Println(r.Value)
	}
	_, err = filtered.Evaluate(context.Background(), exampleCells()[2])
	fmt.Println(errors.Is(err, zerocost.ErrFiltered))
	// Output:
	// trained for an hour
	// 97
	// trained for an hour
	// 97
	// 10
	// true
}

// Of several architectures with equal accuracy, the one with the highest score is the best.
func ExampleScored() {
	naswot, _, err := exampleScores()
	if err != nil {
		panic(err)
	}
	train := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: 97}, nil
	})
	pool := evaluator.Pool{Evaluator: zerocost.Scored{Evaluator: train, Score: naswot, Name: "naswot"}}
	outcomes := slices.Collect(pool.Run(context.Background(), slices.Values(exampleCells())))
	best := slices.MaxFunc(outcomes, func(a, b evaluator.Outcome) int {
		return cmp.Or(
			cmp.Compare(a.Result.Value, b.Result.Value),
			cmp.Compare(a.Result.Metrics["naswot"], b.Result.Metrics["naswot"]),
		)
	})
	fmt.Println(searchspace.NASBench201{}.Format(best.Arch))
	// Output:
	// |nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|
}

// ranker chooses the candidates that an evaluator scores highest.
type ranker struct{ score evaluator.Evaluator }

// Rank implements rl.Ranker. Candidates without a score are left out.
func (r ranker) Rank(ctx context.Context, _ *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	var scored []evaluator.Outcome
	for o := range (evaluator.Pool{Evaluator: r.score}).Run(ctx, slices.Values(candidates)) {
		if o.Err == nil {
			scored = append(scored, o)
		}
	}
	slices.SortFunc(scored, func(a, b evaluator.Outcome) int {
		return cmp.Or(cmp.Compare(b.Result.Value, a.Result.Value), cmp.Compare(a.Index, b.Index))
	})
	var places []int
	for _, o := range scored[:min(n, len(scored))] {
		places = append(places, o.Index)
	}
	return places, ctx.Err()
}

// The generator draws 30 architectures for a group, and the search evaluates the four with the highest scores. They have more
// convolutions than four architectures that are drawn without ranking.
func Example_ranker() {
	_, synflow, err := exampleScores()
	if err != nil {
		panic(err)
	}
	space := searchspace.NASBench201{}
	convolutions := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: float64(strings.Count(space.Format(a), "conv"))}, nil
	})
	var totals []int
	for _, ranking := range []rl.Ranking{{}, {Ranker: ranker{synflow}, Samples: 30}} {
		model, err := gran.New(space, gran.Config{}, rand.New(rand.NewPCG(1, 1)))
		if err != nil {
			panic(err)
		}
		method := rl.Reinforce{Model: model, Exploration: rl.First(4), Ranking: ranking}
		search, err := rl.New(space, method, rl.Config{Seed: 1, Evaluations: 8, Batch: 4})
		if err != nil {
			panic(err)
		}
		history, err := search.Run(context.Background(), convolutions)
		if err != nil {
			panic(err)
		}
		total := 0
		for _, e := range history.Evaluations[4:] { // skip the first four, which explore
			total += int(e.Result.Value)
		}
		totals = append(totals, total)
	}
	fmt.Println("more convolutions:", totals[1] > totals[0])
	// Output:
	// more convolutions: true
}
