package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/examples/internal/training"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"gonum.org/v1/gonum/stat"
)

// outcome is the result of a seed.
type outcome struct {
	results  []found // Watts-Strogatz graphs, then the search of each generator
	failures summary.Failures
}

// found holds validation accuracies in percent: the mean and the highest.
type found struct{ mean, best float64 }

// search runs one seed.
func search(ctx context.Context, o options, seed uint64, kept kept, line *status, out io.Writer) (r outcome, err error) {
	space, err := searchspace.NewRandWire(o.nodes, o.nodes, o.nodes)
	if err != nil {
		return outcome{}, err
	}
	wirings, err := explore.NewWattsStrogatz(space, o.degree, o.rewired)
	if err != nil {
		return outcome{}, err
	}
	trainer, closed, err := o.open(ctx, space, seed, kept.checkpoints())
	if err != nil {
		return outcome{}, err
	}
	defer func() { err = errors.Join(err, closed()) }()
	trained := kept.evaluator(space, seed, trainer)
	r.results = make([]found, 1, 1+len(o.learners))
	for _, g := range o.learners {
		line.begin("search with "+g.Name, seed)
		history, err := o.explore(ctx, space, g, trained, wirings, seed, kept.recorder(g.Name, seed), line, out)
		if history != nil {
			printBest(out, history, g.Name, seed)
		}
		if err = errors.Join(err, report.Keep(o.Out, kept.search(g.Name, seed), history)); err != nil {
			return outcome{}, err
		}
		learned, err := last(history, o.compared)
		if err != nil {
			return outcome{}, fmt.Errorf("%s: %w", g.Name, err)
		}
		best, _ := history.Best()
		r.results = append(r.results, found{stat.Mean(learned, nil), best.Result.Value})
		r.failures.Add(summary.FailuresOf(history))
	}
	line.begin("Watts-Strogatz", seed)
	values, err := o.evaluate(ctx, trained, wirings, rand.New(rand.NewPCG(seed, 2)), line)
	if err != nil {
		return outcome{}, err
	}
	r.results[0] = found{stat.Mean(values, nil), slices.Max(values)}
	r.print(out, o, seed)
	return r, nil
}

// print prints the result of a seed.
func (r outcome) print(out io.Writer, o options, seed uint64) {
	for i, g := range o.learners {
		fmt.Fprintf(out, "seed %d, %s: the last %d of the search have %.2f %% on average\n", seed, g.Name, o.compared, r.results[1+i].mean)
	}
	fmt.Fprintf(out, "seed %d: %d graphs of WS(%d, %g) have %.2f %%, the best of them %.2f %%; %v\n",
		seed, o.graphs, o.degree, o.rewired, r.results[0].mean, r.results[0].best, r.failures)
}

// printBest prints the best of a search, which may have been stopped.
func printBest(out io.Writer, h *rl.History, name string, seed uint64) {
	if best, ok := h.Best(); ok {
		fmt.Fprintf(out, "seed %d, %s: the best of %d trained has %.2f %%, %.0f parameters: %v\n",
			seed, name, len(h.Evaluations), best.Result.Value, best.Result.Metrics[oracle.Params], best.Arch)
	}
}

// explore runs a search: first Watts-Strogatz graphs, then what a generator learns from the best.
func (o options) explore(
	ctx context.Context, space searchspace.Space, g tool.Named[training.Generator], e evaluator.Evaluator, wirings generator.GraphGenerator,
	seed uint64, recorder rl.Recorder, line *status, out io.Writer,
) (*rl.History, error) {
	model, err := g.Value.New(space, rand.New(rand.NewPCG(seed, 1)))
	if err != nil {
		return nil, err
	}
	begin, evaluated := time.Now(), 0
	var round []float64
	method := rl.Reinforce{Model: model, Learner: g.Value.Learner, Exploration: rl.First(o.exploring * o.round), Explorer: wirings}
	search, err := rl.New(space, method, rl.Config{
		Seed: seed, Evaluations: o.evals, Batch: o.round, Lag: 1, // in rounds, as the paper does
		Workers: o.Trainer.Workers(), Recorder: recorder,
		OnResult: func(e rl.Evaluation) error {
			evaluated++
			line.trained(e.OK(), e.Result.Value)
			if e.OK() {
				round = append(round, e.Result.Value)
			}
			if evaluated%o.round > 0 && evaluated < o.evals || len(round) == 0 {
				return nil
			}
			_, err := fmt.Fprintf(out, "seed %d, %s: %3d of %d trained, the last %d have %.2f %% on average, %.0f s\n",
				seed, g.Name, evaluated, o.evals, len(round), stat.Mean(round, nil), time.Since(begin).Seconds())
			round = nil
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	return search.Run(ctx, e)
}

// open returns an evaluator that trains the networks of wirings, and a function that closes it.
func (o options) open(ctx context.Context, space searchspace.Space, seed uint64, checkpoints string) (evaluator.Evaluator, func() error, error) {
	scratch := training.Scratch{
		Space: space, Design: network.RandWire{Channels: o.channels, Head: o.head, Halvings: o.halvings},
		Epochs: o.Epochs, Rate: o.Rate, Seed: seed, Checkpoints: checkpoints,
	}
	if o.Trainer.Worker == torch.Go {
		var err error
		if scratch.Images, err = o.Images(ctx, seed, false); err != nil {
			return nil, nil, err
		}
	}
	return o.Open(ctx, scratch)
}

// evaluate returns the accuracies of graphs that a generator draws. It returns an error if one fails.
func (o options) evaluate(
	ctx context.Context, e evaluator.Evaluator, g generator.GraphGenerator, rng *rand.Rand, line *status,
) ([]float64, error) {
	archs, err := g.Sample(ctx, rng, o.graphs)
	if err != nil {
		return nil, err
	}
	values := make([]float64, len(archs))
	for outcome := range (evaluator.Pool{Evaluator: e, Workers: o.Trainer.Workers()}).Run(ctx, slices.Values(archs)) {
		if outcome.Err != nil {
			return nil, outcome.Err
		}
		line.trained(true, outcome.Result.Value)
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
