package rl_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An explorer that reaches only a few members, or one, does not end the search of a larger space.
func TestASearchOutlastsItsExplorer(t *testing.T) {
	labeled := madeSpace(t, searchspace.Part{Name: "cell", MaxNodes: 4, EdgeOps: []string{"none", "x"}})
	plain := madeSpace(t, searchspace.Part{Name: "stage", MaxNodes: 6})
	ring, err := explore.NewWattsStrogatz(plain, 2, 0)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		space    searchspace.Space
		explorer generator.GraphGenerator
		budget   int
		found    int
		stop     rl.StopReason
	}{
		"no absent edge":             {labeled, nil, 20, 20, rl.StopBudget},
		"no absent edge, to the end": {labeled, nil, 100, 64, rl.StopExhausted},
		"one ring":                   {plain, ring, 20, 20, rl.StopBudget},
	} {
		for _, c := range []rl.Config{{Batch: 1}, {Batch: 7}, {Lag: 9}} {
			t.Run(name, func(t *testing.T) {
				c.Evaluations = test.budget
				h, err := mustRun(t, test.space, rl.Reinforce{Model: newRecorder(test.space), Explorer: test.explorer}, countEdges, c)
				require.NoError(t, err)
				assert.Equal(t, test.stop, h.Stop)
				assert.Len(t, h.Evaluations, test.found)
				again, err := mustRun(t, test.space, rl.Reinforce{Model: newRecorder(test.space), Explorer: test.explorer}, countEdges, c)
				require.NoError(t, err)
				assert.Equal(t, h.Evaluations, again.Evaluations)
			})
		}
	}
}

func TestAnExhaustedExplorerIsNotAskedAgain(t *testing.T) {
	space := madeSpace(t, searchspace.Part{Name: "stage", MaxNodes: 6})
	ring, err := explore.NewWattsStrogatz(space, 2, 0)
	require.NoError(t, err)
	explorer := &counting{GraphGenerator: ring}
	h, err := mustRun(t, space, rl.Reinforce{
		Model: newRecorder(space), Explorer: explorer, Exploration: rl.First(20),
		Ranking: rl.Ranking{Ranker: judge(byEdges), Samples: 1, Scattered: 30},
	}, countEdges, rl.Config{Evaluations: 40})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 40)
	assert.Equal(t, 1+10_000, explorer.drawn, "one new graph, and as many draws as show that there is no other")
}

func TestAnExplorersErrorEndsTheSearch(t *testing.T) {
	space := smallSpace(t)
	broken := errors.New("no more ideas")
	h, err := mustRun(t, space, rl.Reinforce{Model: newRecorder(space), Explorer: failing{broken}}, countEdges, rl.Config{})
	assert.ErrorIs(t, err, broken)
	assert.Empty(t, h.Evaluations)
}

// An explorer of another space is an error and not a reason to draw uniformly.
func TestAnExplorerOfAnotherSpace(t *testing.T) {
	m := baseline.RandomSearch{Explorer: explore.NewUniform(searchspace.NASBench101{})}
	h, err := mustRun(t, searchspace.NASBench201{}, m, countEdges, rl.Config{Evaluations: 5})
	assert.ErrorIs(t, err, searchspace.ErrInvalid)
	assert.ErrorContains(t, err, "none of 10000 draws is a member of the space nasbench201")
	assert.Empty(t, h.Evaluations)
}

// An explorer that returns ErrExhausted does not end a search.
func TestAnExplorerThatReturnsErrExhausted(t *testing.T) {
	space := smallSpace(t)
	exhausted := failing{fmt.Errorf("%w: no luck", rl.ErrExhausted)}
	h, err := mustRun(t, space, rl.Reinforce{Model: newRecorder(space), Explorer: exhausted}, countEdges, rl.Config{Evaluations: 12})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 12)
}

// The explorer for spaces with a varying number of nodes draws graphs with at least three nodes,
// even if the space only allows two.
func TestSpacesThatRejectTheDefaultExplorer(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	one := madeSpace(t, searchspace.Part{Name: "cell", MaxNodes: 3, NodeOps: []string{"out"}, Last: "out"})
	two, err := searchspace.New("two", []searchspace.Part{{Name: "cell", MaxNodes: 4, NodeOps: []string{"a", "b", "out"}, Last: "out"}},
		searchspace.RuleFunc(func(_ *searchspace.Draft, d searchspace.Decision) []int {
			if d.Kind == searchspace.NodeOp && d.Node == 1 {
				return []int{2}
			}
			return d.Allowed
		}))
	require.NoError(t, err)
	with := func(change func(*rl.Reinforce), preset func(generator.Model) (rl.Reinforce, rl.Config)) func(generator.Model) rl.Reinforce {
		return func(m generator.Model) rl.Reinforce {
			r, _ := preset(m)
			change(&r)
			return r
		}
	}
	same := func(*rl.Reinforce) {}
	for name, method := range map[string]func(generator.Model) rl.Reinforce{
		"paper":          with(same, preset.CIFAR10),
		"ranked":         with(same, preset.Ranked),
		"ranked at once": with(func(r *rl.Reinforce) { r.Exploration = rl.NeverExplore() }, preset.Ranked),
		"on-policy":      func(m generator.Model) rl.Reinforce { return rl.Reinforce{Model: m, Learner: rl.OnPolicy{}} },
		"on-policy always": func(m generator.Model) rl.Reinforce {
			return rl.Reinforce{Model: m, Learner: rl.OnPolicy{}, Exploration: rl.NeverExplore()}
		},
	} {
		for space, members := range map[searchspace.Space]int{one: 1, two: 5} {
			t.Run(name+", "+space.Name(), func(t *testing.T) {
				t.Parallel()
				h, err := mustRun(t, space, method(tinyGRAN(t, space)), countEdges, rl.Config{})
				require.NoError(t, err)
				assert.Equal(t, rl.StopExhausted, h.Stop)
				assert.Len(t, h.Evaluations, members)
			})
		}
	}
	asked, err := explore.NewErdosRenyi(one, 0.25, 3)
	require.NoError(t, err)
	_, err = mustRun(t, one, rl.Reinforce{Model: newRecorder(one), Explorer: asked}, countEdges, rl.Config{})
	assert.ErrorIs(t, err, explore.ErrRejected)
}

// If the ranker is the first to ask the explorer, it gets the full number of candidates.
func TestARankerGetsUniformDrawsInsteadOfIllegalOnes(t *testing.T) {
	space, err := searchspace.New("short", []searchspace.Part{{Name: "cell", MaxNodes: 4, NodeOps: []string{"a", "b", "c", "out"}, Last: "out"}},
		searchspace.RuleFunc(func(_ *searchspace.Draft, d searchspace.Decision) []int {
			if d.Kind == searchspace.NodeOp && d.Node == 1 {
				return []int{3}
			}
			return d.Allowed
		}))
	require.NoError(t, err)
	s, err := rl.NewState(space, rl.Snapshot{Evaluations: []rl.Evaluation{{Trial: rl.Trial{Arch: draws(t, space, 1)[0]}}}})
	require.NoError(t, err)
	offered := 0
	r := rl.Reinforce{Model: silent{newRecorder(space)}, Exploration: rl.NeverExplore(), Ranking: rl.Ranking{
		Scattered: 5, Ranker: judge(func(c []searchspace.Arch) ([]float64, error) { offered = len(c); return byEdges(c) }),
	}}
	trials, err := r.Propose(context.Background(), s, 1)
	require.NoError(t, err)
	assert.Equal(t, 5, offered)
	require.Len(t, trials, 1)
	assert.Equal(t, rl.SourcePool, trials[0].Source)
}

// silent is a model that draws nothing.
type silent struct{ *recorder }

func (silent) Sample(context.Context, *rand.Rand, int) ([]searchspace.Arch, error) { return nil, nil }

// No method proposes what Validate rejects, and every method still uses its whole budget.
func TestASpaceRestrictedByValidate(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		t.Run(name, func(t *testing.T) {
			if race.Enabled && name != "random" {
				t.Skip("too long under the race detector")
			}
			t.Parallel()
			space := forbidding{}
			cases := []rl.Config{{Evaluations: 12}, {Evaluations: 12, Lag: 4, Batch: 2}}
			if name == "ranked" { // it makes 10,000 draws for each group if the space is nearly exhausted
				cases = []rl.Config{{Evaluations: 7, Lag: 2}}
			}
			for _, c := range cases {
				h, err := mustRun(t, space, methods[name](t, space), rugged, c)
				require.NoError(t, err)
				for _, e := range h.Evaluations {
					assert.LessOrEqual(t, e.Arch.Part(0).NumEdges(), 3)
				}
				assert.Len(t, h.Evaluations, c.Evaluations, "%v", h.Stop)
			}
		})
	}
}
