package rl_test

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

// What a search remembers does not depend on a proposal that was interrupted while figures were
// computed.
func TestAnInterruptedProposalIsForgotten(t *testing.T) {
	small := smallSpace(t)
	space, err := searchspace.Listed(small, draws(t, small, 60))
	require.NoError(t, err)
	start := draws(t, space, 1)[0]
	part, err := searchspace.Listed(small, draws(t, space, 30))
	require.NoError(t, err)
	explorer := explore.NewUniform(part)
	for name, look := range map[string]func(s *rl.State) (archs []searchspace.Arch, exhausted bool){
		"members": func(s *rl.State) ([]searchspace.Arch, bool) { return s.Members(), false },
		"neighbors": func(s *rl.State) ([]searchspace.Arch, bool) {
			archs, _ := s.Neighbors(context.Background(), start)
			return archs, false
		},
		"exhausted": func(s *rl.State) ([]searchspace.Arch, bool) { return nil, s.NewCandidates().Exhausted() },
		"explorer": func(s *rl.State) ([]searchspace.Arch, bool) {
			c := s.NewCandidates()
			_, _ = c.Explore(context.Background(), "explorer", explorer, newRNG(1), 4)
			return c.Archs(), false
		},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				type seen struct {
					archs     []searchspace.Arch
					exhausted bool
				}
				// search returns what the method sees in the first proposal that is not interrupted.
				search := func(after int) (last seen) {
					ctx, cancel := context.WithCancel(context.Background())
					defer cancel()
					calls := 0
					interrupted := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
						if calls++; calls == after {
							cancel()
						}
						if ctx.Err() != nil {
							return evaluator.Result{}, ctx.Err()
						}
						return size(ctx, a)
					})
					m := methodFunc(func(_ context.Context, s *rl.State, n int) ([]rl.Trial, error) {
						last.archs, last.exhausted = look(s)
						return []rl.Trial{{Arch: start}}, nil
					})
					s := mustNew(t, space, m, rl.Config{Limits: []rl.Limit{rl.AtMost("size", 3)}, Figures: interrupted})
					if _, err := s.Ask(ctx, 1); err != nil {
						require.ErrorIs(rt, err, context.Canceled)
						_, err = s.Ask(context.Background(), 1)
						require.True(rt, err == nil || err == rl.ErrWait)
					}
					return last
				}
				require.Equal(rt, search(-1), search(rapid.IntRange(1, 62).Draw(rt, "figures")))
			})
		})
	}
}

// A search evaluates all members of a small space that are within the limits, whatever past
// evaluations are beyond them.
func TestASmallSpaceIsExhaustedWithinTheLimits(t *testing.T) {
	space := smallSpace(t)
	rapid.Check(t, func(rt *rapid.T) {
		limit := float64(rapid.IntRange(0, 6).Draw(rt, "limit"))
		most := rapid.IntRange(0, 100).Draw(rt, "percent of past evaluations")
		name := rapid.SampledFrom([]string{"random", "evolution", "local"}).Draw(rt, "method")
		var past []evaluator.Outcome
		want := map[string]bool{}
		for a, err := range searchspace.Enumerate(space.Start()) {
			require.NoError(rt, err)
			r, err := size(rt.Context(), a)
			require.NoError(rt, err)
			if hashOf(a, 100) < most {
				past = append(past, evaluator.Outcome{Arch: a, Result: r})
			} else if r.Metrics["size"] <= limit {
				want[space.Key(a)] = true
			}
		}
		h, err := mustRun(t, space, methods[name](t, space), countEdges, rl.Config{
			Evaluations: 500, Past: []rl.Past{{Results: past}}, Limits: []rl.Limit{rl.AtMost("size", limit)}, Figures: size,
		})
		got := map[string]bool{}
		for _, e := range h.Evaluations {
			got[e.Key] = true
		}
		require.Equal(rt, want, got)
		require.Equal(rt, rl.StopExhausted, h.Stop)
		if len(got) > 0 {
			require.NoError(rt, err)
		}
	})
}

// While the members of a space are counted, the search can be read and the count can be interrupted.
func TestCountingASpaceBlocksNothing(t *testing.T) {
	space := smallSpace(t)
	first := draws(t, space, 1)[0]
	synctest.Test(t, func(t *testing.T) {
		var s *rl.Search
		slow := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			assert.LessOrEqual(t, len(s.History().Evaluations), 1)
			if !a.Equal(first) {
				select {
				case <-time.After(time.Minute):
				case <-ctx.Done():
					return evaluator.Result{}, context.Cause(ctx)
				}
			}
			return size(ctx, a)
		})
		s = mustNew(t, space, methodFunc(func(context.Context, *rl.State, int) ([]rl.Trial, error) {
			return []rl.Trial{{Arch: first}}, nil
		}), rl.Config{Figures: slow, Lag: 3})
		trials, err := s.Ask(t.Context(), 1)
		require.NoError(t, err)
		go func() {
			time.Sleep(time.Hour)
			assert.NoError(t, s.Tell(trials[0], evaluator.Result{Value: 1}, nil))
		}()
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Hour, errDisk)
		defer cancel()
		began := time.Now()
		_, err = s.Ask(ctx, 1)
		require.ErrorIs(t, err, errDisk)
		require.Equal(t, 2*time.Hour, time.Since(began))
		require.Len(t, s.History().Evaluations, 1)
	})
}

// If a past result lacks a figure because Figures failed, the error has the cause.
func TestPastResultsWithoutFigures(t *testing.T) {
	space := smallSpace(t)
	for name, figures := range map[string]evaluator.Evaluator{
		"error": evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
			return evaluator.Result{}, errMemory
		}),
		"panic": evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) { panic(errMemory) }),
	} {
		past := []rl.Past{{Results: outcomes(t, countEdges, draws(t, space, 1))}}
		_, err := rl.New(space, baseline.RandomSearch{}, rl.Config{Past: past, Objectives: bothObjectives, Figures: figures})
		assert.ErrorIs(t, err, rl.ErrNoFigure, name)
		assert.ErrorContains(t, err, "Config.Figures failed", name)
		assert.ErrorContains(t, err, errMemory.Error(), name)
		_, err = rl.NewState(space, rl.Snapshot{
			Evaluations: []rl.Evaluation{{Trial: rl.Trial{Arch: draws(t, space, 1)[0]}}}, Objectives: bothObjectives, Figures: figures,
		})
		assert.ErrorIs(t, err, rl.ErrNoFigure, name)
		assert.ErrorContains(t, err, errMemory.Error(), name)
	}
}

// The largest GiveUp lets a search go on although nothing is within the limits.
func TestTheLargestGiveUp(t *testing.T) {
	space := smallSpace(t)
	c := rl.Config{Evaluations: 50, GiveUp: math.MaxInt, Limits: []rl.Limit{rl.AtMost("size", 3)}}
	h, err := mustRun(t, space, baseline.RandomSearch{}, withMetrics(map[string]float64{"size": 5}), c)
	assert.ErrorIs(t, err, rl.ErrInfeasible)
	assert.Equal(t, rl.StopBudget, h.Stop)
	assert.Len(t, h.Evaluations, 50)
}
