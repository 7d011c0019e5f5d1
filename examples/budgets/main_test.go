package main

import (
	"context"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/examples/internal/training"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func tiny() options {
	return options{
		Options: training.Options{
			Data: "digits", Train: 60, Valid: 100, Epochs: 3, Batch: 30, Rate: 0.1, Seed: 1, Seeds: 2, Unsaved: true,
			Trainer: torch.Trainer{Worker: torch.Go, Processes: 1},
		},
		channels: 2, evals: 8, methods: strings.Join(tool.Names(methods), ","),
	}
}

func TestAllMethodsOnDigits(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), tiny(), &out, progress.New(io.Discard)))
	text := out.String()
	for _, m := range methods {
		assert.Regexp(t, m.Name+`, seed 2: best \d+\.\d\d %, \d+ complete training runs, \d+\.\d s of training, 0 evaluations failed\n`, text)
		assert.Regexp(t, `\n\| `+m.Name+` \| \d+\.\d\d ± \d+\.\d\d \(n = 2\) \| `, text)
	}
	assert.Contains(t, text, "full, seed 1: best")
	assert.Regexp(t, `full, seed 1: .* 8 complete training runs`, text)
	assert.Regexp(t, `\n\| full \| .* \| \d+\.0 \| 1\.00 \| \d+\.\d \| 1\.00 \|\n`, text)
}

func TestEarlyAccuracies(t *testing.T) {
	o := tiny()
	o.cells = 5
	var out strings.Builder
	require.NoError(t, run(t.Context(), o, &out, progress.New(io.Discard)))
	assert.Regexp(t, `of \d random cells with those after 3 epochs; \d training runs diverged:\n\n\| epochs .*\n.*\n\| 1 \| (-?[01]\.\d\d|NaN) \| (-?[01]\.\d\d|NaN) \|\n$`, out.String())
}

// A search spends the epochs that it is given, and an epoch that a longer training run continues from costs nothing again.
func TestEpochsAreCountedOnce(t *testing.T) {
	c := curve{runs: map[float64]int{}}
	o := tiny()
	for _, m := range methods {
		c, err := o.search(t.Context(), m.Value([]float64{1}), 1, progress.New(io.Discard).Bar(progress.Options{Total: 24}))
		require.NoError(t, err)
		assert.InDelta(t, float64(o.evals*o.Epochs), c.spent.epochs, float64(o.Epochs), m.Name)
		n := 0
		for _, runs := range c.runs {
			n += runs
		}
		assert.GreaterOrEqual(t, n, o.evals, m.Name)
	}
	assert.True(t, math.IsNaN(c.best()), "nothing trained")
	c.add(rl.Evaluation{Trial: rl.Trial{Budget: 1}, Result: evaluator.Result{Value: 90, Cost: time.Second}}, 1)
	assert.True(t, math.IsNaN(c.best()), "not trained to the end")
	c.add(rl.Evaluation{Result: evaluator.Result{Value: 80, Cost: 2 * time.Second}}, 2)
	assert.Equal(t, []point{{spent{epochs: 3, seconds: 3}, 80}}, c.points)
}

func TestUntil(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := outcome{}
		for range rapid.IntRange(1, 4).Draw(t, "searches") {
			c, epochs, best := curve{}, 0.0, 0.0
			for range rapid.IntRange(0, 5).Draw(t, "points") {
				epochs += float64(rapid.IntRange(1, 5).Draw(t, "epochs"))
				best += float64(rapid.IntRange(1, 5).Draw(t, "better"))
				c.points = append(c.points, point{spent{epochs: epochs}, best})
			}
			o.curves = append(o.curves, c)
		}
		goal := float64(rapid.IntRange(0, 30).Draw(t, "goal"))
		measure := func(s spent) float64 { return s.epochs }
		x, ok := o.until(goal, measure)
		if ok {
			mean, all := o.mean(x, measure)
			require.True(t, all)
			require.GreaterOrEqual(t, mean, goal)
			if before, all := o.mean(math.Nextafter(x, 0), measure); all {
				require.Less(t, before, goal, "not earlier")
			}
		} else if mean, all := o.mean(math.Inf(1), measure); all {
			require.Less(t, mean, goal)
		}
	})
}

// A method reaches the mean that it ends with.
func TestOwnMeanIsReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := outcome{}
		for _, best := range rapid.SliceOfN(rapid.Float64Range(1, 100), 1, 8).Draw(t, "best") {
			o.curves = append(o.curves, curve{points: []point{{spent{epochs: 1}, best}}})
		}
		_, ok := o.until(summary.Of(o.final()).Mean, func(s spent) float64 { return s.epochs })
		require.True(t, ok)
	})
}

func TestBadOptions(t *testing.T) {
	for message, change := range map[string]func(*options){
		"-epochs must be at least 3, got 2":               func(o *options) { o.Epochs = 2 },
		"-cells must be at least 0, got -1":               func(o *options) { o.cells = -1 },
		"-evals must be at least 1, got 0":                func(o *options) { o.evals = 0 },
		"unknown method \"best\"; there are full, screen": func(o *options) { o.methods = "full,best" },
		"unknown -data \"mnist\"":                         func(o *options) { o.Data = "mnist" },
	} {
		o := tiny()
		change(&o)
		assert.ErrorContains(t, run(t.Context(), o, io.Discard, progress.New(io.Discard)), message)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := run(ctx, tiny(), io.Discard, progress.New(io.Discard))
	require.ErrorIs(t, err, context.Canceled)
	assert.EqualError(t, err, "context canceled: 0 of 2 seeds have finished")
}
