package rl

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"testing"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

var strategies = map[string]Strategy{
	"random":    RandomSearch{},
	"evolution": RegularizedEvolution{Population: 6, Sample: 3},
	"local":     LocalSearch{},
	"process":   GaussianProcess{},
	"walks":     GaussianProcess{Walks: 0.5, Confidence: 1},
}

func searchBy(t testing.TB, space searchspace.Space, s Strategy, e evaluator.Evaluator, c Config) (*History, error) {
	t.Helper()
	search, err := NewSearch(space, s, e, c)
	require.NoError(t, err)
	return search.Run(context.Background())
}

func TestStrategiesSpendTheBudgetOnNewMembers(t *testing.T) {
	space := smallSpace(t)
	names := slices.Sorted(maps.Keys(strategies))
	rapid.Check(t, func(rt *rapid.T) {
		c := Config{
			Seed:        rapid.Uint64().Draw(rt, "seed"),
			Evaluations: rapid.IntRange(1, 40).Draw(rt, "evaluations"),
			Batch:       rapid.IntRange(1, 7).Draw(rt, "batch"),
		}
		h, err := searchBy(t, space, strategies[rapid.SampledFrom(names).Draw(rt, "strategy")], countEdges, c)
		require.NoError(rt, err)
		assert.Equal(rt, StopBudget, h.Stop)
		assert.Len(rt, h.Evaluations, c.Evaluations)
		keys := map[string]bool{}
		for _, e := range h.Evaluations {
			assert.False(rt, keys[e.Key], "evaluated twice")
			keys[e.Key] = true
			assert.NoError(rt, space.Validate(e.Arch))
		}
	})
}

func TestStrategiesExhaustASmallSpace(t *testing.T) {
	for name, s := range strategies {
		t.Run(name, func(t *testing.T) {
			h, err := searchBy(t, smallSpace(t), s, countEdges, Config{Evaluations: 1000, Batch: 20})
			require.NoError(t, err)
			assert.Equal(t, StopExhausted, h.Stop)
			assert.Len(t, h.Evaluations, 216)
		})
	}
}

func TestSeedFixesAStrategyAtOneProcessorAndTwo(t *testing.T) {
	space := searchspace.NASBench101{}
	run := func(processors int, s Strategy) *History {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		h, err := searchBy(t, space, s, countEdges, Config{Seed: 5, Evaluations: 12, Batch: 2})
		require.NoError(t, err)
		return h
	}
	for name, s := range strategies {
		assert.Equal(t, run(1, s).Evaluations, run(2, s).Evaluations, name)
	}
}

func TestStrategiesLiveWithFailures(t *testing.T) {
	failure := errors.New("out of memory")
	for name, s := range strategies {
		n := 0
		often := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			if n++; n%3 != 0 {
				return evaluator.Result{}, failure
			}
			return countEdges(ctx, a)
		})
		h, err := searchBy(t, smallSpace(t), s, often, Config{Evaluations: 60, Workers: 1})
		require.NoError(t, err, name)
		assert.Len(t, h.Evaluations, 60, name)
	}
}

// On a task without local optima what follows the values is better than what draws blindly.
func TestStrategiesThatLookFindMore(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	space, err := searchspace.New("chain", []searchspace.Part{{Name: "cell", MaxNodes: 6, NodeOps: []string{"a", "b", "c"}}}, nil)
	require.NoError(t, err)
	mean := func(s Strategy) float64 {
		var best []float64
		for seed := range uint64(5) {
			h, err := searchBy(t, space, s, countEdges, Config{Seed: seed, Evaluations: 50})
			require.NoError(t, err)
			one, _ := h.Best()
			best = append(best, one.Result.Value)
		}
		return stat.Mean(best, nil)
	}
	blind := mean(RandomSearch{})
	for name, s := range strategies {
		if name != "random" {
			assert.Greater(t, mean(s), blind+0.5, name)
		}
	}
}

func TestLocalSearchMovesOnToBetterNeighboursAlone(t *testing.T) {
	space := searchspace.NASBench201{}
	h, err := searchBy(t, space, LocalSearch{}, countEdges, Config{Seed: 3, Evaluations: 40})
	require.NoError(t, err)
	at := h.Evaluations[0]
	for _, e := range h.Evaluations[1:30] {
		near, err := searchspace.Neighbors(space, at.Arch)
		require.NoError(t, err)
		isNear := false
		for _, a := range near {
			isNear = isNear || a.Equal(e.Arch)
		}
		require.True(t, isNear, "evaluation %d", e.Index)
		if e.Result.Value > at.Result.Value {
			at = e
		}
		if at.Result.Value == 6 {
			return // all edges are there: the top
		}
	}
}

func TestRandomSearchIsUniformOverTheCells(t *testing.T) {
	space := searchspace.NASBench201{}
	h, err := searchBy(t, space, RandomSearch{}, countEdges, Config{Seed: 1, Evaluations: 3000})
	require.NoError(t, err)
	edges := 0.0
	for _, e := range h.Evaluations {
		edges += e.Result.Value / 3000
	}
	assert.InDelta(t, 6*4.0/5, edges, 0.08, "each of six labels is none in a fifth of the cells")
}

// user is a strategy of a user's own.
type user func(s Session) ([]searchspace.Arch, error)

func (u user) Propose(_ context.Context, s Session) ([]searchspace.Arch, error) { return u(s) }

func TestWhatAStrategyMayNot(t *testing.T) {
	space := searchspace.NASBench201{}
	failure := errors.New("no idea")
	_, err := searchBy(t, space, user(func(Session) ([]searchspace.Arch, error) { return nil, failure }), countEdges, Config{})
	assert.ErrorIs(t, err, failure)
	_, err = searchBy(t, space, user(func(Session) ([]searchspace.Arch, error) { return []searchspace.Arch{{}}, nil }), countEdges, Config{})
	assert.ErrorIs(t, err, searchspace.ErrInvalid)

	for name, c := range map[string]Config{
		"learner":  {Learner: Replay{}},
		"explorer": {Explorer: explore.NewUniform(space)},
		"schedule": {Exploration: NeverExplore()},
		"ranking":  {Ranking: Ranking{Ranker: GaussianProcess{}}},
		"ranker":   {Ranking: Ranking{Ranker: judge(byEdges)}},
		"samples":  {Ranking: Ranking{Samples: 5}},
	} {
		_, err := NewSearch(space, RandomSearch{}, countEdges, c)
		assert.Error(t, err, name)
	}
	for _, s := range []Strategy{nil, RegularizedEvolution{Sample: -1}, GaussianProcess{Walks: 2}, GaussianProcess{Confidence: -1}} {
		_, err := NewSearch(space, s, countEdges, Config{})
		assert.Error(t, err)
	}
}

func TestSessionKnowsWhatWasEvaluated(t *testing.T) {
	space := searchspace.NASBench201{}
	uniform := explore.NewUniform(space)
	h, err := searchBy(t, space, user(func(s Session) ([]searchspace.Arch, error) {
		for _, e := range s.History.Evaluations {
			assert.True(t, s.Evaluated(e.Arch))
		}
		assert.Equal(t, min(4, 10-len(s.History.Evaluations)), s.Wanted)
		return uniform.Sample(context.Background(), s.Rand, 9)
	}), countEdges, Config{Evaluations: 10, Batch: 4})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 10)
	assert.Len(t, h.Rounds, 3)
}

// The best have neighbours in common, and their isomorphs too: a process proposes each once, and so fills its batches.
func TestGaussianProcessFillsItsBatches(t *testing.T) {
	space := searchspace.NASBench101{}
	h, err := searchBy(t, space, GaussianProcess{}, countEdges, Config{Seed: 2, Evaluations: 50, Batch: 10})
	require.NoError(t, err)
	for _, round := range h.Rounds {
		assert.Len(t, round.Drawn, 10)
	}
}
