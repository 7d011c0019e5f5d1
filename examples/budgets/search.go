package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/examples/internal/training"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// curve lists the improvements of a search: what it had spent when it found a network that is more accurate than all before,
// trained to the end.
type curve struct {
	points []point
	spent  spent // by the whole search
	runs   map[float64]int
	failed int
}

type point struct {
	spent
	best float64 // validation accuracy in percent
}

// spent is what training runs have cost. Epochs do not depend on what else the machine does, and seconds do.
type spent struct{ epochs, seconds float64 }

// design returns the network of a cell.
func (o options) design() network.Design { return network.NASBench201{Channels: o.channels, Cells: 1} }

// search runs one seed of a method, until it has spent the epochs of o.evals complete training runs.
func (o options) search(ctx context.Context, method rl.Method, seed uint64, bar *progress.Bar) (c curve, err error) {
	defer bar.End()
	checkpoints, err := os.MkdirTemp("", "budgets")
	if err != nil {
		return curve{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(checkpoints)) }()
	images, err := o.Images(ctx, seed, false)
	if err != nil {
		return curve{}, err
	}
	space := searchspace.NASBench201{}
	trained, closed, err := o.Open(ctx, training.Scratch{
		Space: space, Design: o.design(), Images: images,
		Epochs: o.Epochs, Rate: o.Rate, Seed: seed, Checkpoints: checkpoints,
	})
	if err != nil {
		return curve{}, err
	}
	defer func() { err = errors.Join(err, closed()) }()
	c.runs = map[float64]int{}
	reached := map[string]float64{} // epochs by architecture
	search, err := rl.New(space, method, rl.Config{
		Seed: seed, Evaluations: o.evals * o.Epochs, // no search evaluates more
		OnResult: func(e rl.Evaluation) error {
			amount := e.Budget
			if amount == 0 {
				amount = float64(o.Epochs)
			}
			c.add(e, amount-reached[e.Key]) // a training run continues where a shorter one has stopped
			reached[e.Key] = amount
			bar.Set(int(c.spent.epochs))
			if c.spent.epochs >= float64(o.evals*o.Epochs) {
				return rl.ErrStop
			}
			return nil
		},
	})
	if err != nil {
		return curve{}, err
	}
	_, err = search.Run(ctx, trained)
	return c, err
}

// add adds an evaluation and the epochs that it took.
func (c *curve) add(e rl.Evaluation, epochs float64) {
	c.spent.epochs += epochs
	c.spent.seconds += e.Result.Cost.Seconds()
	c.runs[e.Budget]++
	if !e.OK() {
		c.failed++
		return
	}
	if n := len(c.points); e.Budget == 0 && (n == 0 || e.Result.Value > c.points[n-1].best) {
		c.points = append(c.points, point{c.spent, e.Result.Value})
	}
}

// best returns the best accuracy of the search, and NaN if it has trained no network to the end.
func (c *curve) best() float64 {
	if len(c.points) == 0 {
		return math.NaN()
	}
	return c.points[len(c.points)-1].best
}

// print describes the search in a line.
func (c *curve) print(out io.Writer, method string, seed uint64) error {
	_, err := fmt.Fprintf(out, "%s, seed %d: best %.2f %%, %d complete training runs, %.1f s of training, %d evaluations failed\n",
		method, seed, c.best(), c.runs[0], c.spent.seconds, c.failed)
	return err
}
