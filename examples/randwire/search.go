package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"gonum.org/v1/gonum/stat"
)

// search trains what a search and then what chance proposes, and returns the validation accuracies of the search's last
// architectures and of as many graphs of Watts and Strogatz.
func search(ctx context.Context, o options, seed uint64, out io.Writer) (learned, plain []float64, err error) {
	space, err := searchspace.NewRandWire(o.nodes, o.nodes, o.nodes)
	if err != nil {
		return nil, nil, err
	}
	wirings, err := explore.NewWattsStrogatz(space, o.degree, o.rewired)
	if err != nil {
		return nil, nil, err
	}
	trained, err := o.oracle(ctx, seed)
	if err != nil {
		return nil, nil, err
	}
	// The causal form learns from graphs of many nodes in seconds.
	model, err := gran.New(space, gran.Config{Form: gran.CausalForm}, rand.New(rand.NewPCG(seed, 1)))
	if err != nil {
		return nil, nil, err
	}
	begun := time.Now()
	trainer, err := rl.NewTrainer(model, trained, rl.Config{
		Seed: seed, Evaluations: o.evals, Batch: o.round, Exploration: rl.FirstRounds(o.exploring), Explorer: wirings,
		OnRound: func(h *rl.History) error {
			evals := h.Evaluations
			last, err := accuracies(evals[len(evals)-len(h.Rounds[len(h.Rounds)-1].Drawn):])
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "seed %d: %3d of %d trained, the last %d at %.2f %% on average, %.0f s\n",
				seed, len(evals), o.evals, len(last), stat.Mean(last, nil), time.Since(begun).Seconds())
			return nil
		},
	})
	if err != nil {
		return nil, nil, err
	}
	history, err := trainer.Run(ctx)
	if err != nil {
		return nil, nil, err
	}
	best, _ := history.Best()
	fmt.Fprintf(out, "seed %d: the best has %.2f %%, %.0f parameters: %v\n", seed, best.Result.Value, best.Result.Metrics[oracle.Params], best.Arch)
	trainings := history.Evaluations
	if len(trainings) < o.compared {
		return nil, nil, fmt.Errorf("there are only %d different wirings, of which %d were to be compared", len(trainings), o.compared)
	}
	if learned, err = accuracies(trainings[len(trainings)-o.compared:]); err != nil {
		return nil, nil, err
	}
	plain, err = o.evaluate(ctx, trained, wirings, rand.New(rand.NewPCG(seed, 2)))
	if err == nil {
		fmt.Fprintf(out, "seed %d: the last %d of the search %.2f %%, %d graphs of WS(%d, %g) %.2f %%\n",
			seed, o.compared, stat.Mean(learned, nil), o.compared, o.degree, o.rewired, stat.Mean(plain, nil))
	}
	return learned, plain, err
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

// evaluate trains graphs that a generator draws.
func (o options) evaluate(ctx context.Context, e evaluator.Evaluator, g generator.GraphGenerator, rng *rand.Rand) ([]float64, error) {
	archs, err := g.Sample(ctx, rng, o.compared)
	if err != nil {
		return nil, err
	}
	values := make([]float64, len(archs))
	pool := evaluator.Pool{Evaluator: e, Workers: runtime.GOMAXPROCS(0)}
	for outcome := range pool.Run(ctx, archs) {
		if outcome.Err != nil {
			return nil, outcome.Err
		}
		values[outcome.Index] = outcome.Result.Value
	}
	return values, context.Cause(ctx)
}

// accuracies are those of trainings, none of which may have failed: divergence is a result, anything else is a mistake.
func accuracies(evals []rl.Evaluation) ([]float64, error) {
	values := make([]float64, len(evals))
	for i, e := range evals {
		if e.Err != nil {
			return nil, e.Err
		}
		values[i] = e.Result.Value
	}
	return values, nil
}
