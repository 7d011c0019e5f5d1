package rl_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
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

func TestAskReturnsErrWaitInsteadOfWaiting(t *testing.T) {
	space := smallSpace(t)
	ctx := context.Background()
	rapid.Check(t, func(rt *rapid.T) {
		c := configs.Draw(rt, "config")
		s := mustNew(t, space, baseline.RandomSearch{}, c)
		var open []rl.Trial
		told := map[int]bool{}
		proposed, handed, prefix, seen := 0, 0, 0, 0
		for ended := false; !ended || len(open) > 0; {
			if len(open) > 0 && rapid.Bool().Draw(rt, "tell") {
				i := rapid.IntRange(0, len(open)-1).Draw(rt, "which")
				require.NoError(rt, s.Tell(open[i], evaluator.Result{Value: 1}, nil))
				told[open[i].ID] = true
				open = append(open[:i], open[i+1:]...)
				for told[prefix] {
					prefix++
				}
				continue
			}
			n := rapid.IntRange(1, 6).Draw(rt, "n")
			trials, err := s.Ask(ctx, n)
			// As documented, Ask proposes groups until there are n trials or results are missing.
			want, needed := 0, 0
			for want < n {
				if handed < proposed {
					handed, want = handed+1, want+1
					continue
				}
				needed = max(seen, proposed-c.Lag+1)
				if proposed >= c.Evaluations || prefix < needed {
					break
				}
				seen = needed
				proposed += min(c.Batch, c.Evaluations-proposed)
			}
			require.Len(rt, trials, want)
			switch {
			case want > 0:
				require.NoError(rt, err)
			case proposed >= c.Evaluations:
				require.ErrorIs(rt, err, rl.ErrDone)
				ended = true
			default:
				require.ErrorIs(rt, err, rl.ErrWait)
				require.NotEmpty(rt, open, "it would never return")
			}
			for i, a := range trials {
				require.Equal(rt, handed-want+i, a.ID)
			}
			open = append(open, trials...)
		}
		h, err := s.Finish(ctx)
		require.NoError(rt, err)
		assert.Equal(rt, upTo(c.Evaluations), trialIDs(h.Evaluations))
		assert.Equal(rt, rl.StopBudget, h.Stop)
	})
}

func TestAskForNoTrials(t *testing.T) {
	s := mustNew(t, smallSpace(t), baseline.RandomSearch{}, rl.Config{})
	for _, n := range []int{0, -3} {
		_, err := s.Ask(context.Background(), n)
		assert.ErrorContains(t, err, "at least 1")
	}
}

// Concurrent Ask and Tell: every trial is returned once.
func TestManyGoroutinesAskAndTell(t *testing.T) {
	space := smallSpace(t)
	for name, c := range map[string]rl.Config{
		"lag": {Lag: 20, Batch: 3}, "sequential": {}, "rounds": {Batch: 7}, "arrival": {Arrival: true, Batch: 2, Workers: 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.Evaluations, c.Recorder = 120, &memoryRecorder{}
			s := mustNew(t, space, baseline.RegularizedEvolution{}, c)
			var mu sync.Mutex
			handed := map[int]int{}
			var group sync.WaitGroup
			for worker := range 8 {
				group.Go(func() {
					for {
						trials, err := s.Ask(context.Background(), 1+worker%3)
						if errors.Is(err, rl.ErrWait) {
							time.Sleep(50 * time.Microsecond)
							continue
						}
						if errors.Is(err, rl.ErrDone) {
							return
						}
						if !assert.NoError(t, err) {
							return
						}
						for _, one := range trials {
							mu.Lock()
							handed[one.ID]++
							mu.Unlock()
							r, err := try(rugged, one.Arch)
							assert.NoError(t, s.Tell(one, r, err))
							_ = s.History()
						}
					}
				})
			}
			group.Wait()
			h, err := s.Finish(context.Background())
			require.NoError(t, err)
			assert.Len(t, h.Evaluations, 120)
			assert.Len(t, handed, 120)
			for id, n := range handed {
				assert.Equal(t, 1, n, "trial %d", id)
			}
			if !c.Arrival {
				c.Recorder = nil
				want, _, err := mustNew(t, space, baseline.RegularizedEvolution{}, c).Simulate(context.Background(), rugged)
				require.NoError(t, err)
				assert.Equal(t, written(t, want, space), written(t, h, space))
			}
		})
	}
}

func TestTellRejectsTrialsThatAreNotOpen(t *testing.T) {
	space := smallSpace(t)
	ctx := context.Background()
	record := &memoryRecorder{}
	s := mustNew(t, space, baseline.RandomSearch{}, rl.Config{Evaluations: 6, Batch: 4, Recorder: record})
	trials, err := s.Ask(ctx, 3)
	require.NoError(t, err)
	good := evaluator.Result{Value: 1}
	require.NoError(t, s.Tell(trials[1], good, nil))

	refused := func(name string, one rl.Trial, err error) error {
		t.Helper()
		before, lines := jsonl(t, s.History()), record.size()
		told := s.Tell(one, good, err)
		assert.Error(t, told, name)
		assert.ErrorContains(t, told, fmt.Sprint(one.ID), name)
		assert.Equal(t, before, jsonl(t, s.History()), name)
		assert.Equal(t, lines, record.size(), name)
		return told
	}
	refused("twice", trials[1], nil)
	for _, id := range []int{-1, 3, 4, 1000, math.MinInt} {
		refused("not handed out", rl.Trial{ID: id, Arch: trials[0].Arch}, nil)
	}
	refused("another architecture", rl.Trial{ID: 0, Arch: trials[1].Arch}, nil)
	refused("no architecture", rl.Trial{ID: 0}, nil)
	broken := refused("a broken evaluator", trials[0], fmt.Errorf("no GPU: %w", evaluator.ErrBroken))
	assert.ErrorIs(t, broken, evaluator.ErrBroken)
	assert.NoError(t, s.Tell(trials[0], good, nil), "a trial that was refused stays open")

	require.NoError(t, s.Tell(trials[2], evaluator.Result{Value: math.NaN(), Cost: 5}, nil))
	for _, v := range []float64{math.Inf(1), math.Inf(-1)} {
		trials, err = s.Ask(ctx, 1)
		require.NoError(t, err)
		require.NoError(t, s.Tell(trials[0], evaluator.Result{Value: v, Metrics: map[string]float64{"a": 1}}, nil))
	}
	h := s.History()
	require.Len(t, h.Evaluations, 5)
	for _, e := range h.Evaluations[2:] {
		assert.ErrorIs(t, e.Err, evaluator.ErrNotFinite)
		assert.ErrorContains(t, e.Err, e.Arch.String())
		assert.Zero(t, e.Result)
	}
	trials, err = s.Ask(ctx, 5)
	require.NoError(t, err)
	require.Len(t, trials, 1)
	_, err = s.Ask(ctx, 1)
	require.ErrorIs(t, err, rl.ErrDone)
	require.NoError(t, s.Tell(trials[0], good, errMemory), "running trials may be told after ErrDone")
	_, err = s.Finish(ctx)
	require.NoError(t, err)
	assert.ErrorContains(t, s.Tell(trials[0], good, nil), "over")
	assert.ErrorIs(t, refused("after the end", trials[0], nil), rl.ErrDone)
}

func TestTellAfterTheEnd(t *testing.T) {
	ctx := context.Background()
	s := mustNew(t, smallSpace(t), baseline.RandomSearch{}, rl.Config{Batch: 3})
	trials, err := s.Ask(ctx, 2)
	require.NoError(t, err)
	require.NoError(t, s.Tell(trials[0], evaluator.Result{Value: 3}, nil))
	h, err := s.Finish(ctx)
	require.NoError(t, err)
	assert.Equal(t, []int{0}, trialIDs(h.Evaluations))
	assert.ErrorIs(t, s.Tell(trials[1], evaluator.Result{}, nil), rl.ErrDone)
	_, err = s.Ask(ctx, 1)
	assert.ErrorIs(t, err, rl.ErrDone)
	assert.Equal(t, []int{0}, trialIDs(s.History().Evaluations))
}

// History contains told results even if an earlier trial was never told.
func TestFinishKeepsAllToldResults(t *testing.T) {
	ctx := context.Background()
	s := mustNew(t, smallSpace(t), baseline.RandomSearch{}, rl.Config{Batch: 3})
	trials, err := s.Ask(ctx, 3)
	require.NoError(t, err)
	for _, one := range trials[1:] {
		require.NoError(t, s.Tell(one, evaluator.Result{Value: 3}, nil))
	}
	assert.Equal(t, []int{1, 2}, trialIDs(s.History().Evaluations))
	h, err := s.Finish(ctx)
	require.NoError(t, err)
	assert.Equal(t, []int{1, 2}, trialIDs(h.Evaluations))
}

func TestAskWithACanceledContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errDisk)
	for range 20 {
		space := smallSpace(t)
		m := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return baseline.RandomSearch{}.Propose(ctx, s, n)
		})
		s := mustNew(t, space, m, rl.Config{Evaluations: 5})
		_, err := s.Ask(ctx, 1)
		require.ErrorIs(t, err, errDisk)
		h, err := askAndTell(s, countEdges, 1)
		require.NoError(t, err, "the search goes on under another context")
		require.Len(t, h.Evaluations, 5)
	}
}

// A method that proposes nothing while trials run is asked again when they have finished.
func TestAWaitingMethodIsAskedAgain(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 12)
	for _, c := range []rl.Config{{Lag: 6, Batch: 2}, {Lag: 1, Batch: 3}, {Arrival: true, Workers: 2, Batch: 3}} {
		for seed := range uint64(20) {
			c.Evaluations = 12
			waited := 0
			// Four trials at a time.
			m := methodFunc(func(_ context.Context, s *rl.State, n int) ([]rl.Trial, error) {
				if s.Proposed()%4 == 0 && len(s.Running()) > 0 {
					waited++
					return nil, nil
				}
				var trials []rl.Trial
				for i := s.Proposed(); i < min(s.Proposed()+n, s.Proposed()/4*4+4); i++ {
					trials = append(trials, rl.Trial{Arch: archs[i]})
				}
				return trials, nil
			})
			h, err := askAndTell(mustNew(t, space, m, c), countEdges, seed)
			require.NoError(t, err)
			require.Len(t, h.Evaluations, 12, "%+v, seed %d: waited %d times, then %v", c, seed, waited, h.Stop)
			require.Equal(t, rl.StopBudget, h.Stop)
		}
	}
}

func TestAMethodThatProposesNothingEndsTheSearch(t *testing.T) {
	space := smallSpace(t)
	calls := 0
	m := methodFunc(func(context.Context, *rl.State, int) ([]rl.Trial, error) { calls++; return nil, nil })
	h, err := mustRun(t, space, m, countEdges, rl.Config{})
	assert.ErrorIs(t, err, rl.ErrNoSuccess)
	assert.ErrorContains(t, err, "nothing was evaluated (exhausted)")
	assert.Equal(t, rl.StopExhausted, h.Stop)
	assert.Empty(t, h.Evaluations)
	assert.Empty(t, h.Groups)
	assert.Equal(t, 1, calls)
}

func TestAMethodThatProposesOnlyRepeatsEndsTheSearch(t *testing.T) {
	space := smallSpace(t)
	a := draws(t, space, 2)
	for _, c := range []rl.Config{{}, {Lag: 9, Batch: 4}, {Arrival: true, Workers: 2}} {
		m := methodFunc(func(_ context.Context, s *rl.State, n int) ([]rl.Trial, error) {
			return []rl.Trial{{Arch: a[s.Group()%2]}}, nil
		})
		h, err := mustRun(t, space, m, countEdges, c)
		require.NoError(t, err)
		assert.Equal(t, rl.StopExhausted, h.Stop)
		assert.Len(t, h.Evaluations, 2)
		assert.NotEmpty(t, h.Repeats)
	}
}

func TestInvalidProposals(t *testing.T) {
	space := forbidding{}
	legal := func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
		return baseline.RandomSearch{}.Propose(ctx, s, n)
	}
	var illegal searchspace.Arch
	for _, a := range draws(t, space.NASBench101, 50) {
		if space.Validate(a) != nil {
			illegal = a
		}
	}
	failure := errors.New("no idea")
	for name, test := range map[string]struct {
		then methodFunc
		is   error
		says string
	}{
		"error":   {func(context.Context, *rl.State, int) ([]rl.Trial, error) { return nil, failure }, failure, ""},
		"panic":   {func(context.Context, *rl.State, int) ([]rl.Trial, error) { panic("bad index") }, nil, "bad index"},
		"no arch": {func(context.Context, *rl.State, int) ([]rl.Trial, error) { return []rl.Trial{{}}, nil }, searchspace.ErrInvalid, ""},
		"non-member": {func(context.Context, *rl.State, int) ([]rl.Trial, error) {
			return []rl.Trial{{Arch: illegal}}, nil
		}, errEdges, errEdges.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			m := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
				if s.Group() == 3 {
					return test.then(ctx, s, n)
				}
				return legal(ctx, s, n)
			})
			for _, c := range []rl.Config{{}, {Lag: 2, Batch: 2}, {Arrival: true, Workers: 1}} {
				h, err := mustRun(t, space, m, countEdges, c)
				require.Error(t, err)
				if test.is != nil {
					assert.ErrorIs(t, err, test.is)
				}
				assert.ErrorContains(t, err, test.says)
				assert.ErrorContains(t, err, "group 3")
				assert.ErrorContains(t, err, space.Name())
				assert.Equal(t, rl.StopError, h.Stop)
				assert.Len(t, h.Groups, 3)

				s := mustNew(t, space, m, c)
				_, err = askAndTell(s, countEdges, 1)
				assert.ErrorContains(t, err, "group 3")
				_, again := s.Ask(context.Background(), 1)
				assert.ErrorContains(t, again, "group 3", "the search stays ended")
			}
		})
	}
}

func TestExcessProposalsAreIgnored(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 30)
	m := methodFunc(func(_ context.Context, s *rl.State, n int) ([]rl.Trial, error) {
		assert.Equal(t, min(4, s.Left()), n)
		for _, e := range s.Evaluations() {
			assert.True(t, s.Known(e.Arch))
		}
		var trials []rl.Trial
		for _, a := range archs {
			if !s.Known(a) {
				trials = append(trials, rl.Trial{Arch: a})
			}
		}
		return trials, nil
	})
	h, err := mustRun(t, space, m, countEdges, rl.Config{Evaluations: 10, Batch: 4})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 10)
	require.Len(t, h.Groups, 3)
	for i, g := range h.Groups {
		assert.Equal(t, i, g.Number)
		assert.Equal(t, 4*i, g.First)
		assert.Equal(t, min(4, 10-4*i), g.Wanted)
		assert.Len(t, g.Trials, g.Wanted)
		for j, id := range g.Trials {
			assert.Equal(t, 4*i+j, id)
			assert.True(t, archs[id].Equal(h.Evaluations[id].Arch), "most wanted first")
		}
	}
}

func TestInvalidConfigs(t *testing.T) {
	space := smallSpace(t)
	for name, c := range map[string]rl.Config{
		"evaluations": {Evaluations: -1}, "cost": {MaxCost: -1}, "time": {MaxTime: -1}, "batch": {Batch: -2},
		"workers": {Workers: -1}, "lag": {Lag: -1}, "lag and arrival": {Lag: 2, Arrival: true},
		"past of another space": {Past: []rl.Past{{Name: "x", Results: []evaluator.Outcome{{}}}}},
		"past without a number": {Past: []rl.Past{{Results: []evaluator.Outcome{
			{Arch: mustArch(t, "a", "b", "c"), Result: evaluator.Result{Value: math.NaN()}},
		}}}},
	} {
		_, err := rl.New(space, baseline.RandomSearch{}, c)
		assert.Error(t, err, name)
	}
	_, err := rl.New(nil, baseline.RandomSearch{}, rl.Config{})
	assert.Error(t, err)
	_, err = rl.New(space, nil, rl.Config{})
	assert.Error(t, err)
	h, err := mustNew(t, space, baseline.RandomSearch{}, rl.Config{}).Run(context.Background(), nil)
	assert.Error(t, err)
	assert.NotNil(t, h)
}

// finishing counts calls of Finish.
type finishing struct {
	baseline.RandomSearch
	finished *int
	seen     *int
}

func (f finishing) Finish(_ context.Context, s *rl.State) error {
	*f.finished++
	*f.seen = len(s.Evaluations())
	return nil
}

func TestAMethodFinishesOnceAfterTheLastResult(t *testing.T) {
	finished, seen := 0, 0
	m := finishing{finished: &finished, seen: &seen}
	s := mustNew(t, smallSpace(t), m, rl.Config{Evaluations: 20, Workers: 3})
	h, err := s.Run(context.Background(), countEdges)
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 20)
	assert.Equal(t, 1, finished)
	assert.Equal(t, 20, seen)
}

func TestFinishingTwiceFinishesTheMethodOnce(t *testing.T) {
	finished, seen := 0, 0
	s := mustNew(t, smallSpace(t), finishing{finished: &finished, seen: &seen}, rl.Config{Evaluations: 3})
	one, err := s.Run(context.Background(), countEdges)
	require.NoError(t, err)
	two, err := s.Finish(context.Background())
	require.NoError(t, err)
	assert.Equal(t, one, two)
	assert.Equal(t, 1, finished)
}

// Finish does not wait for a proposal longer than its context allows.
func TestFinishDuringAProposal(t *testing.T) {
	space := smallSpace(t)
	synctest.Test(t, func(t *testing.T) {
		slow := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
			time.Sleep(time.Hour)
			return baseline.RandomSearch{}.Propose(ctx, s, n)
		})
		s := mustNew(t, space, slow, rl.Config{Evaluations: 1})
		go func() {
			time.Sleep(time.Second) // until Ask is proposing
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errDisk)
			defer cancel()
			_, err := s.Finish(ctx)
			assert.ErrorIs(t, err, errDisk)
		}()
		trials, err := s.Ask(t.Context(), 1)
		require.NoError(t, err)
		require.NoError(t, s.Tell(trials[0], evaluator.Result{Value: 1}, nil), "the search goes on")
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		h, err := s.Finish(ended)
		require.NoError(t, err, "nothing is being proposed")
		assert.Len(t, h.Evaluations, 1)
	})
}

// A method that sees running trials and proposes nothing is asked again with all results in view.
// This is also the case if the trials have already finished but their results are not in view yet.
func TestAMethodThatSeesRunningTrialsIsAskedAgain(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 8)
	ctx := context.Background()
	for _, early := range []bool{true, false} {
		m := methodFunc(func(_ context.Context, s *rl.State, n int) ([]rl.Trial, error) {
			if s.Proposed() == 4 && len(s.Running()) > 0 {
				return nil, nil
			}
			return []rl.Trial{{Arch: archs[s.Proposed()]}}, nil
		})
		s := mustNew(t, space, m, rl.Config{Lag: 6, Evaluations: 8})
		trials, err := s.Ask(ctx, 4)
		require.NoError(t, err)
		require.Len(t, trials, 4)
		if !early {
			_, err := s.Ask(ctx, 1)
			require.ErrorIs(t, err, rl.ErrWait)
		}
		for _, one := range trials {
			require.NoError(t, s.Tell(one, evaluator.Result{Value: 1}, nil))
		}
		h, err := askAndTell(s, countEdges, 1)
		require.NoError(t, err)
		assert.Len(t, h.Evaluations, 8, "results were told before the method was asked: %v", early)
	}
}

// An error about the last group or trial is returned even if all earlier evaluations failed or
// there were none.
func TestASearchWhosePastHasFailed(t *testing.T) {
	space := smallSpace(t)
	a := draws(t, space, 1)
	past := []rl.Past{{Name: "mine", Results: []evaluator.Outcome{{Arch: a[0], Err: errMemory}}}}
	nothing := methodFunc(func(context.Context, *rl.State, int) ([]rl.Trial, error) { return nil, nil })
	assert.NotPanics(t, func() {
		h, err := mustRun(t, space, nothing, countEdges, rl.Config{Past: past})
		if err != nil {
			assert.ErrorIs(t, err, rl.ErrNoSuccess)
		}
		assert.Equal(t, rl.StopExhausted, h.Stop)
		assert.Len(t, h.Past, 1)
	})
}
