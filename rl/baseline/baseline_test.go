package baseline_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"runtime"
	"slices"
	"testing"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/internal/searchtest"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var methods = map[string]rl.Method{
	"random":    baseline.RandomSearch{},
	"evolution": baseline.RegularizedEvolution{Population: 6, Sample: 3},
	"local":     baseline.LocalSearch{},
	"nsga2":     baseline.NSGA2{Population: 6},
}

var (
	smallSpace = searchtest.SmallSpace
	countEdges = searchtest.CountEdges
	search     = searchtest.Run
)

func TestTheBudgetIsSpentOnNewMembers(t *testing.T) {
	space := smallSpace(t)
	names := slices.Sorted(maps.Keys(methods))
	rapid.Check(t, func(rt *rapid.T) {
		c := rl.Config{
			Seed:        rapid.Uint64().Draw(rt, "seed"),
			Evaluations: rapid.IntRange(1, 40).Draw(rt, "evaluations"),
			Batch:       rapid.IntRange(1, 7).Draw(rt, "batch"),
			Lag:         rapid.IntRange(1, 20).Draw(rt, "lag"),
		}
		h, err := search(t, space, methods[rapid.SampledFrom(names).Draw(rt, "method")], countEdges, c)
		require.NoError(rt, err)
		assert.Equal(rt, rl.StopBudget, h.Stop)
		assert.Len(rt, h.Evaluations, c.Evaluations)
		assert.Empty(rt, h.Repeats, "they propose what is new")
		keys := map[string]bool{}
		for _, e := range h.Evaluations {
			assert.False(rt, keys[e.Key], "evaluated twice")
			keys[e.Key] = true
			assert.NoError(rt, space.Validate(e.Arch))
		}
	})
}

func TestASmallSpaceIsExhausted(t *testing.T) {
	for name, m := range methods {
		for _, c := range []rl.Config{{Batch: 20}, {Lag: 16}} {
			t.Run(name, func(t *testing.T) {
				c.Evaluations = 1000
				h, err := search(t, smallSpace(t), m, countEdges, c)
				require.NoError(t, err)
				assert.Equal(t, rl.StopExhausted, h.Stop)
				assert.Len(t, h.Evaluations, 216)
			})
		}
	}
}

func TestASeedDeterminesASearch(t *testing.T) {
	space := searchspace.NASBench101{}
	run := func(processors int, m rl.Method, c rl.Config) *rl.History {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		c.Seed, c.Evaluations = 5, 12
		h, err := search(t, space, m, countEdges, c)
		require.NoError(t, err)
		return h
	}
	for name, m := range methods {
		for _, c := range []rl.Config{{Batch: 2, Lag: 1}, {Lag: 5}} {
			assert.Equal(t, run(1, m, c).Evaluations, run(2, m, c).Evaluations, name)
		}
	}
}

func TestSearchesTolerateFailures(t *testing.T) {
	failure := errors.New("out of memory")
	for name, m := range methods {
		n := 0
		often := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			if n++; n%3 != 0 {
				return evaluator.Result{}, failure
			}
			return countEdges(ctx, a)
		})
		h, err := search(t, smallSpace(t), m, often, rl.Config{Evaluations: 60, Workers: 1})
		require.NoError(t, err, name)
		assert.Len(t, h.Evaluations, 60, name)
	}
}

// On a task without local optima, methods that use the values find more than random draws, even
// with many workers.
func TestMethodsBeatRandomSearch(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	space, err := searchspace.New("chain", []searchspace.Part{{Name: "cell", MaxNodes: 6, NodeOps: []string{"a", "b", "c"}}})
	require.NoError(t, err)
	mean := func(m rl.Method, c rl.Config) float64 {
		var best []float64
		for seed := range uint64(5) {
			c.Seed = seed
			h, err := search(t, space, m, countEdges, c)
			require.NoError(t, err)
			one, _ := h.Best()
			best = append(best, one.Result.Value)
		}
		return stat.Mean(best, nil)
	}
	blind := mean(methods["random"], rl.Config{Evaluations: 50})
	blindForLonger := mean(methods["random"], rl.Config{Evaluations: 120})
	for name, m := range methods {
		if name != "random" {
			assert.Greater(t, mean(m, rl.Config{Evaluations: 50}), blind+0.5, name)
			assert.Greater(t, mean(m, rl.Config{Evaluations: 120, Lag: 10}), blindForLonger+0.5, "%s with 10 in parallel", name)
		}
	}
}

func TestLocalSearchOnlyMovesToBetterNeighbors(t *testing.T) {
	space := searchspace.NASBench201{}
	h, err := search(t, space, baseline.LocalSearch{}, countEdges, rl.Config{Seed: 3, Evaluations: 40})
	require.NoError(t, err)
	at := h.Evaluations[0]
	for _, e := range h.Evaluations[1:30] {
		near, err := searchspace.Neighbors(space, at.Arch)
		require.NoError(t, err)
		isNear := slices.ContainsFunc(near, e.Arch.Equal)
		require.True(t, isNear, "evaluation %d", e.ID)
		if e.Result.Value > at.Result.Value {
			at = e
		}
		if at.Result.Value == 6 {
			return // all edges are present, which is the optimum
		}
	}
}

// With parallel trials, a climb proposes further neighbors of the same architecture until a better
// one comes into view.
func TestParallelLocalSearch(t *testing.T) {
	space := searchspace.NASBench201{}
	h, err := search(t, space, baseline.LocalSearch{}, value("constant", func(searchspace.Arch) float64 { return 1 }), rl.Config{Seed: 3, Evaluations: 30, Lag: 6})
	require.NoError(t, err)
	// Nothing is known when the first six trials are proposed. The climb then starts at the first.
	near, err := searchspace.Neighbors(space, h.Evaluations[0].Arch)
	require.NoError(t, err)
	for _, e := range h.Evaluations[:6] {
		assert.Equal(t, rl.SourceExplorer, e.Source)
	}
	for _, e := range h.Evaluations[6:28] {
		assert.Equal(t, rl.SourceNeighbor, e.Source, "trial %d", e.ID)
		assert.True(t, slices.ContainsFunc(near, e.Arch.Equal), "trial %d", e.ID)
	}
}

// value returns an evaluator for a function.
func value(_ string, f func(searchspace.Arch) float64) evaluator.Evaluator {
	return evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		return evaluator.Result{Value: f(a)}, nil
	})
}

func TestRandomSearchIsUniformOverTheCells(t *testing.T) {
	space := searchspace.NASBench201{}
	h, err := search(t, space, baseline.RandomSearch{}, countEdges, rl.Config{Seed: 1, Evaluations: 3000})
	require.NoError(t, err)
	edges := 0.0
	for _, e := range h.Evaluations {
		edges += e.Result.Value / 3000
	}
	assert.InDelta(t, 6*4.0/5, edges, 0.08, "each of six labels is none in a fifth of the cells")
}

func TestEvolutionMutatesTheBestOfTheYoungest(t *testing.T) {
	space := searchspace.NASBench201{}
	rugged := value("rugged", func(a searchspace.Arch) float64 {
		h := fnv.New32a()
		fmt.Fprint(h, a)
		return float64(h.Sum32() % 1000)
	})
	for _, lag := range []int{1, 5} {
		h, err := search(t, space, baseline.RegularizedEvolution{Population: 6, Sample: 400}, rugged, rl.Config{Evaluations: 40, Lag: lag})
		require.NoError(t, err)
		for _, e := range h.Evaluations {
			if e.ID < 6 {
				assert.Equal(t, rl.SourceExplorer, e.Source, "trial %d with lag %d", e.ID, lag)
				continue
			}
			assert.Equal(t, rl.SourceNeighbor, e.Source, "trial %d with lag %d", e.ID, lag)
			visible := h.Evaluations[:e.ID-lag+1]
			population := rl.History{Evaluations: visible[max(0, len(visible)-6):]}
			parent, _ := population.Best() // a sample of 400 with replacement has all of them
			near, err := searchspace.Neighbors(space, parent.Arch)
			require.NoError(t, err)
			assert.True(t, slices.ContainsFunc(near, e.Arch.Equal), "trial %d with lag %d", e.ID, lag)
		}
	}
}

// The first population is not drawn larger than configured, regardless of the number of running
// trials.
func TestTheFirstPopulationCountsRunningTrials(t *testing.T) {
	for _, c := range []rl.Config{{}, {Lag: 8}, {Batch: 4}, {Batch: 3, Lag: 4}} {
		c.Evaluations = 40
		h, err := search(t, searchspace.NASBench201{}, baseline.RegularizedEvolution{Population: 10}, countEdges, c)
		require.NoError(t, err)
		explored := 0
		for _, e := range h.Evaluations {
			if e.Source == rl.SourceExplorer {
				explored++
			}
		}
		assert.Equal(t, 10, explored, "%+v", c)
	}
}

func TestAMethodUsesItsExplorer(t *testing.T) {
	space := searchspace.NASBench201{}
	dense, err := explore.NewUniformOver(space, "skip_connect")
	require.NoError(t, err)
	for name, m := range map[string]rl.Method{
		"random": baseline.RandomSearch{Explorer: dense}, "evolution": baseline.RegularizedEvolution{Explorer: dense}, "local": baseline.LocalSearch{Explorer: dense},
	} {
		h, err := search(t, space, m, countEdges, rl.Config{Evaluations: 3})
		require.NoError(t, err)
		assert.Equal(t, 6, h.Evaluations[0].Arch.Part(0).NumEdges(), name)
		assert.Len(t, h.Evaluations, 3, "%s goes on when the explorer has no more", name)
	}
}

func TestInvalidSettings(t *testing.T) {
	for _, m := range []rl.Method{nil, baseline.RegularizedEvolution{Sample: -1}, baseline.RegularizedEvolution{Population: -1}} {
		_, err := rl.New(smallSpace(t), m, rl.Config{})
		assert.Error(t, err)
	}
}

// After cancellation, the neighbors of no further parent are computed.
func TestCancellationWhileComputingNeighbors(t *testing.T) {
	stop := errors.New("stop")
	for _, name := range []string{"evolution", "local"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			asked := 0
			space := searchtest.SlowSpace{Space: searchspace.NASBench201{}, Asked: func() {
				if asked++; asked == 2 {
					cancel(stop)
				}
			}}
			_, err := methods[name].Propose(ctx, evaluated(t, space), 1)
			assert.ErrorIs(t, err, stop)
			assert.Equal(t, 2, asked)
		})
	}
}

// evaluated returns a state with thirty evaluations, one per group, each better than the previous
// ones.
func evaluated(t *testing.T, space searchspace.Space) *rl.State {
	h, err := search(t, space, baseline.RandomSearch{}, countEdges, rl.Config{Evaluations: 30})
	require.NoError(t, err)
	for i := range h.Evaluations {
		h.Evaluations[i].Result.Value = float64(i)
	}
	s, err := rl.NewState(space, rl.Snapshot{Evaluations: h.Evaluations, Group: 30})
	require.NoError(t, err)
	return s
}

// Methods work without a search, on a State made by hand.
func TestMethodsWorkWithoutASearch(t *testing.T) {
	space := searchspace.NASBench201{}
	s := evaluated(t, space)
	for name, m := range methods {
		one, err := m.Propose(context.Background(), s, 3)
		require.NoError(t, err)
		two, err := m.Propose(context.Background(), s, 3)
		require.NoError(t, err)
		assert.Equal(t, one, two, "%s: the same state gives the same proposals", name)
		assert.GreaterOrEqual(t, len(one), 3, name)
		for _, trial := range one {
			assert.False(t, s.Known(trial.Arch), name)
		}
	}
}
