package rl

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestHistoryHoldsWhatTheBudgetAllows(t *testing.T) {
	space := smallSpace(t)
	rapid.Check(t, func(rt *rapid.T) {
		c := Config{
			Seed:        rapid.Uint64().Draw(rt, "seed"),
			Evaluations: rapid.IntRange(1, 40).Draw(rt, "evaluations"),
			Batch:       rapid.IntRange(1, 7).Draw(rt, "batch"),
			Workers:     rapid.IntRange(1, 3).Draw(rt, "workers"),
			Exploration: Constant(rapid.Float64Range(0, 1).Draw(rt, "exploration")),
			Learner:     rapid.SampledFrom([]Learner{Replay{}, OnPolicy{}}).Draw(rt, "learner"),
		}
		h, err := mustRun(t, newRecorder(space), countEdges, c)
		require.NoError(rt, err)
		assert.Equal(rt, StopBudget, h.Stop)
		assert.Len(rt, h.Evaluations, c.Evaluations)
		keys := map[string]bool{}
		for i, e := range h.Evaluations {
			assert.Equal(rt, i, e.Index)
			assert.Equal(rt, space.Key(e.Arch), e.Key)
			assert.False(rt, keys[e.Key], "evaluated twice")
			keys[e.Key] = true
			assert.NoError(rt, space.Validate(e.Arch))
			assert.Contains(rt, h.Rounds[e.Round].Drawn, i)
		}
		for i, r := range h.Rounds {
			assert.Equal(rt, i, r.Number)
			assert.LessOrEqual(rt, len(r.Drawn), c.Batch)
		}
	})
}

func TestReplayLearnsFromTheBestByRank(t *testing.T) {
	m := newRecorder(smallSpace(t))
	h, err := mustRun(t, m, countEdges, Config{Evaluations: 30, Exploration: FirstRounds(10), Learner: Replay{Keep: 4, Epochs: 7}})
	require.NoError(t, err)
	require.Len(t, m.fits, 21, "one before each round of the generator, one at the end")
	assert.Equal(t, 22, m.resets, "fresh each time, and at the start")
	last := m.fits[20]
	require.Len(t, last, 4)
	for i, e := range h.Top(4) {
		assert.True(t, e.Arch.Equal(last[i].Arch))
		assert.InDelta(t, float64(4-i)/4, last[i].Weight, 1e-12)
	}
	assert.Equal(t, 7, m.opts[20].Epochs)
	assert.Equal(t, generator.PaperLoss, m.opts[20].Loss)
}

func TestOnPolicyLearnsFromWhatWasJustDrawn(t *testing.T) {
	m := newRecorder(smallSpace(t))
	h, err := mustRun(t, m, countEdges, Config{Evaluations: 60, Batch: 8, Exploration: FirstRounds(2), Learner: OnPolicy{Decay: 0.5, Entropy: 0.1}})
	require.NoError(t, err)
	assert.Equal(t, 1, m.resets)
	baseline, begun, fit := 0.0, false, 0
	for _, round := range h.Rounds {
		if round.Explored {
			continue
		}
		data := m.fits[fit]
		require.Len(t, data, len(round.Drawn))
		mean := 0.0
		for _, i := range round.Drawn {
			mean += h.Evaluations[i].Result.Value / float64(len(round.Drawn))
		}
		if !begun {
			baseline, begun = mean, true
		}
		for k, i := range round.Drawn {
			assert.True(t, h.Evaluations[i].Arch.Equal(data[k].Arch))
			assert.InDelta(t, h.Evaluations[i].Result.Value-baseline, data[k].Weight, 1e-9)
		}
		assert.Equal(t, generator.LogLikelihood, m.opts[fit].Loss)
		assert.Equal(t, 0.1, m.opts[fit].Entropy)
		if fit > 0 {
			baseline = 0.5*baseline + 0.5*mean
		}
		fit++
	}
	assert.Equal(t, fit, len(m.fits))
}

func TestBothFormsImproveOnUniformDraws(t *testing.T) {
	space := smallSpace(t)
	for name, c := range map[string]Config{
		"replay":    {Evaluations: 40, Exploration: FirstRounds(15), Learner: Replay{Epochs: 30}},
		"on-policy": {Evaluations: 90, Batch: 8, Exploration: NeverExplore(), Learner: OnPolicy{LearningRate: 5e-3, Entropy: 0.01}},
	} {
		t.Run(name, func(t *testing.T) {
			m := smallGRAN(t, space)
			_, err := mustRun(t, m, countEdges, c)
			require.NoError(t, err)
			learned := meanValue(t, m)
			uniform := meanValue(t, explore.NewUniform(space))
			assert.Greater(t, learned, uniform+0.5)
		})
	}
}

// meanValue estimates what a generator's architectures are worth.
func meanValue(t *testing.T, g generator.GraphGenerator) float64 {
	archs, err := g.Sample(context.Background(), rand.New(rand.NewPCG(3, 3)), 400)
	require.NoError(t, err)
	mean := 0.0
	for _, a := range archs {
		r, err := countEdges(context.Background(), a)
		require.NoError(t, err)
		mean += r.Value / float64(len(archs))
	}
	return mean
}

func TestSeedFixesTheSearchAtOneProcessorAndTwo(t *testing.T) {
	space := searchspace.NASBench201{}
	// Later architectures of a batch finish earlier.
	var started atomic.Int64
	slow := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		time.Sleep(time.Duration(3-started.Add(1)%3) * time.Millisecond)
		return evaluator.Result{Value: float64(len(space.Key(a)) % 17)}, nil
	})
	run := func(processors int, learner Learner) *History {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		h, err := mustRun(t, smallGRAN(t, space), slow, Config{
			Seed: 7, Evaluations: 24, Batch: 3, Workers: 3, Exploration: Harmonic(2), Learner: learner,
		})
		require.NoError(t, err)
		return h
	}
	for _, learner := range []Learner{Replay{Epochs: 5}, OnPolicy{}} {
		one, two := run(1, learner), run(2, learner)
		require.Equal(t, len(one.Evaluations), len(two.Evaluations))
		for i := range one.Evaluations {
			assert.Equal(t, one.Evaluations[i], two.Evaluations[i])
		}
		assert.Equal(t, one.Rounds, two.Rounds)
	}
}

func TestSpaceSmallerThanTheBudgetIsExhausted(t *testing.T) {
	for _, learner := range []Learner{Replay{}, OnPolicy{}} {
		h, err := mustRun(t, newRecorder(smallSpace(t)), countEdges, Config{Evaluations: 1000, Batch: 5, Learner: learner})
		require.NoError(t, err)
		assert.Equal(t, StopExhausted, h.Stop)
		assert.Len(t, h.Evaluations, 216)
	}
}

func TestCallbackSeesEveryRoundAndStops(t *testing.T) {
	rounds := 0
	c := Config{Evaluations: 50, Batch: 2, OnRound: func(h *History) error {
		rounds++
		assert.Len(t, h.Rounds, rounds)
		if rounds == 4 {
			return fmt.Errorf("good enough: %w", ErrStop)
		}
		return nil
	}}
	h, err := mustRun(t, newRecorder(smallSpace(t)), countEdges, c)
	require.NoError(t, err)
	assert.Equal(t, StopCallback, h.Stop)
	assert.Len(t, h.Evaluations, 8)

	failure := errors.New("disk full")
	c.OnRound = func(*History) error { return failure }
	h, err = mustRun(t, newRecorder(smallSpace(t)), countEdges, c)
	assert.ErrorIs(t, err, failure)
	assert.Len(t, h.Evaluations, 2)
}

func TestCancelledSearchReturnsItsHistory(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("machine goes down")
	n := 0
	e := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		if n++; n == 12 {
			cancel(reason)
			<-ctx.Done()
			return evaluator.Result{}, ctx.Err()
		}
		return countEdges(ctx, a)
	})
	trainer, err := NewTrainer(newRecorder(smallSpace(t)), e, Config{Workers: 1})
	require.NoError(t, err)
	h, err := trainer.Run(ctx)
	assert.ErrorIs(t, err, reason)
	assert.Equal(t, StopError, h.Stop)
	assert.Len(t, h.Evaluations, 11, "what was cut short is no result of its architecture's")
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
		evaluator   evaluator.Evaluator
		evaluations int
		failed      int
		wantRun     []error // wrapped by Run's error
		wantFailure error   // wrapped by the failed evaluations' errors
	}{
		"one architecture": {fail(once, returns(evaluator.Result{}, broke)), 20, 1, nil, broke},
		"NaN":              {fail(once, returns(evaluator.Result{Value: math.NaN()}, nil)), 20, 1, nil, evaluator.ErrNotFinite},
		"panic":            {fail(once, func() (evaluator.Result, error) { panic("bad index") }), 20, 1, nil, evaluator.ErrPanic},
		"every one":        {fail(always, returns(evaluator.Result{}, broke)), 20, 20, []error{ErrNoSuccess, broke}, broke},
		"broken":           {fail(once, returns(evaluator.Result{}, fmt.Errorf("%w: no GPU", evaluator.ErrBroken))), 2, 0, []error{evaluator.ErrBroken}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := mustRun(t, newRecorder(smallSpace(t)), test.evaluator, Config{Evaluations: 20, Workers: 1, Exploration: FirstRounds(5)})
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

func TestAnErrorNamesItsRound(t *testing.T) {
	broken := errors.New("no GPU")
	failAt := func(n int, is error) evaluator.Evaluator {
		evaluations := 0
		return evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			if evaluations++; evaluations == n {
				return evaluator.Result{}, is
			}
			return countEdges(ctx, a)
		})
	}
	_, err := mustRun(t, newRecorder(smallSpace(t)), failAt(3, fmt.Errorf("%w: %w", evaluator.ErrBroken, broken)), Config{Workers: 1})
	assert.ErrorIs(t, err, broken)
	assert.ErrorContains(t, err, "round 2: ")
	_, err = mustRun(t, newRecorder(smallSpace(t)), countEdges, Config{OnRound: func(h *History) error {
		if len(h.Rounds) == 3 {
			return broken
		}
		return nil
	}})
	assert.ErrorContains(t, err, "after round 2: ")
}

func TestBadRewardsAreErrors(t *testing.T) {
	for name, reward := range map[string]Reward{
		"too few": func([]float64) []float64 { return nil },
		"NaN": func(values []float64) []float64 {
			rewards := RankReward(values)
			rewards[0] = math.NaN()
			return rewards
		},
	} {
		for _, learner := range []Learner{Replay{Reward: reward}, OnPolicy{Reward: reward}} {
			t.Run(fmt.Sprintf("%s %T", name, learner), func(t *testing.T) {
				h, err := mustRun(t, smallGRAN(t, smallSpace(t)), countEdges, Config{Exploration: FirstRounds(3), Learner: learner})
				assert.Error(t, err)
				assert.NotEmpty(t, h.Evaluations)
			})
		}
	}
}

func TestNewTrainerRefusesWhatMakesNoSearch(t *testing.T) {
	m := newRecorder(smallSpace(t))
	for name, c := range map[string]Config{
		"batch": {Batch: -2}, "workers": {Workers: -1},
		"keep": {Learner: Replay{Keep: -1}}, "epochs": {Learner: Replay{Epochs: -1}}, "decay": {Learner: OnPolicy{Decay: 1}},
		"decay of NaN": {Learner: OnPolicy{Decay: math.NaN()}}, "negative decay": {Learner: OnPolicy{Decay: -0.1}},
		"entropy of NaN": {Learner: OnPolicy{Entropy: math.NaN()}}, "negative entropy": {Learner: OnPolicy{Entropy: -1}},
		"infinite rate": {Learner: OnPolicy{LearningRate: math.Inf(1)}}, "negative rate": {Learner: OnPolicy{LearningRate: -1}},
		"clipping at NaN":           {Learner: OnPolicy{ClipNorm: math.NaN()}},
		"replay, clipping at NaN":   {Learner: Replay{Fit: generator.FitOptions{ClipNorm: math.NaN()}}},
		"replay, negative batch":    {Learner: Replay{Fit: generator.FitOptions{BatchSize: -1}}},
		"replay, no such loss":      {Learner: Replay{Fit: generator.FitOptions{Loss: 9}}},
		"replay, negative rate":     {Learner: Replay{Fit: generator.FitOptions{LearningRate: -1}}},
		"replay, negative clipping": {Learner: Replay{Fit: generator.FitOptions{ClipNorm: -1}}},
	} {
		_, err := NewTrainer(m, countEdges, c)
		assert.Error(t, err, name)
	}
	_, err := NewTrainer(nil, countEdges, Config{})
	assert.Error(t, err)
	_, err = NewTrainer(m, nil, Config{})
	assert.Error(t, err)
}

func TestBuilderThatOffersNothingEndsTheSearch(t *testing.T) {
	space, err := searchspace.New("dead", []searchspace.Part{{Name: "cell", MaxNodes: 3, NodeOps: []string{"a"}}},
		func(_ *searchspace.Draft, d searchspace.Decision) []int {
			if d.Node == 2 {
				return nil
			}
			return d.Allowed
		})
	require.NoError(t, err)
	for _, exploration := range []Schedule{NeverExplore(), Constant(1)} {
		h, err := mustRun(t, smallGRAN(t, space), countEdges, Config{Exploration: exploration})
		assert.ErrorIs(t, err, searchspace.ErrDeadEnd)
		assert.Empty(t, h.Evaluations)
	}
}
