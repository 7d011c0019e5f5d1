package rl_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// drawn returns a different time for nearly every architecture, so that evaluations rarely end at
// the same time.
func drawn(a searchspace.Arch) time.Duration {
	return time.Duration(1e6+hashOf(a, 1e9)) * time.Microsecond
}

// timed is countEdges with a different time and cost for every evaluation.
var timed = evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	time.Sleep(drawn(a))
	r, err := countEdges(ctx, a)
	r.Cost = drawn(a)
	return r, err
})

// untimed has the same costs and takes no time.
var untimed = evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	r, err := countEdges(ctx, a)
	r.Cost = drawn(a)
	return r, err
})

// scheduled returns when the last evaluation ends if workers take them in order and are never idle.
func scheduled(evaluations []rl.Evaluation, workers int) time.Duration {
	free := make([]time.Duration, workers)
	var end time.Duration
	for _, e := range evaluations {
		slices.Sort(free)
		free[0] += e.Result.Cost
		end = max(end, free[0])
	}
	return end
}

// A simulated search has the same history as a real one and takes as long.
func TestASimulatedSearchTakesAsLongAsARealOne(t *testing.T) {
	space := smallSpace(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := configs.Draw(rt, "config")
		c.Workers = rapid.IntRange(1, 6).Draw(rt, "workers")
		if rapid.IntRange(0, 3).Draw(rt, "arrival") == 0 {
			c.Arrival, c.Lag, c.Batch = true, 0, 1
		}
		h, line, err := mustNew(t, space, baseline.RegularizedEvolution{Population: 5}, c).Simulate(context.Background(), untimed)
		require.NoError(rt, err)
		if !c.Arrival { // with Arrival, a real search proposes ahead for the next worker
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				real, err := mustRun(t, space, baseline.RegularizedEvolution{Population: 5}, timed, c)
				require.NoError(t, err)
				assert.Equal(t, line.End(), time.Since(start))
				assert.Equal(t, written(t, real, space), written(t, h, space))
			})
		}
		// The timeline has every evaluation once with its cost as duration, and no worker does two
		// things at a time.
		require.Len(rt, line, len(h.Evaluations))
		var busy float64
		last := map[int]time.Duration{}
		slices.SortFunc(line, func(a, b rl.Span) int { return int(a.Start - b.Start) })
		for _, span := range line {
			e := find(h, span.Trial)
			assert.Equal(rt, e.Result.Cost, span.End-span.Start)
			assert.GreaterOrEqual(rt, span.Start, last[span.Worker])
			last[span.Worker] = span.End
			assert.Less(rt, span.Worker, c.Workers)
			assert.GreaterOrEqual(rt, span.Worker, 0)
			busy += (span.End - span.Start).Seconds()
		}
		assert.InDelta(rt, busy/(line.End().Seconds()*float64(c.Workers)), line.Busy(c.Workers), 1e-9)
	})
	assert.Zero(t, rl.Timeline(nil).End())
	assert.Zero(t, rl.Timeline(nil).Busy(3))
}

// With Arrival, or if Lag allows all trials to be proposed at once, no worker is ever idle.
func TestWorkersAreNeverIdleWithoutDependencies(t *testing.T) {
	space := smallSpace(t)
	for _, workers := range []int{1, 2, 5, 16} {
		for name, c := range map[string]rl.Config{"lag": {Lag: 60}, "arrival": {Arrival: true}} {
			c.Workers, c.Evaluations = workers, 60
			h, line, err := mustNew(t, space, baseline.RandomSearch{}, c).Simulate(context.Background(), untimed)
			require.NoError(t, err)
			if slices.SortFunc(h.Evaluations, func(a, b rl.Evaluation) int { return a.ID - b.ID }); name == "lag" {
				assert.Equal(t, scheduled(h.Evaluations, workers), line.End(), name)
			}
			for w := range workers {
				var spent, end time.Duration
				for _, span := range line {
					if span.Worker == w {
						spent, end = spent+span.End-span.Start, max(end, span.End)
					}
				}
				assert.Equal(t, spent, end, "%s: worker %d waited", name, w)
			}
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				h, err := mustRun(t, space, baseline.RandomSearch{}, timed, c)
				require.NoError(t, err)
				slices.SortFunc(h.Evaluations, func(a, b rl.Evaluation) int { return a.ID - b.ID })
				assert.Equal(t, scheduled(h.Evaluations, workers), time.Since(start), name)
			})
		}
	}
}

// The default Lag keeps most workers busy if times vary as much as those of real training runs.
func TestTheDefaultLagKeepsWorkersBusy(t *testing.T) {
	space := smallSpace(t)
	busy := func(c rl.Config) float64 {
		c.Workers, c.Evaluations = 8, 200
		_, line, err := mustNew(t, space, baseline.RandomSearch{}, c).Simulate(context.Background(), evaluator.Func(
			func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				return evaluator.Result{Value: 1, Cost: time.Duration(1000+hashOf(a, 3000)) * time.Second}, nil
			}))
		require.NoError(t, err)
		return line.Busy(8)
	}
	assert.Greater(t, busy(rl.Config{}), 0.85)
	assert.Less(t, busy(rl.Config{Batch: 8, Lag: 1}), 0.8, "rounds wait for the slowest")
	assert.Greater(t, busy(rl.Config{Arrival: true}), 0.95)
}

// thinking is a method that takes an hour for every group.
func thinking() rl.Method {
	return methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
		time.Sleep(time.Hour)
		return baseline.RandomSearch{}.Propose(ctx, s, n)
	})
}

// Proposals are made while evaluations run: four workers whose evaluations take ten hours only wait
// for the first proposals.
func TestProposingOverlapsEvaluating(t *testing.T) {
	space := smallSpace(t)
	e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		time.Sleep(10 * time.Hour)
		return countEdges(ctx, a)
	})
	for _, test := range []struct {
		config rl.Config
		want   time.Duration
	}{
		{rl.Config{Workers: 4, Lag: 10, Evaluations: 12}, 34 * time.Hour},                // 1 2 3 4, 11 12 13 14, 21 22 23 24
		{rl.Config{Workers: 4, Batch: 4, Lag: 20, Evaluations: 12}, 31 * time.Hour},      // 1, 11, 21
		{rl.Config{Workers: 1, Lag: 3, Evaluations: 5}, 51 * time.Hour},                  // one proposal, five evaluations
		{rl.Config{Workers: 1, Evaluations: 5}, 55 * time.Hour},                          // sequential: nothing overlaps
		{rl.Config{Workers: 4, Batch: 4, Lag: 1, Evaluations: 12}, 33 * time.Hour},       // rounds
		{rl.Config{Workers: 4, Arrival: true, Evaluations: 12}, 34 * time.Hour},          // as with a Lag
		{rl.Config{Workers: 1, Arrival: true, Batch: 2, Evaluations: 5}, 51 * time.Hour}, // one ahead
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			h, err := mustRun(t, space, thinking(), e, test.config)
			require.NoError(t, err)
			assert.Len(t, h.Evaluations, test.config.Evaluations)
			assert.Equal(t, test.want, time.Since(start), "%+v", test.config)
		})
	}
}

// At most Workers evaluations run at a time, and exactly that many if there are enough trials.
func TestRunUsesAllWorkers(t *testing.T) {
	space := smallSpace(t)
	for _, workers := range []int{1, 3, 7} {
		synctest.Test(t, func(t *testing.T) {
			running, most := make(chan struct{}, 100), 0
			e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				running <- struct{}{}
				time.Sleep(time.Minute)
				<-running
				return countEdges(ctx, a)
			})
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, err := mustRun(t, space, baseline.RandomSearch{}, e, rl.Config{Workers: workers, Evaluations: 40})
				assert.NoError(t, err)
			}()
			for range 200 {
				time.Sleep(20 * time.Second)
				synctest.Wait()
				most = max(most, len(running))
			}
			<-done
			assert.Equal(t, workers, most)
		})
	}
}

func TestCanceledAndBrokenSimulations(t *testing.T) {
	space := smallSpace(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	n := 0
	e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		if n++; n == 6 {
			cancel(errDisk)
			return evaluator.Result{}, ctx.Err()
		}
		return untimed(ctx, a)
	})
	h, line, err := mustNew(t, space, baseline.RandomSearch{}, rl.Config{Workers: 1}).Simulate(ctx, e)
	assert.ErrorIs(t, err, errDisk, "the error wraps the cause")
	assert.Equal(t, rl.StopError, h.Stop)
	assert.Equal(t, upTo(5), trialIDs(h.Evaluations))
	assert.Len(t, line, 5)

	n = 0
	broken := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		if n++; n == 4 {
			return evaluator.Result{}, fmt.Errorf("%w: no GPU", evaluator.ErrBroken)
		}
		return untimed(ctx, a)
	})
	h, _, err = mustNew(t, space, baseline.RandomSearch{}, rl.Config{Workers: 1}).Simulate(context.Background(), broken)
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.Equal(t, upTo(3), trialIDs(h.Evaluations))
	assert.Empty(t, h.Failures())

	_, _, err = mustNew(t, space, baseline.RandomSearch{}, rl.Config{Workers: 1}).Simulate(context.Background(), nil)
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	stop := errors.New("enough")
	h, _, err = mustNew(t, space, baseline.RandomSearch{}, rl.Config{Workers: 3, OnResult: func(e rl.Evaluation) error {
		if e.ID == 3 {
			return fmt.Errorf("%w: %w", rl.ErrStop, stop)
		}
		return nil
	}}).Simulate(context.Background(), untimed)
	require.NoError(t, err)
	assert.Equal(t, upTo(4), trialIDs(h.Evaluations))
}
