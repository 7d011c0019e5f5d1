package rl_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
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
	simulated, _, err := mustNew(t, space, stoppingOne{listed(archs)}, config()).Simulate(t.Context(), diverging)
	require.NoError(t, err)
	for _, h := range []*rl.History{byTelling, run, simulated} {
		require.Len(t, h.Evaluations, 3)
		for _, e := range slices.Concat(h.Past, h.Evaluations) {
			assert.Equal(t, evaluator.Curve{{Epoch: 1, Value: 5}}, e.Result.Curve)
		}
		assert.NotEmpty(t, jsonl(t, h))
	}
}
