package bayes

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/internal/searchtest"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestTheBudgetIsSpentOnNewMembers(t *testing.T) {
	space := smallSpace(t)
	names := slices.Sorted(maps.Keys(processes))
	cases := rapid.Custom(func(t *rapid.T) rl.Config {
		return rl.Config{
			Seed:        rapid.Uint64().Draw(t, "seed"),
			Evaluations: rapid.IntRange(1, 40).Draw(t, "evaluations"),
			Batch:       rapid.IntRange(1, 7).Draw(t, "batch"),
			Lag:         rapid.IntRange(1, 20).Draw(t, "lag"),
		}
	})
	for i := range 16 {
		c := cases.Example(i)
		h, err := search(t, space, processes[names[i%len(names)]], countEdges, c)
		require.NoError(t, err)
		assert.Equal(t, rl.StopBudget, h.Stop)
		assert.Len(t, h.Evaluations, c.Evaluations)
		assert.Empty(t, h.Repeats)
		keys := map[string]bool{}
		for _, e := range h.Evaluations {
			assert.False(t, keys[e.Key], "evaluated twice")
			keys[e.Key] = true
			assert.NoError(t, space.Validate(e.Arch))
		}
	}
}

func TestASmallSpaceIsExhausted(t *testing.T) {
	for name, p := range processes {
		t.Run(name, func(t *testing.T) {
			h, err := search(t, smallSpace(t), p, countEdges, rl.Config{Evaluations: 1000, Batch: 20})
			require.NoError(t, err)
			assert.Equal(t, rl.StopExhausted, h.Stop)
			assert.Len(t, h.Evaluations, 216)
		})
	}
}

func TestASeedDeterminesASearch(t *testing.T) {
	space := searchspace.NASBench101{}
	run := func(processors int, p process, c rl.Config) *rl.History {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		c.Seed, c.Evaluations = 5, 12
		h, err := search(t, space, p, countEdges, c)
		require.NoError(t, err)
		return h
	}
	for name, p := range processes {
		for _, c := range []rl.Config{{Batch: 2, Lag: 1}, {Lag: 5}} {
			assert.Equal(t, run(1, p, c).Evaluations, run(2, p, c).Evaluations, name)
		}
	}
}

func TestSearchesTolerateFailures(t *testing.T) {
	failure := errors.New("out of memory")
	for name, p := range processes {
		for first, evaluations := range map[int]int{2: 60, 20: 26} { // often, or always at the beginning
			if race.Enabled && first > 2 {
				continue // too long under the race detector
			}
			n := 0
			often := evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				if n++; n < first || n%3 != 0 {
					return evaluator.Result{}, failure
				}
				return countEdges(ctx, a)
			})
			h, err := search(t, smallSpace(t), p, often, rl.Config{Evaluations: evaluations, Workers: 1, GiveUp: -1})
			require.NoError(t, err, name)
			assert.Len(t, h.Evaluations, evaluations, name)
		}
	}
}

// On a task without local optima, a process finds more than random draws, even with many workers.
func TestAProcessFindsMore(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	space, err := searchspace.New("chain", []searchspace.Part{{Name: "cell", MaxNodes: 6, NodeOps: []string{"a", "b", "c"}}})
	require.NoError(t, err)
	mean := func(m rl.Method, c rl.Config, seeds int) float64 {
		var best []float64
		for seed := range seeds {
			c.Seed, c.Evaluations = uint64(seed), 50
			h, err := search(t, space, m, countEdges, c)
			require.NoError(t, err)
			one, _ := h.Best()
			best = append(best, one.Result.Value)
		}
		return stat.Mean(best, nil)
	}
	blind := mean(blindly{}, rl.Config{}, 5)
	for name, p := range processes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Greater(t, mean(p, rl.Config{}, 5), blind+0.5)
		})
	}
	t.Run("10 in parallel", func(t *testing.T) {
		t.Parallel()
		assert.Greater(t, mean(GaussianProcess{}, rl.Config{Lag: 10}, 2), blind+0.5)
	})
}

// blindly draws uniformly.
type blindly struct{}

func (blindly) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	c := s.NewCandidates()
	_, err := c.Explore(ctx, rl.SourceExplorer, nil, s.Rand(rl.ToPropose), n)
	return c.Trials(n), err
}

// The best architectures share neighbors, and so do their isomorphic variants. A process proposes
// each once and still fills its batches.
func TestAProcessFillsItsBatches(t *testing.T) {
	space := searchspace.NASBench101{}
	h, err := search(t, space, GaussianProcess{}, countEdges, rl.Config{Seed: 2, Evaluations: 50, Batch: 10})
	require.NoError(t, err)
	for _, g := range h.Groups {
		assert.Len(t, g.Trials, 10)
	}
	assert.Empty(t, h.Repeats)
}

// Members with the same Key are one architecture, so a batch contains it only once.
func TestABatchHasNoTwoMembersOfTheSameKey(t *testing.T) {
	s, err := searchspace.New("small", smallSpace(t).Parts())
	require.NoError(t, err)
	space := merging{s}
	var _ searchspace.Enumerator = enumerated{space}
	h, err := search(t, enumerated{space}, GaussianProcess{}, countEdges, rl.Config{Seed: 2, Evaluations: 30, Batch: 6})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 30)
	assert.Empty(t, h.Repeats, "a place in a batch is lost for each")
}

type enumerated struct{ merging }

func (e enumerated) All() iter.Seq[searchspace.Arch] { return e.merging.All() }

func TestRankReturnsDistinctIndexes(t *testing.T) {
	space := searchspace.NASBench201{}
	archs := draws(t, space, 5, 60)
	s := stateOf(t, space, archs[:12], archs[12:15])
	for name, p := range processes {
		for _, n := range []int{0, 1, 7, 45, 100} {
			places, err := p.Rank(context.Background(), s, archs[15:], n)
			require.NoError(t, err)
			require.Len(t, places, min(n, 45), name)
			sorted := slices.Sorted(slices.Values(places))
			assert.Len(t, slices.Compact(sorted), min(n, 45), "%s: a place twice", name)
			for _, i := range places {
				assert.True(t, i >= 0 && i < 45)
			}
		}
		// The first choice of a batch is the same as that of a batch of one.
		one, err := p.Rank(context.Background(), s, archs[15:], 1)
		require.NoError(t, err)
		many, err := p.Rank(context.Background(), s, archs[15:], 9)
		require.NoError(t, err)
		assert.Equal(t, one[0], many[0], name)
	}
	// If nothing is known, the first choice is the candidate that differs most from everything
	// running.
	nothing := stateOf(t, space, nil, archs[:2])
	places, err := GaussianProcess{}.Rank(context.Background(), nothing, archs[2:], 3)
	require.NoError(t, err)
	require.Len(t, places, 3)
	all := encodeAll(space, archs)
	for i := range archs[2:] {
		more := 0
		for running := range 2 {
			if all[2+i].decisionDistance(&all[running]) > all[2+places[0]].decisionDistance(&all[running]) {
				more++
			}
		}
		assert.Less(t, more, 2)
	}
	places, err = GaussianProcess{}.Rank(context.Background(), s, nil, 3)
	require.NoError(t, err)
	assert.Empty(t, places)
}

// A later choice of a batch is the one that would be made if the earlier ones were running.
func TestABatchEqualsSingleChoices(t *testing.T) {
	space := searchspace.NASBench201{}
	archs := draws(t, space, 6, 80)
	for name, p := range processes {
		batch, err := p.Rank(context.Background(), stateOf(t, space, archs[:15], nil), archs[15:], 6)
		require.NoError(t, err)
		var running []searchspace.Arch
		candidates := slices.Clone(archs[15:])
		for k, want := range batch {
			places, err := p.Rank(context.Background(), stateOf(t, space, archs[:15], running), candidates, 1)
			require.NoError(t, err)
			chosen := candidates[places[0]]
			assert.True(t, chosen.Equal(archs[15+want]), "%s, place %d", name, k)
			running = append(running, chosen)
			candidates = slices.Delete(candidates, places[0], places[0]+1)
		}
	}
}

// Running trials affect proposals: if architectures equivalent to the best candidates are running,
// others are more informative.
func TestRunningTrialsAffectProposals(t *testing.T) {
	space := searchspace.NASBench201{}
	for name, p := range processes {
		changed := 0
		for seed := range uint64(5) {
			archs := draws(t, space, 8+seed, 200)
			alone, err := p.Rank(context.Background(), stateOf(t, space, archs[:20], nil), archs[20:], 1)
			require.NoError(t, err)
			near, err := searchspace.Neighbors(space, archs[20+alone[0]])
			require.NoError(t, err)
			near = slices.DeleteFunc(near, func(a searchspace.Arch) bool { return slices.ContainsFunc(archs, a.Equal) })
			crowded, err := p.Rank(context.Background(), stateOf(t, space, archs[:20], near), archs[20:], 1)
			require.NoError(t, err)
			if alone[0] != crowded[0] {
				changed++
			}
		}
		assert.GreaterOrEqual(t, changed, 3, "%s: its neighborhood is being evaluated", name)
	}
}

// While little is known, parallel trials are more spread out than the candidates with the highest
// scores.
func TestABatchSpreads(t *testing.T) {
	space := searchspace.NASBench201{}
	apart := func(archs []searchspace.Arch) (sum float64) {
		all := encodeAll(space, archs)
		for i := range all {
			for j := range i {
				sum += all[i].decisionDistance(&all[j])
			}
		}
		return sum
	}
	more := 0
	for seed := range uint64(5) {
		archs := draws(t, space, 20+seed, 400)
		s := stateOf(t, space, archs[:5], nil)
		places, err := plain.rank(context.Background(), s, archs[5:], 8)
		require.NoError(t, err)
		p, err := plain.outlook(context.Background(), s, archs[5:])
		require.NoError(t, err)
		order := make([]int, len(archs)-5)
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p.expected(b), p.expected(a)) })
		pick := func(places []int) (chosen []searchspace.Arch) {
			for _, i := range places {
				chosen = append(chosen, archs[5+i])
			}
			return chosen
		}
		assert.Equal(t, order[0], places[0], "the first is the best")
		if apart(pick(places)) > apart(pick(order[:8])) {
			more++
		}
	}
	assert.GreaterOrEqual(t, more, 4, "of 5")
}

// Variance chooses the candidate with the largest standard deviation, never one that has been evaluated or
// is running.
func TestVarianceChoosesTheLeastKnown(t *testing.T) {
	space := searchspace.NASBench201{}
	for seed := range uint64(5) {
		archs := draws(t, space, 40+seed, 200)
		s := stateOf(t, space, archs[:20], archs[20:24])
		places, err := Variance{}.Rank(context.Background(), s, archs, 1)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, places[0], 24, "it is known or running")
		p, err := averaged.outlook(context.Background(), s, archs)
		require.NoError(t, err)
		for i := range archs {
			assert.LessOrEqual(t, p.deviation(i), p.deviation(places[0]))
		}
	}
}

// Variance avoids architectures that are likely to fail.
func TestVarianceAvoidsFailures(t *testing.T) {
	space := searchspace.NASBench201{}
	fails := func(a searchspace.Arch) bool { return a.Part(0).NumEdges() < 5 }
	archs := draws(t, space, 50, 300)
	snapshot := rl.Snapshot{Group: 40}
	for i, a := range archs[:40] {
		e := rl.Evaluation{Trial: rl.Trial{ID: i, Group: i, Arch: a}, Result: evaluator.Result{Value: float64(i)}}
		if fails(a) {
			e.Result, e.Err = evaluator.Result{}, errors.New("too few edges")
		}
		snapshot.Evaluations = append(snapshot.Evaluations, e)
	}
	s, err := rl.NewState(space, snapshot)
	require.NoError(t, err)
	candidates := archs[40:]
	places, err := Variance{}.Rank(context.Background(), s, candidates, 20)
	require.NoError(t, err)
	failed := 0
	for _, i := range places {
		if fails(candidates[i]) {
			failed++
		}
	}
	all := 0
	for _, a := range candidates {
		if fails(a) {
			all++
		}
	}
	assert.Less(t, float64(failed)/20, float64(all)/float64(len(candidates))/2, "%d of 20 chosen, %d of all", failed, all)
}

// Expected improvement equals the textbook formula (Jones et al. 1998).
func TestImprovement(t *testing.T) {
	for _, x := range [][2]float64{{0, 1}, {-0.7, 0.7}, {0.5, 0.2}, {-2, 0.5}} {
		sum := 0.0 // ∫ max(0, v) N(v)
		const step = 1e-3
		for u := -8.0; u < 8; u += step {
			sum += math.Max(0, x[0]+x[1]*u) * math.Exp(-u*u/2) / math.Sqrt(2*math.Pi) * step
		}
		assert.InDelta(t, sum, improvement(x[0], x[1]), 1e-4)
	}
}

func TestTheFirstDrawsAreTheExplorers(t *testing.T) {
	space := searchspace.NASBench201{}
	dense, err := explore.NewUniformOver(space, "skip_connect", "nor_conv_3x3")
	require.NoError(t, err)
	for _, c := range []rl.Config{{Evaluations: 12}, {Evaluations: 14, Batch: 4}, {Evaluations: 13, Lag: 7}, {Evaluations: 27, Lag: 25}} {
		h, err := search(t, space, GaussianProcess{Explorer: dense}, countEdges, c)
		require.NoError(t, err)
		explored := 0
		for _, e := range h.Evaluations {
			if e.Source == rl.SourceExplorer {
				explored++
				assert.Equal(t, 6, e.Arch.Part(0).NumEdges())
			}
		}
		assert.Equal(t, max(10, c.Lag), explored, "%+v", c)
	}
}

// Candidates limits what is ranked, and so how many trials a group can have.
func TestFewCandidates(t *testing.T) {
	space := searchspace.NASBench201{}
	s := stateOf(t, space, draws(t, space, 3, 12), nil)
	for _, most := range []int{0, 1, 7, 20} {
		trials, err := GaussianProcess{Candidates: most}.Propose(t.Context(), s, 10)
		require.NoError(t, err)
		assert.Len(t, trials, min(10, cmp.Or(most, 10)))
		for _, trial := range trials {
			assert.False(t, s.Known(trial.Arch))
		}
	}
}

func TestInvalidSettings(t *testing.T) {
	for _, p := range []process{GaussianProcess{Neighbors: -1}, ModelAverage{Neighbors: -1}, GaussianProcess{Candidates: -1}} {
		_, err := rl.New(smallSpace(t), p, rl.Config{})
		assert.Error(t, err)
	}
}

// For large graphs, a process considers some of the neighbors.
func TestSomeNeighborsOfLargeGraphs(t *testing.T) {
	randWire, err := searchspace.NewRandWire(24)
	require.NoError(t, err)
	space := &searchtest.CountingSpace{Space: randWire}
	archs := draws(t, space, 1, 12)
	begun := func(p GaussianProcess) int64 {
		s := stateOf(t, space, archs, nil)
		before := space.Begun()
		trials, err := p.Propose(t.Context(), s, 2)
		require.NoError(t, err)
		require.Len(t, trials, 2)
		for _, trial := range trials {
			assert.NoError(t, randWire.Validate(trial.Arch))
		}
		return space.Begun() - before
	}
	few, more := begun(GaussianProcess{Neighbors: 1}), begun(GaussianProcess{Neighbors: 20})
	assert.InDelta(t, few+10*19*2, more, 20, "of ten parents; a neighbor is made and validated, and a parent has 276")
}

// After cancellation, the neighbors of no further parent are computed.
func TestCancellationWhileComputingNeighbors(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	stop := errors.New("stop")
	asked := 0
	space := searchtest.SlowSpace{Space: searchspace.NASBench101{}, Asked: func() {
		if asked++; asked == 2 {
			cancel(stop)
		}
	}}
	_, err := GaussianProcess{}.Propose(ctx, stateOf(t, space, draws(t, space, 1, 30), nil), 1)
	assert.ErrorIs(t, err, stop)
	assert.Equal(t, 2, asked)
}

func TestCancellingEndsRanking(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	stop := errors.New("stop")
	cancel(stop)
	space := searchspace.NASBench201{}
	archs := draws(t, space, 1, 30)
	_, err := GaussianProcess{}.Rank(ctx, stateOf(t, space, archs[:10], nil), archs[10:], 4)
	assert.ErrorIs(t, err, stop)
}

// Equal values, a single value, and very large or small ones are handled.
func TestValuesOfAnyScale(t *testing.T) {
	space := smallSpace(t)
	for name, f := range map[string]func(a searchspace.Arch) float64{
		"constant": func(searchspace.Arch) float64 { return 3 },
		"huge":     func(a searchspace.Arch) float64 { return 1e300 * float64(a.Part(0).NumEdges()) },
		"tiny":     func(a searchspace.Arch) float64 { return -1e-300 * float64(a.Part(0).NumEdges()) },
	} {
		for _, p := range processes {
			e := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
				return evaluator.Result{Value: f(a)}, nil
			})
			h, err := search(t, space, p, e, rl.Config{Evaluations: 13})
			require.NoError(t, err, name)
			assert.Len(t, h.Evaluations, 13)
		}
	}
}
