package rl_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A panic in a method or callback ends the search with an error, and nothing hangs.
func TestAPanicInAMethodOrACallbackIsAnError(t *testing.T) {
	space := smallSpace(t)
	bad := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
		if s.Group() == 3 {
			panic("bad index")
		}
		return baseline.RandomSearch{}.Propose(ctx, s, n)
	})
	for name, c := range map[string]struct {
		method rl.Method
		config rl.Config
	}{
		"method":     {bad, rl.Config{}},
		"on propose": {baseline.RandomSearch{}, rl.Config{OnPropose: func(rl.Group, []rl.Trial) error { panic("bad index") }}},
		"on result":  {baseline.RandomSearch{}, rl.Config{OnResult: func(rl.Evaluation) error { panic("bad index") }}},
		"stop":       {stopping{baseline.RandomSearch{}, func(rl.Trial) bool { panic("bad index") }}, rl.Config{}},
		"finish":     {ending{baseline.RandomSearch{}, func(context.Context) error { panic("bad index") }}, rl.Config{Evaluations: 5}},
	} {
		for _, shape := range []rl.Config{{Lag: 1, Batch: 4, Workers: 4}, {Lag: 7, Workers: 3}, {Arrival: true, Workers: 2}} {
			t.Run(name, func(t *testing.T) {
				c.config.Lag, c.config.Batch, c.config.Workers, c.config.Arrival = shape.Lag, shape.Batch, shape.Workers, shape.Arrival
				h, err := mustRun(t, space, c.method, curved{}, c.config)
				assert.ErrorContains(t, err, "bad index")
				if name != "finish" {
					assert.Equal(t, rl.StopError, h.Stop)
				}
			})
		}
	}
}

// ending is a method with work left at the end.
type ending struct {
	rl.Method
	finish func(context.Context) error
}

func (e ending) Finish(ctx context.Context, _ *rl.State) error { return e.finish(ctx) }

// A method or callback that calls runtime.Goexit, as a failed test does, leaves nothing waiting.
func TestGoexitInAMethodOrACallback(t *testing.T) {
	space := smallSpace(t)
	gone := methodFunc(func(context.Context, *rl.State, int) ([]rl.Trial, error) {
		runtime.Goexit()
		return nil, nil
	})
	_, err := mustRun(t, space, gone, countEdges, rl.Config{})
	assert.ErrorContains(t, err, "runtime.Goexit")
	_, err = mustRun(t, space, baseline.RandomSearch{}, countEdges, rl.Config{OnPropose: func(rl.Group, []rl.Trial) error {
		runtime.Goexit()
		return nil
	}})
	assert.ErrorContains(t, err, "runtime.Goexit")
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = mustRun(t, space, baseline.RandomSearch{}, countEdges, rl.Config{Lag: 1, Batch: 4, Workers: 4, OnResult: func(rl.Evaluation) error {
			runtime.Goexit()
			return nil
		}})
		t.Error("Run returned in a goroutine that has ended")
	}()
	<-done
}

// If there are two reasons to end, the error is the first.
func TestABrokenEvaluatorTakesPrecedenceOverCallbacks(t *testing.T) {
	for name, says := range map[string]error{"stop": rl.ErrStop, "other": errors.New("the disk is full")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				space := smallSpace(t)
				var n atomic.Int64
				e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
					if n.Add(1) == 2 {
						return evaluator.Result{}, fmt.Errorf("no GPU: %w", evaluator.ErrBroken)
					}
					time.Sleep(time.Hour)
					return countEdges(ctx, a)
				})
				c := rl.Config{Lag: 1, Batch: 2, Workers: 2, OnResult: func(rl.Evaluation) error { return says }}
				h, err := mustRun(t, space, baseline.RandomSearch{}, e, c)
				assert.ErrorIs(t, err, evaluator.ErrBroken)
				assert.Equal(t, rl.StopError, h.Stop)
				assert.Len(t, h.Evaluations, 1, "what was running is told")
			})
		})
	}
}

// On-policy learning uses every draw even if the next group explores.
func TestOnPolicyLearnsFromEveryDraw(t *testing.T) {
	space := smallSpace(t)
	m := newRecorder(space)
	c := rl.Config{Evaluations: 60, Seed: 4}
	h, err := mustRun(t, space, rl.Reinforce{Model: m, Learner: rl.OnPolicy{}, Exploration: rl.Constant(0.5)}, countEdges, c)
	require.NoError(t, err)
	learned := 0
	for _, fit := range m.fits {
		learned += len(fit)
	}
	drawn := 0
	for _, e := range append(h.Evaluations, h.Repeats...) {
		if e.Source == rl.SourceGenerator {
			drawn++
		}
	}
	assert.Equal(t, drawn, learned)
}

// A search that was stopped by a callback and then killed returns the remaining trials when it is
// resumed.
func TestAStoppedSearchResumesWithWhatWasLeft(t *testing.T) {
	space := smallSpace(t)
	stopAt := func(c rl.Config) rl.Config {
		c.OnPropose = func(g rl.Group, _ []rl.Trial) error {
			if g.Number == 10 {
				return rl.ErrStop
			}
			return nil
		}
		return c
	}
	record := &memoryRecorder{}
	c := stopAt(rl.Config{Lag: 8, Workers: 3, Recorder: record})
	want, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
	require.NoError(t, err)
	require.Len(t, want.Evaluations, 10)
	for n := range record.size() {
		c.Recorder = record.cut(n)
		c.OnResult = func(rl.Evaluation) error {
			time.Sleep(100 * time.Microsecond)
			return nil
		}
		h, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
		require.NoError(t, err)
		require.Equal(t, jsonl(t, want), jsonl(t, h), "after %d lines", n)
	}
}
