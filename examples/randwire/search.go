package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"gonum.org/v1/gonum/stat"
)

// outcome is what a search found, or several: validation accuracies in percent.
type outcome struct {
	learned  []float64 // of the last architectures of the search
	plain    []float64 // of as many Watts-Strogatz graphs
	failures summary.Failures
}

func (r *outcome) add(other outcome) {
	r.learned, r.plain = append(r.learned, other.learned...), append(r.plain, other.plain...)
	r.failures.Add(other.failures)
}

// search runs one seed.
func search(ctx context.Context, o options, seed uint64, out io.Writer) (outcome, error) {
	space, err := searchspace.NewRandWire(o.nodes, o.nodes, o.nodes)
	if err != nil {
		return outcome{}, err
	}
	wirings, err := explore.NewWattsStrogatz(space, o.degree, o.rewired)
	if err != nil {
		return outcome{}, err
	}
	trained, err := o.oracle(ctx, seed)
	if err != nil {
		return outcome{}, err
	}
	history, err := o.explore(ctx, space, trained, wirings, seed, out)
	if err != nil {
		return outcome{}, err
	}
	best, _ := history.Best() // a search without an error has one
	fmt.Fprintf(out, "seed %d: the best has %.2f %%, %.0f parameters: %v\n", seed, best.Result.Value, best.Result.Metrics[oracle.Params], best.Arch)
	if n := len(history.Evaluations); n < o.compared {
		return outcome{}, fmt.Errorf("the search found only %d different wirings, fewer than -compared %d", n, o.compared)
	}
	r := outcome{failures: summary.FailuresOf(history)}
	if r.learned, err = last(history, o.compared); err != nil {
		return outcome{}, err
	}
	if r.plain, err = o.evaluate(ctx, trained, wirings, rand.New(rand.NewPCG(seed, 2))); err != nil {
		return outcome{}, err
	}
	_, err = fmt.Fprintf(out, "seed %d: the last %d of the search have %.2f %%, %d graphs of WS(%d, %g) have %.2f %%; %v\n",
		seed, o.compared, stat.Mean(r.learned, nil), o.compared, o.degree, o.rewired, stat.Mean(r.plain, nil), r.failures)
	return r, err
}

// explore runs the search: first Watts-Strogatz graphs, then what the generator learns from the best.
func (o options) explore(
	ctx context.Context, space searchspace.Space, e evaluator.Evaluator, wirings generator.GraphGenerator, seed uint64, out io.Writer,
) (*rl.History, error) {
	// The causal form learns from graphs of many nodes in seconds.
	model, err := gran.New(space, gran.Config{Form: gran.CausalForm}, rand.New(rand.NewPCG(seed, 1)))
	if err != nil {
		return nil, err
	}
	begin, evaluated := time.Now(), 0
	var round []float64
	method := rl.Reinforce{Model: model, Exploration: rl.First(o.exploring * o.round), Explorer: wirings}
	search, err := rl.New(space, method, rl.Config{
		Seed: seed, Evaluations: o.evals, Batch: o.round, // without a Lag, so in rounds as the paper does
		OnResult: func(e rl.Evaluation) error {
			evaluated++
			if e.OK() {
				round = append(round, e.Result.Value)
			}
			if evaluated%o.round > 0 && evaluated < o.evals || len(round) == 0 {
				return nil
			}
			_, err := fmt.Fprintf(out, "seed %d: %3d of %d trained, the last %d have %.2f %% on average, %.0f s\n",
				seed, evaluated, o.evals, len(round), stat.Mean(round, nil), time.Since(begin).Seconds())
			round = nil
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	return search.Run(ctx, e)
}

// oracle trains the networks of wirings.
func (o options) oracle(ctx context.Context, seed uint64) (*oracle.Oracle, error) {
	images, err := o.open(ctx, seed)
	if err != nil {
		return nil, err
	}
	recipe := oracle.Recipe{Epochs: o.epochs, Batch: o.batch, LearningRate: o.rate}
	if o.augment {
		recipe.Pad, recipe.Flip = 4, true
	}
	return oracle.New(oracle.Config{
		Design: network.RandWire{Channels: o.channels, Head: o.head, Halvings: o.halvings},
		Images: images, Recipe: recipe, Seeds: []uint64{seed},
	})
}

// evaluate returns the accuracies of graphs that a generator draws. A failure is an error.
func (o options) evaluate(ctx context.Context, e evaluator.Evaluator, g generator.GraphGenerator, rng *rand.Rand) ([]float64, error) {
	archs, err := g.Sample(ctx, rng, o.compared)
	if err != nil {
		return nil, err
	}
	values := make([]float64, len(archs))
	for outcome := range (evaluator.Pool{Evaluator: e}).Run(ctx, slices.Values(archs)) {
		if outcome.Err != nil {
			return nil, outcome.Err
		}
		values[outcome.Index] = outcome.Result.Value
	}
	return values, context.Cause(ctx)
}

// last returns the accuracies of the last n successful evaluations.
func last(h *rl.History, n int) ([]float64, error) {
	var values []float64
	for e := range h.All() {
		if e.OK() {
			values = append(values, e.Result.Value)
		}
	}
	if len(values) < n {
		return nil, fmt.Errorf("%d evaluations succeeded, fewer than -compared %d; %v", len(values), n, summary.FailuresOf(h))
	}
	return values[len(values)-n:], nil
}
