package rl_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A learning curve may have points that are not finite numbers. They are dropped wherever the result comes from.
func TestCurvesThatAreNotFinite(t *testing.T) {
	space := smallSpace(t)
	diverging := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		r, err := countEdges(ctx, a)
		r.Cost = time.Second
		r.Curve = evaluator.Curve{{Epoch: 1, Value: 5}, {Epoch: 2, Value: math.NaN()}, {Epoch: math.Inf(1), Value: 6}}
		return r, err
	})
	archs := draws(t, space, 4)
	r, err := diverging.Evaluate(t.Context(), archs[3])
	require.NoError(t, err)
	config := func() rl.Config {
		return rl.Config{
			Evaluations: 3, Recorder: &memoryRecorder{}, Past: []rl.Past{{Results: []evaluator.Outcome{{Arch: archs[3], Result: r}}}},
		}
	}
	told := mustNew(t, space, listed(archs), config())
	for range 3 {
		trials, err := told.Ask(t.Context(), 1)
		require.NoError(t, err)
		r, err := diverging.Evaluate(t.Context(), trials[0].Arch)
		require.NoError(t, told.Tell(trials[0], r, err))
	}
	byTelling, err := told.Finish(t.Context())
	require.NoError(t, err)
	run, err := mustRun(t, space, listed(archs), diverging, config())
	require.NoError(t, err)
	simulated, _, err := mustNew(t, space, stoppingOne(archs), config()).Simulate(t.Context(), diverging)
	require.NoError(t, err)
	for _, h := range []*rl.History{byTelling, run, simulated} {
		require.Len(t, h.Evaluations, 3)
		for _, e := range slices.Concat(h.Past, h.Evaluations) {
			assert.Equal(t, evaluator.Curve{{Epoch: 1, Value: 5}}, e.Result.Curve)
		}
		assert.NotEmpty(t, jsonl(t, h))
	}
}

// minus negates the values of curved.
var minus = evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	r, err := curved{}.Evaluate(ctx, a)
	r.Value = -r.Value
	for i := range r.Curve {
		r.Curve[i].Value = -r.Curve[i].Value
	}
	return r, err
})

// Minimizing a value stops the same evaluations as maximizing its negative.
func TestStopsWhileMinimizing(t *testing.T) {
	space := searchspace.NASBench201{}
	method := baseline.MedianStopping{Method: baseline.RandomSearch{}, Grace: 1}
	rapid.Check(t, func(t *rapid.T) {
		c := rl.Config{Seed: rapid.Uint64().Draw(t, "seed"), Evaluations: 20, Lag: rapid.IntRange(1, 6).Draw(t, "lag"), Workers: 3}
		stops := func(e evaluator.Evaluator, o rl.Objective) []int {
			c.Objectives = []rl.Objective{o}
			s, err := rl.New(space, method, c)
			require.NoError(t, err)
			h, _, err := s.Simulate(t.Context(), e)
			require.NoError(t, err)
			return trialIDs(h.Stopped())
		}
		require.Equal(t, stops(curved{}, rl.Maximize("")), stops(minus, rl.Minimize("")))
	})
}

// Learning curves have no named figures, so a search of those cannot stop evaluations early.
func TestStoppersOfNamedFigures(t *testing.T) {
	method := baseline.MedianStopping{Method: baseline.RandomSearch{}}
	for text, objectives := range map[string][]rl.Objective{
		"got minimize latency":                 {rl.Minimize("latency")},
		"got maximize value, minimize latency": {rl.Maximize(""), rl.Minimize("latency")},
	} {
		_, err := rl.New(smallSpace(t), method, rl.Config{Objectives: objectives})
		assert.ErrorContains(t, err, "the only objective must be the value")
		assert.ErrorContains(t, err, text)
	}
	_, err := rl.New(smallSpace(t), method, rl.Config{Limits: []rl.Limit{rl.AtMost("latency", 1)}})
	assert.NoError(t, err)
}
