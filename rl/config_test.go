package rl_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The default Lag depends on Workers and the trial, and the default number of workers is not larger
// than Lag and Batch can use.
func TestDefaultsOfLagAndWorkers(t *testing.T) {
	space := smallSpace(t)
	for _, test := range []struct {
		config     rl.Config
		lag        int // of the last trial
		concurrent int // upper bound on any machine
	}{
		{rl.Config{}, 1, 1},
		{rl.Config{Batch: 3}, 1, 3},
		{rl.Config{Workers: 1}, 1, 1},
		{rl.Config{Workers: 4}, 7, 4},
		{rl.Config{Workers: 12}, 16, 12},
		{rl.Config{Workers: 16}, 16, 16},
		{rl.Config{Workers: 64}, 64, 64},
		{rl.Config{Workers: 4, Lag: 2}, 2, 2},
		{rl.Config{Lag: 5}, 5, 5},
	} {
		lag := 0
		m := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
			lag = s.Lag()
			return baseline.RandomSearch{}.Propose(ctx, s, n)
		})
		synctest.Test(t, func(t *testing.T) {
			var now, most atomic.Int64
			e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				n := now.Add(1)
				for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
				}
				time.Sleep(time.Second)
				now.Add(-1)
				return countEdges(ctx, a)
			})
			h, err := mustRun(t, space, m, e, test.config)
			require.NoError(t, err)
			assert.Len(t, h.Evaluations, 100, "the default")
			assert.Equal(t, test.lag, lag, "%+v", test.config)
			assert.LessOrEqual(t, int(most.Load()), test.concurrent, "%+v", test.config)
		})
	}
}

// The settings of a search with the defaults filled in configure another search with the same settings.
func TestSettingsWithDefaultsConfigureASearch(t *testing.T) {
	space := smallSpace(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := rl.Config{
			Evaluations: rapid.IntRange(0, 3).Draw(rt, "evaluations"), Batch: rapid.IntRange(0, 3).Draw(rt, "batch"),
			Workers: rapid.IntRange(0, 3).Draw(rt, "workers"), GiveUp: rapid.IntRange(-1, 2).Draw(rt, "give up"),
		}
		if c.Arrival = rapid.Bool().Draw(rt, "arrival"); !c.Arrival {
			c.Lag = rapid.IntRange(0, 3).Draw(rt, "lag")
		}
		want := mustNew(t, space, baseline.RandomSearch{}, c).Config()
		s, err := rl.New(space, baseline.RandomSearch{}, want)
		require.NoError(rt, err)
		require.Equal(rt, want, s.Config())
	})
}

// The default Lag grows from Workers to 3·Workers or a sixth of the evaluations, and slowly enough that no result leaves the view.
func TestLagAt(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := rl.Config{Workers: rapid.IntRange(2, 1000).Draw(rt, "workers"), Evaluations: rapid.IntRange(1, 10_000).Draw(rt, "evaluations")}
		k := rapid.IntRange(0, 5000).Draw(rt, "trial")
		assert.Equal(rt, c.Workers, c.LagAt(0))
		assert.Equal(rt, max(c.Workers, min(3*c.Workers, c.Evaluations/6)), c.LagAt(1<<20))
		assert.GreaterOrEqual(rt, c.LagAt(k+1), c.LagAt(k))
		assert.GreaterOrEqual(rt, k+1-c.LagAt(k+1), k-c.LagAt(k))
		c.Lag = rapid.IntRange(1, 100).Draw(rt, "lag")
		assert.Equal(rt, c.Lag, c.LagAt(k))
	})
	assert.Equal(t, rl.Config{Workers: 8, Evaluations: 100}.LagAt(90), rl.Config{Workers: 8}.LagAt(90), "100 evaluations are the default")
}

func TestLogger(t *testing.T) {
	space := smallSpace(t)
	var out bytes.Buffer
	c := rl.Config{Evaluations: 20, Workers: 1, Logger: slog.New(slog.NewTextHandler(&out, nil))}
	h, err := mustRun(t, space, baseline.RandomSearch{}, rugged, c)
	require.NoError(t, err)
	failed := len(h.Failures())
	require.Positive(t, failed)
	assert.Equal(t, 20-failed, strings.Count(out.String(), "msg=evaluated"))
	assert.Equal(t, failed, strings.Count(out.String(), "level=WARN"))
	assert.Equal(t, 1, strings.Count(out.String(), "search ended"))
	assert.Contains(t, out.String(), fmt.Sprintf("evaluations=20 failed=%d stopped=0", failed))
}

// The figures that a search is about are logged, but not again for evaluations that a record has.
func TestLoggerShowsTheFigures(t *testing.T) {
	var out bytes.Buffer
	c := rl.Config{
		Evaluations: 4, Logger: slog.New(slog.NewTextHandler(&out, nil)), Recorder: &memoryRecorder{},
		Objectives: []rl.Objective{rl.Maximize("accuracy"), rl.Minimize("latency")}, Limits: []rl.Limit{rl.AtMost("latency", 100), rl.AtMost("memory", 100)},
	}
	e := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Metrics: map[string]float64{"accuracy": 70.5, "latency": 2.5, "memory": 7}}, nil
	})
	_, err := mustRun(t, smallSpace(t), baseline.RandomSearch{}, e, c)
	require.NoError(t, err)
	assert.Equal(t, 4, strings.Count(out.String(), " accuracy=70.5 latency=2.5 memory=7 cost=0s "))
	_, err = mustRun(t, smallSpace(t), baseline.RandomSearch{}, e, c)
	require.NoError(t, err)
	assert.Equal(t, 4, strings.Count(out.String(), "msg=evaluated"))
	assert.Equal(t, 1, strings.Count(out.String(), `msg="resumed from the record" evaluations=4`))
}

// A panic is logged with the stack, which errors do not contain.
func TestLoggerShowsWhereAnEvaluatorPanicked(t *testing.T) {
	var out bytes.Buffer
	faulty := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) { panic("no such layer") })
	c := rl.Config{Evaluations: 1, Logger: slog.New(slog.NewTextHandler(&out, nil))}
	_, err := mustRun(t, smallSpace(t), baseline.RandomSearch{}, faulty, c)
	assert.ErrorIs(t, err, evaluator.ErrPanic)
	assert.Contains(t, out.String(), "config_test.go:")
	assert.NotContains(t, err.Error(), "config_test.go:")
}

// As documented, the methods of a JSONLWriter can be used as callbacks while workers evaluate and
// groups are proposed ahead of time. The race detector checks this.
func TestWritersAsCallbacksOfAParallelSearch(t *testing.T) {
	space := smallSpace(t)
	for name, c := range map[string]rl.Config{"lag": {Lag: 30}, "arrival": {Arrival: true}} {
		for seed := range uint64(10) {
			var lines bytes.Buffer
			var live *rl.JSONLWriter
			c.Seed, c.Evaluations, c.Workers = seed, 150, 4
			c.OnPropose = func(g rl.Group, trials []rl.Trial) error { return live.Group(g, trials) }
			c.OnResult = func(e rl.Evaluation) error { return live.Evaluation(e) }
			s := mustNew(t, space, baseline.RandomSearch{}, c)
			live = rl.NewJSONLWriter(&lines, s.History())
			h, err := s.Run(context.Background(), countEdges)
			require.NoError(t, err)
			require.NoError(t, live.End(h))
			require.Equal(t, jsonl(t, h), lines.String(), name)
		}
	}
}

// With Arrival, the generator may always have learned since it drew, so an on-policy learner needs
// the log-probabilities, regardless of the number of workers.
func TestDrawsHaveLogProbabilitiesWithArrival(t *testing.T) {
	space := smallSpace(t)
	for _, workers := range []int{0, 1, 4} {
		m := newRecorder(space)
		m.logProb = func(searchspace.Arch) float64 { return -3 }
		s := mustNew(t, space, rl.Reinforce{Model: m, Exploration: rl.NeverExplore(), Learner: rl.OnPolicy{}}, rl.Config{Arrival: true, Workers: workers})
		trials, err := s.Ask(context.Background(), 4)
		require.NoError(t, err)
		for _, one := range trials {
			assert.Equal(t, -3.0, one.LogProb, "%d workers", workers)
		}
	}
}

// The number of workers does not affect the proposals replayed from a record with Arrival, so
// another machine may resume the search.
func TestResumingWithOtherWorkers(t *testing.T) {
	space := smallSpace(t)
	record := &memoryRecorder{}
	c := rl.Config{Arrival: true, Workers: 2, Evaluations: 10, Recorder: record}
	_, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
	require.NoError(t, err)
	for _, workers := range []int{0, 1, 7} {
		c.Workers, c.Recorder = workers, record.cut(12)
		h, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
		if assert.NoError(t, err, "%d workers", workers) {
			assert.Len(t, h.Evaluations, 10)
		}
	}
	// With a Lag, the number of workers may change too.
	record = &memoryRecorder{}
	c = rl.Config{Lag: 6, Workers: 2, Evaluations: 10, Recorder: record}
	_, err = mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
	require.NoError(t, err)
	c.Workers, c.Recorder = 5, record.cut(12)
	_, err = mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
	require.NoError(t, err)
}

// A log-probability that JSON cannot represent is either rejected at once or can be written; the
// history is not lost.
func TestInfiniteLogProbability(t *testing.T) {
	space := smallSpace(t)
	for _, p := range []float64{math.Inf(-1), math.Inf(1), math.NaN()} {
		m := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
			trials, err := baseline.RandomSearch{}.Propose(ctx, s, n)
			for i := range trials {
				trials[i].LogProb = p
			}
			return trials, err
		})
		h, err := mustRun(t, space, m, countEdges, rl.Config{Evaluations: 3})
		if err != nil {
			assert.ErrorContains(t, err, "group 0")
			continue
		}
		assert.NoError(t, h.WriteJSONL(&bytes.Buffer{}), "%v", p)
	}
}

// A search copies the trials that a method returns.
func TestASearchCopiesTheMethodsTrials(t *testing.T) {
	space := smallSpace(t)
	var mine []rl.Trial
	for _, a := range draws(t, space, 10) {
		mine = append(mine, rl.Trial{ID: -7, Group: -7, Arch: a, Key: "mine"})
	}
	m := methodFunc(func(_ context.Context, s *rl.State, n int) ([]rl.Trial, error) {
		return mine[min(s.Proposed(), 10):], nil
	})
	_, err := mustRun(t, space, m, countEdges, rl.Config{Evaluations: 10, Batch: 2})
	require.NoError(t, err)
	for _, one := range mine {
		assert.Equal(t, rl.Trial{ID: -7, Group: -7, Arch: one.Arch, Key: "mine"}, one)
	}
}
