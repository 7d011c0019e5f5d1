package rl_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

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

// stopping is a method with a rule for stopping trials.
type stopping struct {
	rl.Method
	rule func(t rl.Trial) bool
}

func (s stopping) Stop(t rl.Trial, _ evaluator.Curve, _ []evaluator.Curve) bool { return s.rule(t) }

// stoppingOne proposes the listed architectures and stops trial 1 when it is judged.
func stoppingOne(archs []searchspace.Arch) rl.Method {
	return stopping{listed(archs), func(t rl.Trial) bool { return t.ID == 1 }}
}

// A trial whose evaluation has ended can still be stopped by the progress of another one, until its
// result is told.
func TestAStoppedTrialIsNotTold(t *testing.T) {
	ctx, value := t.Context(), 1.0
	space := smallSpace(t)
	s := mustNew(t, space, stoppingOne(draws(t, space, 3)), rl.Config{Evaluations: 3, Lag: 3})
	trials, err := s.Ask(ctx, 2)
	require.NoError(t, err)
	progress := evaluator.Progress{Fraction: 0.5, Epoch: 1, Value: &value}
	require.NoError(t, s.Observe(trials[1], progress), "trial 0 has not reached the epoch")
	require.NoError(t, s.Observe(trials[0], progress))
	require.True(t, s.Stopped(trials[1]))
	for range 2 {
		require.ErrorIs(t, s.Tell(trials[1], evaluator.Result{Value: 1}, nil), evaluator.ErrStopped)
	}
	require.NoError(t, s.Tell(trials[0], evaluator.Result{Value: 1}, nil))
	h, err := askAndTell(s, countEdges, 1)
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 3, "the search goes on")
}

// slowRecorder delays the record of trial 0's progress until the evaluation of trial 1 has ended.
type slowRecorder struct {
	memoryRecorder
	first sync.Once
	end   chan struct{} // closed when the evaluation of trial 1 may end
}

func (r *slowRecorder) Record(ctx context.Context, line []byte) error {
	if bytes.Contains(line, []byte(`"epoch"`)) && bytes.Contains(line, []byte(`"trial":0`)) {
		r.first.Do(func() {
			close(r.end)
			time.Sleep(5 * time.Millisecond) // usually the result of trial 1 waits for this progress then
		})
	}
	return r.memoryRecorder.Record(ctx, line)
}

func TestASearchGoesOnAfterAStopAtTheLastMoment(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 8)
	value := 1.0
	for range 10 {
		first, record := make(chan struct{}), &slowRecorder{end: make(chan struct{})}
		e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			progress := evaluator.Progress{Fraction: 0.5, Epoch: 1, Value: &value}
			switch {
			case a.Equal(archs[0]):
				<-first
				evaluator.Report(ctx, progress)
			case a.Equal(archs[1]):
				evaluator.Report(ctx, progress)
				close(first)
				<-record.end
			}
			return countEdges(ctx, a)
		})
		c := rl.Config{Evaluations: len(archs), Lag: 8, Workers: 2, Recorder: record}
		h, err := mustRun(t, space, stoppingOne(archs), e, c)
		require.NoError(t, err)
		require.Equal(t, rl.StopBudget, h.Stop)
		require.Len(t, h.Evaluations, len(archs))
		require.ErrorIs(t, h.Evaluations[1].Err, evaluator.ErrStopped)
	}
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
		require.Empty(t, h.Failures(), "a stop is no failure")
		require.Len(t, h.Stopped(), len(now))
		for _, e := range h.Stopped() {
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

// Stop does not hold the lock of the readers, so it may read the history and does not block them.
func TestAStopperMayReadTheHistory(t *testing.T) {
	space := smallSpace(t)
	for _, c := range []rl.Config{{Evaluations: 20, Lag: 7, Workers: 3}, {Evaluations: 20, Arrival: true, Workers: 3}} {
		var s *rl.Search
		s = mustNew(t, space, stopping{baseline.RandomSearch{}, func(t rl.Trial) bool {
			return len(s.History().Evaluations) < 30 && t.ID%3 == 1
		}}, c)
		h, err := s.Run(t.Context(), curved{})
		require.NoError(t, err)
		assert.Len(t, stopped(h), 7)
	}
}

// A callback that ends the search ends it even if further trials would be stopped.
func TestNothingIsStoppedAfterTheEnd(t *testing.T) {
	space := smallSpace(t)
	for end, want := range map[error]error{rl.ErrStop: rl.ErrNoSuccess, errDisk: errDisk} {
		for _, shape := range []rl.Config{{Batch: 8, Workers: 8}, {Lag: 8, Workers: 8}, {Arrival: true, Workers: 8}} {
			t.Run(end.Error(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, reported := shape, 0
					c.OnResult = func(rl.Evaluation) error {
						reported++
						return end
					}
					e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
						value := 1.0
						evaluator.Report(ctx, evaluator.Progress{Epoch: 1, Value: &value})
						<-ctx.Done() // an evaluation is stopped or canceled
						return evaluator.Result{}, context.Cause(ctx)
					})
					h, err := mustRun(t, space, stopping{baseline.RandomSearch{}, func(rl.Trial) bool { return true }}, e, c)
					assert.ErrorIs(t, err, want)
					assert.Equal(t, 1, reported)
					assert.Len(t, h.Evaluations, 1)
				})
			})
		}
	}
}

// watched evaluates like Run and lets the search observe the evaluation.
func watched(s *rl.Search, t rl.Trial, e evaluator.Evaluator) error {
	ctx := evaluator.WithReport(context.Background(), func(p evaluator.Progress) { _ = s.Observe(t, p) })
	r, err := e.Evaluate(ctx, t.Arch)
	if err := s.Tell(t, r, err); !errors.Is(err, evaluator.ErrStopped) {
		return err
	}
	return nil
}

// A search with stopped trials resumes from every prefix of its record, and the record that it then
// has is complete.
func TestEveryPrefixOfARecordWithStopsResumes(t *testing.T) {
	space := smallSpace(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := rl.Config{Seed: rapid.Uint64().Draw(rt, "seed"), Evaluations: 12, Lag: rapid.IntRange(1, 6).Draw(rt, "lag")}
		if rapid.Bool().Draw(rt, "arrival") {
			c.Lag, c.Arrival = 0, true
		}
		method := baseline.MedianStopping{Method: repeating(space), Grace: 1}
		finish := func(record *memoryRecorder) *rl.History {
			c.Recorder = record
			s := mustNew(t, space, method, c)
			var open []rl.Trial
			for {
				trials, err := s.Ask(rt.Context(), 1)
				if len(open) == 0 && errors.Is(err, rl.ErrDone) {
					break
				}
				if open = append(open, trials...); err == nil && (!c.Arrival || len(open) < 3) {
					continue
				}
				i := rapid.IntRange(0, len(open)-1).Draw(rt, "trial")
				if rapid.Bool().Draw(rt, "reports") {
					require.NoError(rt, watched(s, open[i], curved{}))
				} else if r, err := try(curved{}, open[i].Arch); !s.Stopped(open[i]) {
					require.NoError(rt, s.Tell(open[i], r, err))
				}
				open = slices.Delete(open, i, i+1)
			}
			h, err := s.Finish(rt.Context())
			require.NoError(rt, err)
			return h
		}
		whole := &memoryRecorder{}
		want := finish(whole)
		require.Equal(rt, jsonl(rt, want), jsonl(rt, finish(withoutLateStops(rt, whole))), "older records have no late stops")
		n := rapid.IntRange(1, whole.size()).Draw(rt, "lines")
		record := whole.cut(n)
		h := finish(record)
		if !c.Arrival {
			require.Equal(rt, stopped(want), stopped(h))
		}
		require.Less(rt, h.Cost(), 13*8*time.Second)
		lines := record.size()
		require.Equal(rt, jsonl(rt, h), jsonl(rt, finish(record)), "the record is complete")
		require.Equal(rt, lines, record.size(), "and replaying it records nothing")
		read, err := rl.ReadRecord(rt.Context(), space, record, archsOf(h))
		require.NoError(rt, err)
		read.Stop = h.Stop
		require.Equal(rt, jsonl(rt, h), jsonl(rt, read))
	})
}

// withoutLateStops returns a record without the stops of trials that have another result.
func withoutLateStops(t require.TestingT, record *memoryRecorder) *memoryRecorder {
	told, older := map[int]bool{}, &memoryRecorder{}
	for _, line := range record.lines {
		var entry struct{ Result *struct{ Trial int } }
		require.NoError(t, json.Unmarshal(line, &entry))
		if r := entry.Result; r != nil {
			if told[r.Trial] {
				continue
			}
			told[r.Trial] = true
		}
		older.lines = append(older.lines, line)
	}
	return older
}
