package rl_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
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

// hours returns the duration of an evaluation by lasting.
func hours(a searchspace.Arch) time.Duration {
	return time.Duration(1+a.Part(0).NumEdges()) * time.Hour
}

// lasting is countEdges with evaluations that take and cost one hour plus one for every edge.
// Evaluations of architectures with three edges fail.
var lasting = evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	time.Sleep(hours(a))
	r, err := countEdges(ctx, a)
	if r.Cost = hours(a); a.Part(0).NumEdges() == 3 {
		err = errMemory
	}
	return r, err
})

// searchers returns one search with a generator and one with a method without.
var searchers = map[string]func(testing.TB, rl.Config) *rl.Search{
	"reinforce": func(t testing.TB, c rl.Config) *rl.Search {
		space := smallSpace(t)
		return mustNew(t, space, rl.Reinforce{Model: newRecorder(space)}, c)
	},
	"random": func(t testing.TB, c rl.Config) *rl.Search {
		return mustNew(t, smallSpace(t), baseline.RandomSearch{}, c)
	},
}

// A sequential search in groups ends with the group that uses up its budget of evaluations or cost,
// and with the trial that uses up its time.
func TestASearchEndsWithTheGroupThatSpendsItsBudget(t *testing.T) {
	for name, search := range searchers {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				c := rl.Config{
					Seed:        rapid.Uint64().Draw(rt, "seed"),
					Evaluations: rapid.IntRange(2, 30).Draw(rt, "evaluations"),
					Batch:       rapid.IntRange(1, 4).Draw(rt, "batch"),
					Workers:     1, Lag: 1,
					MaxCost: time.Duration(rapid.IntRange(0, 60).Draw(rt, "cost")) * time.Hour,
					MaxTime: time.Duration(rapid.IntRange(0, 80).Draw(rt, "time")) * time.Hour,
				}
				var h *rl.History
				var err error
				synctest.Test(t, func(t *testing.T) { h, err = search(t, c).Run(context.Background(), lasting) })
				if errors.Is(err, rl.ErrNoSuccess) {
					return
				}
				require.NoError(rt, err)
				// The state after the first n trials.
				reasons := func(n int) (all []rl.StopReason) {
					var cost, elapsed time.Duration
					whole := 0 // number of trials in complete groups
					for _, g := range h.Groups {
						if last := g.First + len(g.Trials); last <= n {
							whole = last
						}
					}
					for i, e := range h.Evaluations[:n] {
						if i < whole {
							cost += e.Result.Cost
						}
						elapsed += hours(e.Arch)
					}
					if n == c.Evaluations {
						all = append(all, rl.StopBudget)
					}
					if c.MaxCost > 0 && cost >= c.MaxCost {
						all = append(all, rl.StopCost)
					}
					if c.MaxTime > 0 && elapsed >= c.MaxTime && n >= len(h.Groups[0].Trials) {
						all = append(all, rl.StopTime)
					}
					return all
				}
				assert.Contains(rt, reasons(len(h.Evaluations)), h.Stop)
				assert.Empty(rt, reasons(len(h.Evaluations)-1), "the trial before was the last")
			})
		})
	}
}

func TestTheFirstGroupIsAlwaysEvaluated(t *testing.T) {
	for name, search := range searchers {
		synctest.Test(t, func(t *testing.T) {
			h, err := search(t, rl.Config{Seed: 1, Batch: 3, MaxTime: time.Nanosecond}).Run(context.Background(), lasting)
			require.NoError(t, err)
			assert.Equal(t, rl.StopTime, h.Stop, name)
			assert.Len(t, h.Evaluations, 3, name)
		})
	}
}

// With several workers, evaluations that are running when the time is up are finished, and no
// others start.
func TestMaxTimeFinishesRunningTrials(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := configs.Draw(rt, "config")
		c.Workers = rapid.IntRange(1, 6).Draw(rt, "workers")
		c.MaxTime = time.Duration(rapid.IntRange(1, 30).Draw(rt, "time")) * time.Hour / 2
		c.Evaluations = 200
		var h *rl.History
		var err error
		var begun, late, finished atomic.Int64
		first := 0
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				begun.Add(1)
				if time.Since(start) >= c.MaxTime {
					late.Add(1)
				}
				time.Sleep(time.Duration(1+hashOf(a, 100)) * time.Minute)
				finished.Add(1)
				return countEdges(ctx, a)
			})
			c.OnPropose = func(g rl.Group, _ []rl.Trial) error {
				if g.Number == 0 {
					first = len(g.Trials)
				}
				return nil
			}
			h, err = searchers["random"](t, c).Run(context.Background(), e)
		})
		require.NoError(rt, err)
		assert.Equal(rt, begun.Load(), finished.Load())
		assert.Len(rt, h.Evaluations, int(finished.Load()), "no result is lost")
		assert.LessOrEqual(rt, int(late.Load()), first)
		assert.Equal(rt, rl.StopTime, h.Stop)
	})
}

// No group is proposed once the results in view have cost MaxCost, with any number of workers.
func TestMaxCostCountsResultsInView(t *testing.T) {
	space := smallSpace(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := configs.Draw(rt, "config")
		c.Evaluations, c.MaxCost = 60, time.Duration(rapid.IntRange(1, 20000).Draw(rt, "cost"))*time.Second
		var want string
		for _, workers := range []int{1, 3, 8} {
			c.Workers = workers
			var h *rl.History
			var err error
			seed := rapid.Uint64().Draw(rt, "durations")
			synctest.Test(t, func(t *testing.T) {
				h, err = mustRun(t, space, baseline.RandomSearch{}, delayed(rugged, seed), c)
			})
			if errors.Is(err, rl.ErrNoSuccess) {
				return
			}
			require.NoError(rt, err)
			text := written(rt, h, space)
			if want == "" {
				want = text
			}
			require.Equal(rt, want, text, "%d workers", workers)
			costOf := func(trials int) (cost time.Duration) {
				for _, e := range h.Evaluations[:trials] {
					cost += e.Result.Cost
				}
				return cost
			}
			for _, g := range h.Groups {
				require.Less(rt, costOf(g.Seen), c.MaxCost)
			}
			if h.Stop == rl.StopCost {
				next := len(h.Evaluations)
				require.GreaterOrEqual(rt, costOf(max(0, next-c.Lag+1)), c.MaxCost, "one group more was allowed")
			} else {
				require.Equal(rt, rl.StopBudget, h.Stop)
			}
		}
	})
}

func TestCostsThatOverflowDoNotWrap(t *testing.T) {
	space := smallSpace(t)
	expensive := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		r, err := countEdges(ctx, a)
		r.Cost = 9e9 * time.Second
		return r, err
	})
	h, err := mustRun(t, space, baseline.RandomSearch{}, expensive, rl.Config{Evaluations: 5})
	require.NoError(t, err)
	assert.Equal(t, time.Duration(math.MaxInt64), h.Cost())
	h, err = mustRun(t, space, baseline.RandomSearch{}, expensive, rl.Config{Evaluations: 50, MaxCost: 9.1e9 * time.Second})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 2)
	assert.Equal(t, rl.StopCost, h.Stop)
	h, line, err := mustNew(t, space, baseline.RandomSearch{}, rl.Config{Evaluations: 7, Workers: 2, Lag: 3}).Simulate(context.Background(), expensive)
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 7)
	assert.Equal(t, time.Duration(math.MaxInt64), line.End())
	for _, span := range line {
		assert.LessOrEqual(t, span.Start, span.End)
	}
}

func TestAnEvaluatorWithoutCosts(t *testing.T) {
	space := smallSpace(t)
	h, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, rl.Config{MaxCost: time.Hour})
	assert.ErrorIs(t, err, rl.ErrNoCost)
	assert.Equal(t, rl.StopError, h.Stop)
	h, line, err := mustNew(t, space, baseline.RandomSearch{}, rl.Config{}).Simulate(context.Background(), countEdges)
	assert.ErrorIs(t, err, rl.ErrNoCost)
	assert.Equal(t, rl.StopError, h.Stop)
	assert.Empty(t, line)
	// Failures cost nothing.
	n := 0
	late := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		if n++; n < 4 {
			return evaluator.Result{}, errMemory
		}
		r, err := countEdges(ctx, a)
		r.Cost = time.Minute
		return r, err
	})
	h, err = mustRun(t, space, baseline.RandomSearch{}, late, rl.Config{MaxCost: 10 * time.Minute, Workers: 1})
	require.NoError(t, err)
	assert.Equal(t, 10*time.Minute, h.Cost())
}

// Whether a search reports missing costs does not depend on the order of results.
func TestAFreeEvaluationDoesNotEndASearchDependingOnTheOrderOfResults(t *testing.T) {
	space := smallSpace(t)
	ctx := context.Background()
	tell := func(order ...int) error {
		s := mustNew(t, space, baseline.RandomSearch{}, rl.Config{Batch: 2, MaxCost: time.Hour})
		trials, err := s.Ask(ctx, 2)
		require.NoError(t, err)
		for _, i := range order { // the first costs a second; the second costs nothing because it was cached
			if err := s.Tell(trials[i], evaluator.Result{Value: 1, Cost: time.Duration(1-i) * time.Second}, nil); err != nil {
				return err
			}
		}
		return nil
	}
	assert.Equal(t, tell(0, 1) == nil, tell(1, 0) == nil)
}

// ErrStop from OnResult at trial j ends the history with trial j, for any number of workers and any
// Lag.
func TestErrStopEndsTheHistoryWithItsTrial(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 30)
	rapid.Check(t, func(rt *rapid.T) {
		c := configs.Draw(rt, "config")
		var list []searchspace.Arch
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(archs)-1), 20, 60).Draw(rt, "order") {
			list = append(list, archs[i])
		}
		c.Evaluations = 20
		stopAt := rapid.IntRange(0, 5).Draw(rt, "evaluation") // without repeats
		var want string
		for _, workers := range []int{1, 3, 8, 0} {
			seen := 0
			c.OnResult = func(e rl.Evaluation) error {
				assert.False(rt, e.Repeat)
				if seen++; seen == stopAt+1 {
					return fmt.Errorf("good enough: %w", rl.ErrStop)
				}
				return nil
			}
			var h *rl.History
			var err error
			seed := rapid.Uint64().Draw(rt, "durations")
			if c.Workers = workers; workers > 0 {
				synctest.Test(t, func(t *testing.T) {
					h, err = mustRun(t, space, listed(list), delayed(rugged, seed), c)
				})
			} else {
				h, err = askAndTell(mustNew(t, space, listed(list), c), rugged, seed)
			}
			if !errors.Is(err, rl.ErrNoSuccess) {
				require.NoError(rt, err)
			}
			require.Equal(rt, stopAt+1, seen, "nothing is reported after the end")
			require.Equal(rt, rl.StopCallback, h.Stop)
			require.Len(rt, h.Evaluations, stopAt+1)
			for _, r := range h.Repeats {
				require.Less(rt, r.ID, h.Evaluations[stopAt].ID)
			}
			text := written(rt, h, space)
			if want == "" {
				want = text
			}
			require.Equal(rt, want, text)
		}
	})
}

// A group that is being proposed when a callback ends the search is dropped and does not enter the
// history.
func TestAGroupThatIsProposedWhileACallbackStopsIsDropped(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 12)
	for _, arrival := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := methodFunc(func(_ context.Context, s *rl.State, n int) ([]rl.Trial, error) {
				if s.Group() < 6 {
					return []rl.Trial{{Arch: archs[s.Group()]}}, nil
				}
				time.Sleep(time.Hour)
				return []rl.Trial{{Arch: archs[0]}}, nil // it is known by then
			})
			e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				if a.Equal(archs[2]) {
					time.Sleep(time.Minute)
				}
				time.Sleep(time.Second)
				return countEdges(ctx, a)
			})
			c := rl.Config{Lag: 10, Workers: 6, OnResult: func(e rl.Evaluation) error {
				if e.ID == 2 {
					return rl.ErrStop
				}
				return nil
			}}
			want := []int{0, 1, 2}
			if arrival {
				c.Arrival, c.Lag, want = true, 0, []int{0, 1, 3, 4, 5, 2}
			}
			h, err := mustRun(t, space, m, e, c)
			require.NoError(t, err)
			got := trialIDs(h.Evaluations)
			if arrival {
				slices.Sort(got[:len(got)-1])
			}
			assert.Equal(t, want, got)
			assert.Empty(t, h.Repeats)
			assert.LessOrEqual(t, len(h.Groups), 6)
		})
	}
}

// An error other than ErrStop also ends the history with its trial.
func TestACallbacksErrorEndsTheHistoryWithItsTrial(t *testing.T) {
	space := smallSpace(t)
	for seed := range uint64(10) {
		for _, workers := range []int{1, 4} {
			c := rl.Config{Seed: seed, Workers: workers, Lag: 9, Evaluations: 40, OnResult: func(e rl.Evaluation) error {
				if e.ID == 6 {
					return errDisk
				}
				return nil
			}}
			synctest.Test(t, func(t *testing.T) {
				h, err := mustRun(t, space, baseline.RandomSearch{}, delayed(countEdges, seed), c)
				assert.ErrorIs(t, err, errDisk)
				assert.ErrorContains(t, err, "trial 6")
				assert.Equal(t, rl.StopError, h.Stop)
				assert.Equal(t, upTo(7), trialIDs(h.Evaluations))
			})
		}
	}
}

// The effect of OnPropose does not depend on how far evaluations have progressed.
func TestStoppingBeforeAGroupDoesNotDependOnTiming(t *testing.T) {
	space := smallSpace(t)
	var want string
	for seed := range uint64(6) {
		for _, workers := range []int{1, 4} {
			c := rl.Config{Workers: workers, Lag: 5, Batch: 2, Evaluations: 40, OnPropose: func(g rl.Group, _ []rl.Trial) error {
				if g.Number == 7 {
					return rl.ErrStop
				}
				return nil
			}}
			synctest.Test(t, func(t *testing.T) {
				h, err := mustRun(t, space, baseline.RandomSearch{}, delayed(countEdges, seed), c)
				require.NoError(t, err)
				require.Equal(t, rl.StopCallback, h.Stop)
				if text := jsonl(t, h); want == "" {
					want = text
				} else {
					assert.Equal(t, want, text)
				}
			})
		}
	}
}

func TestCallbacksSeeEveryGroupAndEveryEvaluation(t *testing.T) {
	space := smallSpace(t)
	groups, results := []int{}, []int{}
	var s *rl.Search
	c := rl.Config{Evaluations: 50, Batch: 2, Lag: 1, OnPropose: func(g rl.Group, _ []rl.Trial) error {
		assert.Len(t, s.History().Groups, len(groups))
		groups = append(groups, g.Number)
		return nil
	}, OnResult: func(e rl.Evaluation) error {
		results = append(results, e.ID)
		assert.GreaterOrEqual(t, len(s.History().Evaluations), len(results))
		if len(results) == 8 {
			return fmt.Errorf("good enough: %w", rl.ErrStop)
		}
		return nil
	}}
	s = mustNew(t, space, rl.Reinforce{Model: newRecorder(space)}, c)
	h, err := s.Run(context.Background(), countEdges)
	require.NoError(t, err)
	assert.Equal(t, rl.StopCallback, h.Stop)
	assert.Len(t, h.Evaluations, 8)
	assert.Equal(t, upTo(4), groups)
	assert.Equal(t, upTo(8), results)

	for name, c := range map[string]rl.Config{
		"result":  {Batch: 2, OnResult: func(rl.Evaluation) error { return errDisk }},
		"propose": {Batch: 2, OnPropose: func(rl.Group, []rl.Trial) error { return errDisk }},
	} {
		h, err = mustRun(t, space, rl.Reinforce{Model: newRecorder(space)}, countEdges, c)
		assert.ErrorIs(t, err, errDisk, name)
		assert.Equal(t, rl.StopError, h.Stop, name)
		assert.LessOrEqual(t, len(h.Evaluations), 1, name)
	}
}

// With Arrival, a history that was ended by a callback has the groups of all its trials.
func TestErrStopWithArrival(t *testing.T) {
	space := smallSpace(t)
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			seen := []int{}
			c := rl.Config{Seed: seed, Arrival: true, Workers: 6, OnResult: func(e rl.Evaluation) error {
				if seen = append(seen, e.ID); len(seen) == 12 {
					return rl.ErrStop
				}
				return nil
			}}
			h, err := mustRun(t, space, baseline.RandomSearch{}, delayed(countEdges, seed), c)
			require.NoError(t, err)
			require.Equal(t, seen, trialIDs(h.Evaluations))
			groups := map[int]bool{}
			for _, g := range h.Groups {
				groups[g.Number] = true
			}
			for _, e := range h.Evaluations {
				assert.True(t, groups[e.Group], "seed %d: trial %d is of group %d, which is missing", seed, e.ID, e.Group)
			}
		})
	}
}

func TestACanceledSearchReturnsItsHistory(t *testing.T) {
	space := smallSpace(t)
	reason := errors.New("machine goes down")
	for name, c := range map[string]rl.Config{"sequential": {Workers: 1}, "lag": {Workers: 3}, "arrival": {Arrival: true, Workers: 3}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			var n atomic.Int64
			e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				switch i := n.Add(1); {
				case i == 12:
					cancel(reason)
					fallthrough
				case i > 12:
					<-ctx.Done()
					return evaluator.Result{}, ctx.Err()
				}
				return countEdges(ctx, a)
			})
			h, err := mustRunWith(ctx, t, space, rl.Reinforce{Model: newRecorder(space)}, e, c)
			assert.ErrorIs(t, err, reason)
			assert.Equal(t, rl.StopError, h.Stop)
			assert.LessOrEqual(t, len(h.Evaluations), 11, "what was cut short is no result of its architecture's")
			assert.GreaterOrEqual(t, len(h.Evaluations), 12-max(1, c.Workers), "and nothing else is lost")
			assert.Empty(t, h.Failures())
		})
	}
}

func mustRunWith(ctx context.Context, t testing.TB, space searchspace.Space, m rl.Method, e evaluator.Evaluator, c rl.Config) (*rl.History, error) {
	return mustNew(t, space, m, c).Run(ctx, e)
}

func TestCancellationDuringAProposal(t *testing.T) {
	space := smallSpace(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Hour, errDisk)
		defer cancel()
		m := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
			if s.Group() == 5 {
				<-ctx.Done()
				return nil, context.Cause(ctx)
			}
			return baseline.RandomSearch{}.Propose(ctx, s, n)
		})
		h, err := mustRunWith(ctx, t, space, m, countEdges, rl.Config{Workers: 2})
		assert.ErrorIs(t, err, errDisk)
		assert.Equal(t, upTo(5), trialIDs(h.Evaluations))
	})
}

func TestABrokenEvaluatorEndsTheSearchAndKeepsWhatRuns(t *testing.T) {
	space := smallSpace(t)
	gone := errors.New("no GPU")
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			i := n.Add(1)
			time.Sleep(time.Duration(10+i) * time.Minute)
			if i == 5 {
				return evaluator.Result{}, fmt.Errorf("%w: %w", evaluator.ErrBroken, gone)
			}
			return countEdges(ctx, a)
		})
		h, err := mustRun(t, space, baseline.RandomSearch{}, e, rl.Config{Workers: 4, Lag: 40})
		assert.ErrorIs(t, err, evaluator.ErrBroken)
		assert.ErrorIs(t, err, gone)
		assert.ErrorContains(t, err, space.Name())
		assert.Equal(t, rl.StopError, h.Stop)
		begun := int(n.Load())
		assert.Len(t, h.Evaluations, begun-1, "all but the one that broke")
		assert.Empty(t, h.Failures(), "no architecture is blamed")
	})
}

func TestFailingEvaluations(t *testing.T) {
	broke := errors.New("out of memory")
	fail := func(when func(n int) bool, how func() (evaluator.Result, error)) evaluator.Evaluator {
		n := 0
		return evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			if n++; when(n) {
				return how()
			}
			return countEdges(ctx, a)
		})
	}
	once, always := func(n int) bool { return n == 3 }, func(int) bool { return true }
	returns := func(r evaluator.Result, err error) func() (evaluator.Result, error) {
		return func() (evaluator.Result, error) { return r, err }
	}
	for name, test := range map[string]struct {
		evaluator   func() evaluator.Evaluator
		evaluations int
		failed      int
		wantRun     []error // wrapped by Run's error
		wantFailure error   // wrapped by the failed evaluations' errors
	}{
		"one architecture": {func() evaluator.Evaluator { return fail(once, returns(evaluator.Result{}, broke)) }, 20, 1, nil, broke},
		"NaN":              {func() evaluator.Evaluator { return fail(once, returns(evaluator.Result{Value: math.NaN()}, nil)) }, 20, 1, nil, evaluator.ErrNotFinite},
		"panic": {func() evaluator.Evaluator {
			return fail(once, func() (evaluator.Result, error) { panic("bad index") })
		}, 20, 1, nil, evaluator.ErrPanic},
		"every one": {func() evaluator.Evaluator { return fail(always, returns(evaluator.Result{}, broke)) }, 20, 20, []error{rl.ErrNoSuccess, broke}, broke},
		"broken": {func() evaluator.Evaluator {
			return fail(once, returns(evaluator.Result{}, fmt.Errorf("%w: no GPU", evaluator.ErrBroken)))
		}, 2, 0, []error{evaluator.ErrBroken}, nil},
	} {
		drivers := map[string]func(*rl.Search, evaluator.Evaluator) (*rl.History, error){
			"run": func(s *rl.Search, e evaluator.Evaluator) (*rl.History, error) { return s.Run(context.Background(), e) },
			"simulate": func(s *rl.Search, e evaluator.Evaluator) (*rl.History, error) {
				h, _, err := s.Simulate(context.Background(), costing(e))
				return h, err
			},
		}
		for driver, run := range drivers {
			t.Run(name+", "+driver, func(t *testing.T) {
				space := smallSpace(t)
				m := rl.Reinforce{Model: newRecorder(space), Exploration: rl.First(5)}
				h, err := run(mustNew(t, space, m, rl.Config{Evaluations: 20, Workers: 1}), test.evaluator())
				if test.wantRun == nil {
					assert.NoError(t, err)
				}
				for _, want := range test.wantRun {
					assert.ErrorIs(t, err, want)
				}
				assert.Len(t, h.Evaluations, test.evaluations)
				failed := 0
				for _, e := range h.Evaluations {
					if e.Err != nil {
						failed++
						assert.ErrorIs(t, e.Err, test.wantFailure)
						assert.ErrorContains(t, e.Err, e.Arch.String())
					}
				}
				assert.Equal(t, test.failed, failed)
			})
		}
	}
}

// A search in which nothing succeeds gives up after the same trial, regardless of how its
// evaluations are scheduled.
func TestASearchGivesUpIfNothingSucceeds(t *testing.T) {
	space := smallSpace(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := configs.Draw(rt, "config")
		c.Evaluations = 30
		c.GiveUp = rapid.SampledFrom([]int{-1, 0, 1, 3, 25}).Draw(rt, "give up")
		bad := rapid.IntRange(0, 30).Draw(rt, "failing first")
		limit := map[int]int{-1: 31, 0: 20}[c.GiveUp]
		if c.GiveUp > 0 {
			limit = c.GiveUp
		}
		archs := draws(t, space, 30)
		failing := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
			if slices.IndexFunc(archs, a.Equal) < bad {
				return evaluator.Result{}, errMemory
			}
			return evaluator.Result{Value: 1}, nil
		})
		h, err := askAndTell(mustNew(t, space, listed(archs), c), failing, rapid.Uint64().Draw(rt, "order"))
		want := 30
		if bad >= limit {
			want = limit
			require.ErrorIs(rt, err, rl.ErrNoSuccess)
			require.ErrorIs(rt, err, errMemory)
			require.Equal(rt, rl.StopError, h.Stop)
		} else if bad < 30 {
			require.NoError(rt, err)
		}
		require.Equal(rt, upTo(want), trialIDs(h.Evaluations))
	})
}

// A search that gave up can be resumed when the cause has been fixed.
func TestASearchThatGaveUpResumes(t *testing.T) {
	space := smallSpace(t)
	record := &memoryRecorder{}
	c := rl.Config{Evaluations: 12, GiveUp: 5, Lag: 1, Recorder: record}
	broken := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{}, errMemory
	})
	for evaluations := 5; evaluations <= 6; evaluations++ {
		h, err := mustRun(t, space, baseline.RandomSearch{}, broken, c)
		require.ErrorIs(t, err, rl.ErrNoSuccess)
		require.ErrorContains(t, err, "GiveUp")
		require.Len(t, h.Evaluations, evaluations)
	}
	h, err := mustRun(t, space, baseline.RandomSearch{}, countEdges, c)
	require.NoError(t, err)
	require.Len(t, h.Evaluations, 12)
	assert.Len(t, h.Failures(), 6)
}

// costing makes evaluations cost a second.
func costing(e evaluator.Evaluator) evaluator.Evaluator {
	return evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		r, err := e.Evaluate(ctx, a)
		r.Cost = time.Second
		return r, err
	})
}

func TestErrorsNameTheirContext(t *testing.T) {
	space := smallSpace(t)
	method := func() rl.Method { return rl.Reinforce{Model: newRecorder(space)} }
	_, err := mustRun(t, space, method(), countEdges, rl.Config{OnPropose: func(g rl.Group, _ []rl.Trial) error {
		if g.Number == 3 {
			return errDisk
		}
		return nil
	}})
	assert.ErrorContains(t, err, "group 3")
	_, err = mustRun(t, space, method(), countEdges, rl.Config{OnResult: func(e rl.Evaluation) error {
		if e.ID == 2 {
			return errDisk
		}
		return nil
	}})
	assert.ErrorContains(t, err, "trial 2")
	first, err := mustRun(t, space, method(), countEdges, rl.Config{Evaluations: 1})
	require.NoError(t, err)
	broken := evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{}, fmt.Errorf("%w: %w", evaluator.ErrBroken, errDisk)
	})
	_, err = mustRun(t, space, method(), broken, rl.Config{Workers: 1})
	assert.ErrorIs(t, err, errDisk)
	assert.ErrorContains(t, err, first.Evaluations[0].Arch.String())
}

// The live file equals the final one even if the search was canceled while results waited for an
// earlier trial.
func TestLiveFilesOfACanceledSearch(t *testing.T) {
	space := smallSpace(t)
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(context.Background(), 2500*time.Microsecond, errDisk)
			defer cancel()
			var out strings.Builder
			var live *rl.JSONLWriter
			c := rl.Config{Seed: seed, Lag: 12, Workers: 4, Evaluations: 60}
			c.OnPropose = func(g rl.Group, trials []rl.Trial) error { return live.Group(g, trials) }
			c.OnResult = func(e rl.Evaluation) error { return live.Evaluation(e) }
			s := mustNew(t, space, baseline.RandomSearch{}, c)
			live = rl.NewJSONLWriter(&out, s.History())
			h, err := s.Run(ctx, interruptible(seed))
			require.ErrorIs(t, err, errDisk)
			require.NoError(t, live.End(h))
			assert.Equal(t, jsonl(t, h), out.String())
		})
	}
}

// interruptible is countEdges after a random time, interrupted by the end of the context.
func interruptible(seed uint64) evaluator.Evaluator {
	slow := delayed(countEdges, seed)
	return evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		r, err := slow.Evaluate(ctx, a)
		if ctx.Err() != nil {
			return evaluator.Result{}, ctx.Err()
		}
		return r, err
	})
}

func TestInvalidRewards(t *testing.T) {
	for name, reward := range map[string]rl.Reward{
		"too few": func([]float64) []float64 { return nil },
		"NaN": func(values []float64) []float64 {
			rewards := rl.RankReward(values)
			rewards[0] = math.NaN()
			return rewards
		},
	} {
		for _, learner := range []rl.Learner{rl.Replay{Reward: reward}, rl.OnPolicy{Reward: reward}} {
			t.Run(fmt.Sprintf("%s %T", name, learner), func(t *testing.T) {
				space := smallSpace(t)
				m := rl.Reinforce{Model: smallGRAN(t, space), Exploration: rl.First(3), Learner: learner}
				h, err := mustRun(t, space, m, countEdges, rl.Config{})
				assert.Error(t, err)
				assert.NotEmpty(t, h.Evaluations)
			})
		}
	}
}

func TestDeadEndsEndTheSearch(t *testing.T) {
	space := deadEnd{madeSpace(t, searchspace.Part{Name: "cell", MaxNodes: 3, NodeOps: []string{"a"}})}
	methods := []rl.Method{
		rl.Reinforce{Model: smallGRAN(t, space), Exploration: rl.NeverExplore()},
		rl.Reinforce{Model: smallGRAN(t, space), Exploration: rl.Constant(1)},
		baseline.RandomSearch{}, baseline.LocalSearch{}, baseline.RegularizedEvolution{},
	}
	for _, m := range methods {
		h, err := mustRun(t, space, m, countEdges, rl.Config{})
		assert.ErrorIs(t, err, searchspace.ErrDeadEnd)
		assert.Empty(t, h.Evaluations)
	}
}

// The groups of a history are those in its trials.
func TestEveryTrialIsInItsGroup(t *testing.T) {
	space := smallSpace(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := configs.Draw(rt, "config")
		h, err := askAndTell(mustNew(t, space, baseline.RegularizedEvolution{Population: 4}, c), countEdges, 1)
		require.NoError(rt, err)
		next := 0
		for i, g := range h.Groups {
			assert.Equal(rt, i, g.Number)
			assert.Equal(rt, next, g.First)
			assert.LessOrEqual(rt, len(g.Trials), g.Wanted)
			for _, id := range g.Trials {
				assert.Equal(rt, next, id)
				next++
			}
		}
		for _, e := range slices.Concat(h.Evaluations, h.Repeats) {
			assert.Contains(rt, h.Groups[e.Group].Trials, e.ID)
		}
	})
}

// While a search runs, another Run or Simulate is refused and changes nothing.
func TestASearchRunsOnce(t *testing.T) {
	for _, workers := range []int{1, 3} {
		c := rl.Config{Seed: 1, Evaluations: 9, Workers: workers}
		want, err := searchers["random"](t, c).Run(t.Context(), evaluator.Func(countEdges))
		require.NoError(t, err)
		s := searchers["random"](t, c)
		var refused atomic.Int64
		got, err := s.Run(t.Context(), evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			_, err := s.Run(ctx, evaluator.Func(countEdges))
			_, _, other := s.Simulate(ctx, evaluator.Func(countEdges))
			if err != nil && err == other && strings.Contains(err.Error(), "already running") {
				refused.Add(1)
			}
			return countEdges(ctx, a)
		}))
		require.NoError(t, err)
		assert.EqualValues(t, 9, refused.Load())
		assert.Equal(t, len(want.Evaluations), len(got.Evaluations))
		again, err := s.Run(t.Context(), evaluator.Func(countEdges))
		require.NoError(t, err, "a finished search has nothing left to run")
		assert.Equal(t, len(got.Evaluations), len(again.Evaluations))
	}
}
