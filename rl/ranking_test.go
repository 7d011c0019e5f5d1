package rl_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestARankerChoosesTheBestOfTheCandidates(t *testing.T) {
	space := smallSpace(t)
	var offered [][]float64
	h, err := mustRun(t, space, rl.Reinforce{
		Model: newRecorder(space), Exploration: rl.First(6),
		Ranking: rl.Ranking{Samples: 40, Parents: 1, Ranker: judge(func(c []searchspace.Arch) ([]float64, error) {
			scores, err := byEdges(c)
			offered = append(offered, scores)
			return scores, err
		})},
	}, countEdges, rl.Config{Evaluations: 30, Batch: 3})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 30)
	assert.Len(t, offered, 8)
	for i, scores := range offered {
		group := h.Groups[i+2]
		var d rl.Diagnostic
		require.NoError(t, json.Unmarshal(group.Diagnostic, &d))
		assert.Equal(t, 40, d.Samples)
		assert.Equal(t, len(scores), d.Candidates)
		worst := math.Inf(1)
		for _, id := range group.Trials {
			worst = min(worst, find(h, id).Result.Value)
		}
		better := 0
		for _, s := range scores {
			if s > worst {
				better++
			}
		}
		assert.Less(t, better, 3, "group %d left out what is better", group.Number)
	}
}

func TestNeighborsOfTheBestAreCandidates(t *testing.T) {
	space := searchspace.NASBench201{}
	var last []searchspace.Arch
	h, err := mustRun(t, space, rl.Reinforce{
		Model: newRecorder(space), Exploration: rl.First(10),
		Ranking: rl.Ranking{Samples: 1, Parents: 2, Ranker: judge(func(c []searchspace.Arch) ([]float64, error) {
			last = slices.Clone(c)
			return byEdges(c)
		})},
	}, countEdges, rl.Config{Evaluations: 11})
	require.NoError(t, err)
	h.Evaluations = h.Evaluations[:10]
	for _, e := range h.Top(2) {
		near, err := searchspace.Neighbors(space, e.Arch)
		require.NoError(t, err)
		for _, a := range near {
			found := false
			for _, b := range last {
				found = found || a.Equal(b)
			}
			for _, b := range h.Evaluations {
				found = found || a.Equal(b.Arch)
			}
			assert.True(t, found)
		}
	}
}

// The Ranker chooses among the candidates that it preferred and their neighbors, or among all candidates
// and these neighbors if the group is larger.
func TestRefiningAddsNeighborsOfThePreferred(t *testing.T) {
	for _, n := range []int{1, 3, 4} {
		t.Run(fmt.Sprint(n), func(t *testing.T) { testRefining(t, n) })
	}
}

// testRefining refines three candidates for a group of n trials.
func testRefining(t *testing.T, n int) {
	space := madeSpace(t, searchspace.Chain("net", 6, 6, []string{"a", "b", "c"}))
	h, offered := refine(t, space, n)
	require.Len(t, offered, 2)
	known := map[string]bool{}
	for _, a := range offered[0] {
		known[space.Key(a)] = true
	}
	for _, e := range h.Evaluations[:n] {
		known[e.Key] = true
	}
	var want []string
	for _, a := range offered[0][:3] {
		near, err := searchspace.Neighbors(space, a)
		require.NoError(t, err)
		for _, b := range near {
			if key := space.Key(b); !known[key] {
				known[key] = true
				want = append(want, key)
			}
		}
	}
	require.NotEmpty(t, want)
	old := offered[0]
	if n <= 3 {
		old = old[:3]
	}
	assert.Equal(t, old, offered[1][:len(old)])
	var got []string
	for _, a := range offered[1][len(old):] {
		got = append(got, space.Key(a))
	}
	assert.ElementsMatch(t, want, got)
	require.Len(t, h.Evaluations, 2*n)
	for i, e := range h.Evaluations[n:] {
		assert.Equal(t, space.Key(offered[1][i]), e.Key)
	}
}

func TestASpaceThatCanBeListedIsNotRefined(t *testing.T) {
	_, offered := refine(t, searchspace.NASBench201{}, 1)
	assert.Len(t, offered, 1)
}

// refine evaluates two groups of n architectures, the first of which explores. A Ranker that prefers
// earlier candidates chooses the second one, with three refined. refine returns the lists of candidates
// that this Ranker saw.
func refine(t *testing.T, space searchspace.Space, n int) (*rl.History, [][]searchspace.Arch) {
	var offered [][]searchspace.Arch
	first := ranking(func(c []searchspace.Arch, n int) ([]int, error) {
		offered = append(offered, slices.Clone(c))
		return upTo(n), nil
	})
	h, err := mustRun(t, space, rl.Reinforce{Model: newRecorder(space), Exploration: rl.First(n),
		Ranking: rl.Ranking{Ranker: first, Samples: 20, Refine: 3}}, countEdges, rl.Config{Evaluations: 2 * n, Batch: n})
	require.NoError(t, err)
	return h, offered
}

// Trials that explore are those that Ranking.Design chooses among the explorer's draws, with or without
// a Ranker. If it chooses too few, the first draws complete the group.
func TestADesignChoosesTheTrialsThatExplore(t *testing.T) {
	space := searchspace.NASBench201{}
	explorer := explore.NewUniformLabels(space)
	for _, few := range []bool{false, true} {
		for _, r := range []rl.Ranker{nil, bayes.GaussianProcess{}} {
			var want []string
			design := func(c []searchspace.Arch, n int) ([]int, error) {
				require.GreaterOrEqual(t, len(c), 500)
				var places []int
				for k := range n {
					places = append(places, len(c)-1-7*k)
				}
				rest := 0
				if few {
					places = places[:n-2]
					rest = 2
				}
				for _, i := range slices.Concat(places, upTo(rest)) {
					want = append(want, space.Key(c[i]))
				}
				return places, nil
			}
			h, err := mustRun(t, space, rl.Reinforce{
				Model: newRecorder(space), Exploration: rl.First(12), Explorer: explorer, Ranking: rl.Ranking{Ranker: r, Design: ranking(design)},
			}, countEdges, rl.Config{Evaluations: 16, Batch: 4})
			require.NoError(t, err)
			var got []string
			for _, e := range h.Evaluations[:12] {
				assert.Equal(t, rl.SourceExplorer, e.Source)
				got = append(got, e.Key)
			}
			assert.Equal(t, want, got)
		}
	}
	_, err := rl.New(space, rl.Reinforce{Model: newRecorder(space), Learner: rl.OnPolicy{}, Ranking: rl.Ranking{Design: bayes.Variance{}}}, rl.Config{})
	require.NoError(t, err, "with any Learner")
	failure := errors.New("no idea")
	broken := ranking(func([]searchspace.Arch, int) ([]int, error) { return nil, failure })
	_, err = mustRun(t, space, rl.Reinforce{Model: newRecorder(space), Ranking: rl.Ranking{Design: broken}}, countEdges, rl.Config{Evaluations: 8})
	assert.ErrorIs(t, err, failure)
}

// ranking is a function as a ranker.
type ranking func(candidates []searchspace.Arch, n int) ([]int, error)

func (r ranking) Rank(_ context.Context, _ *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	return r(candidates, n)
}

func TestInvalidRankings(t *testing.T) {
	space := smallSpace(t)
	failure := errors.New("no idea")
	run := func(r rl.Ranker) (*rl.History, error) {
		return mustRun(t, space, rl.Reinforce{Model: newRecorder(space), Ranking: rl.Ranking{Ranker: r}, Exploration: rl.First(2)},
			countEdges, rl.Config{Evaluations: 8, Batch: 2})
	}
	for name, r := range map[string]ranking{
		"error":          func([]searchspace.Arch, int) ([]int, error) { return nil, failure },
		"negative place": func([]searchspace.Arch, int) ([]int, error) { return []int{-1}, nil },
		"no such place":  func(c []searchspace.Arch, n int) ([]int, error) { return []int{0, len(c)}, nil },
		"a place twice":  func([]searchspace.Arch, int) ([]int, error) { return []int{0, 0}, nil },
	} {
		h, err := run(r)
		assert.ErrorContains(t, err, "ank", name)
		assert.ErrorContains(t, err, "group 1", name)
		assert.Len(t, h.Evaluations, 2, name)
	}
	// If a ranker chooses fewer, the explorer provides the rest; if it chooses more, the rest is
	// ignored.
	for _, n := range []int{0, 1, 5} {
		h, err := run(ranking(func(c []searchspace.Arch, _ int) ([]int, error) { return upTo(n), nil }))
		require.NoError(t, err)
		assert.Len(t, h.Evaluations, 8)
		assert.Len(t, h.Groups, 4)
		explored := 0
		for _, e := range h.Evaluations {
			if e.Source == rl.SourceExplorer {
				explored++
			}
		}
		assert.Equal(t, 2+3*max(0, 2-n), explored)
	}
	_, err := rl.New(space, rl.Reinforce{Model: newRecorder(space), Ranking: rl.Ranking{Ranker: bayes.GaussianProcess{}}, Learner: rl.OnPolicy{}}, rl.Config{})
	assert.ErrorContains(t, err, "on-policy")
	_, err = rl.New(space, rl.Reinforce{Model: newRecorder(space), Ranking: rl.Ranking{Ranker: bayes.ModelAverage{Neighbors: -1}}}, rl.Config{})
	assert.Error(t, err)
}

func TestARankerGetsGraphsWithFewEdges(t *testing.T) {
	space, err := searchspace.New("labeled", []searchspace.Part{{Name: "cell", MaxNodes: 4, EdgeOps: []string{"none", "x", "y"}}})
	require.NoError(t, err)
	dense, err := explore.NewUniformOver(space, "x", "y")
	require.NoError(t, err)
	offered := 0
	_, err = mustRun(t, space, rl.Reinforce{
		Model: newRecorder(space), Exploration: rl.First(5), Explorer: dense,
		Ranking: rl.Ranking{Samples: 1, Scattered: 60, Ranker: judge(func(c []searchspace.Arch) ([]float64, error) {
			lack := func(a searchspace.Arch) bool { return a.Part(0).NumEdges() < 6 }
			offered += len(slices.DeleteFunc(slices.Clone(c), func(a searchspace.Arch) bool { return !lack(a) }))
			return byEdges(c)
		})},
	}, countEdges, rl.Config{Evaluations: 6})
	require.NoError(t, err)
	assert.InDelta(t, 30, offered, 15, "of 60")
}

// slowSpace is a space that counts how often neighbors are requested.
type slowSpace struct {
	searchspace.NASBench201
	asked func()
}

func (s slowSpace) Neighbors(searchspace.Arch) iter.Seq[searchspace.Arch] {
	s.asked()
	return func(func(searchspace.Arch) bool) {}
}

// After cancellation, the neighbors of no further parent are computed.
func TestCancellationWhileComputingNeighbors(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	stop := errors.New("stop")
	asked := 0
	space := slowSpace{asked: func() {
		if asked++; asked == 2 {
			cancel(stop)
		}
	}}
	var evaluations []rl.Evaluation
	for i, a := range draws(t, space, 30) {
		evaluations = append(evaluations, rl.Evaluation{Trial: rl.Trial{ID: i, Group: i, Arch: a}, Result: evaluator.Result{Value: float64(i)}})
	}
	s, err := rl.NewState(space, rl.Snapshot{Evaluations: evaluations, Group: 30})
	require.NoError(t, err)
	r := rl.Reinforce{Model: newRecorder(space), Ranking: rl.Ranking{Parents: 10, Ranker: judge(byEdges)}}
	_, err = r.Propose(ctx, s, 1)
	assert.ErrorIs(t, err, stop)
	assert.Equal(t, 2, asked)
}

// A ranker sees the running trials.
func TestARankerSeesRunningTrials(t *testing.T) {
	space := smallSpace(t)
	most := 0
	r := running(func(s *rl.State) { most = max(most, len(s.Running())) })
	_, err := mustRun(t, space, rl.Reinforce{Model: newRecorder(space), Exploration: rl.First(3), Ranking: rl.Ranking{Ranker: r}},
		countEdges, rl.Config{Evaluations: 20, Lag: 6})
	require.NoError(t, err)
	assert.Equal(t, 5, most)
}

type running func(*rl.State)

func (r running) Rank(_ context.Context, s *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	r(s)
	for _, a := range candidates {
		if s.Known(a) {
			return nil, errors.New("a candidate is known")
		}
	}
	return upTo(min(n, len(candidates))), nil
}
