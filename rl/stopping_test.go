package rl_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

// curved reports a value after each of eight epochs and stops when its context ends. Each epoch
// takes as long as the underlying evaluator.
type curved struct{ wait evaluator.Evaluator }

func (c curved) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	r, err := countEdges(ctx, a)
	if err != nil {
		return r, err
	}
	r.Value += float64(hashOf(a, 1000)) / 500
	for epoch := 1.0; epoch <= 8; epoch++ {
		if c.wait != nil {
			_, _ = c.wait.Evaluate(ctx, a)
		}
		if ctx.Err() != nil {
			return evaluator.Result{}, context.Cause(ctx)
		}
		value := r.Value * (1 - 1/(epoch+float64(hashOf(a, 3))))
		evaluator.Report(ctx, evaluator.Progress{Fraction: epoch / 8, Epoch: epoch, Value: &value})
		r.Curve = append(r.Curve, evaluator.Point{Epoch: epoch, Value: value})
	}
	r.Cost = 8 * time.Second
	return r, nil
}

// stopped lists the stopped trials of a history and where they were stopped.
func stopped(h *rl.History) map[int]evaluator.Curve {
	list := map[int]evaluator.Curve{}
	for _, e := range h.Evaluations {
		if e.Err != nil {
			list[e.ID] = e.Result.Curve
		}
	}
	return list
}

// Which evaluations are stopped, and after which epoch, depends on the seed and not on their speed.
func TestStopsDoNotDependOnTiming(t *testing.T) {
	space := searchspace.NASBench201{}
	config := rl.Config{Seed: 5, Evaluations: 40, Lag: 7, Batch: 2, Workers: 1}
	method := baseline.MedianStopping{Method: baseline.RandomSearch{}, Grace: 1}
	var want map[int]evaluator.Curve
	for workers := 1; workers < 6; workers += 2 {
		config.Workers = workers
		kept := &memoryRecorder{}
		config.Recorder = kept
		s, err := rl.New(space, method, config)
		require.NoError(t, err)
		h, err := s.Run(t.Context(), curved{delayed(countEdges, uint64(workers))})
		require.NoError(t, err)
		require.Len(t, h.Evaluations, 40)
		now := stopped(h)
		if want == nil {
			want = now
			require.Greater(t, len(now), 3)
			require.Less(t, len(now), 35)
		}
		require.Equal(t, want, now, "%d workers", workers)
		for _, e := range h.Failures() {
			require.ErrorIs(t, e.Err, evaluator.ErrStopped)
			require.NotEmpty(t, e.Result.Curve, "what was seen is kept")
		}
		for _, lines := range []int{len(kept.lines), len(kept.lines) / 2, len(kept.lines) / 3} {
			config.Recorder = &memoryRecorder{lines: kept.lines[:lines:lines]}
			s, err := rl.New(space, method, config)
			require.NoError(t, err)
			h, err := s.Run(t.Context(), curved{})
			require.NoError(t, err)
			require.Equal(t, want, stopped(h), "%d lines", lines)
		}
	}
	config.Recorder, config.Workers = nil, 3
	s, err := rl.New(space, method, config)
	require.NoError(t, err)
	h, timeline, err := s.Simulate(t.Context(), curved{})
	require.NoError(t, err)
	assert.Equal(t, want, stopped(h), "in simulated time")
	for _, span := range timeline {
		if curve, ok := want[span.Trial]; ok {
			assert.Less(t, span.End-span.Start, 8*time.Second+1)
			assert.NotEmpty(t, curve)
		}
	}
}

// With Arrival, stops are replayed from the record.
func TestStopsWithArrivalAreReplayed(t *testing.T) {
	space := searchspace.NASBench201{}
	kept := &memoryRecorder{}
	config := rl.Config{Seed: 6, Evaluations: 30, Workers: 4, Arrival: true, Recorder: kept}
	method := baseline.MedianStopping{Method: baseline.RandomSearch{}, Grace: 1}
	s, err := rl.New(space, method, config)
	require.NoError(t, err)
	h, err := s.Run(t.Context(), curved{delayed(countEdges, 9)})
	require.NoError(t, err)
	want := jsonl(t, h)
	require.NotEmpty(t, stopped(h))
	config.Recorder = &memoryRecorder{lines: kept.lines}
	s, err = rl.New(space, method, config)
	require.NoError(t, err)
	h, err = s.Run(t.Context(), evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		t.Error("evaluated again")
		return evaluator.Result{}, nil
	}))
	require.NoError(t, err)
	assert.Equal(t, want, jsonl(t, h))
}
