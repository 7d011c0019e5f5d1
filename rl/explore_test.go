package rl

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func madeSpace(t testing.TB, parts ...searchspace.Part) searchspace.Space {
	s, err := searchspace.New("made", parts, nil)
	require.NoError(t, err)
	return s
}

// counting counts what is drawn.
type counting struct {
	generator.GraphGenerator
	drawn int
}

func (c *counting) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	c.drawn += n
	return c.GraphGenerator.Sample(ctx, rng, n)
}

// An explorer that reaches a few members alone, or one, does not end a search of a space that has more.
func TestASearchOutlastsItsExplorer(t *testing.T) {
	labelled := madeSpace(t, searchspace.Part{Name: "cell", MaxNodes: 4, EdgeOps: []string{"none", "x"}})
	plain := madeSpace(t, searchspace.Part{Name: "stage", MaxNodes: 6})
	ring, err := explore.NewWattsStrogatz(plain, 2, 0)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		space    searchspace.Space
		explorer generator.GraphGenerator
		budget   int
		found    int
		stop     StopReason
	}{
		"no absent edge":             {labelled, nil, 20, 20, StopBudget},
		"no absent edge, to the end": {labelled, nil, 100, 64, StopExhausted},
		"one ring":                   {plain, ring, 20, 20, StopBudget},
	} {
		for _, batch := range []int{1, 7} {
			t.Run(name, func(t *testing.T) {
				c := Config{Evaluations: test.budget, Batch: batch, Explorer: test.explorer}
				h, err := mustRun(t, newRecorder(test.space), countEdges, c)
				require.NoError(t, err)
				assert.Equal(t, test.stop, h.Stop)
				assert.Len(t, h.Evaluations, test.found)
				again, err := mustRun(t, newRecorder(test.space), countEdges, c)
				require.NoError(t, err)
				assert.Equal(t, h.Evaluations, again.Evaluations)
			})
		}
	}
}

func TestThatAnExplorerIsDryIsFoundOutOnce(t *testing.T) {
	space := madeSpace(t, searchspace.Part{Name: "stage", MaxNodes: 6})
	ring, err := explore.NewWattsStrogatz(space, 2, 0)
	require.NoError(t, err)
	explorer := &counting{GraphGenerator: ring}
	h, err := mustRun(t, newRecorder(space), countEdges, Config{
		Evaluations: 40, Explorer: explorer, Exploration: FirstRounds(20),
		Ranking: Ranking{Ranker: judge(byEdges), Samples: 1, Explored: 30},
	})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 40)
	assert.Equal(t, 1+maxExplored, explorer.drawn)
}

func TestAnExplorersErrorEndsTheSearch(t *testing.T) {
	space := smallSpace(t)
	broken := errors.New("no more ideas")
	h, err := mustRun(t, newRecorder(space), countEdges, Config{Explorer: failing{broken}})
	assert.ErrorIs(t, err, broken)
	assert.Empty(t, h.Evaluations)
}

// failing draws nothing and says why.
type failing struct{ err error }

func (f failing) Sample(context.Context, *rand.Rand, int) ([]searchspace.Arch, error) {
	return nil, f.err
}

// The explorer for spaces whose number of nodes varies draws graphs of three nodes and more, where two may be all there are.
func TestWhereTheDefaultExplorerIsIllegal(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	one := madeSpace(t, searchspace.Part{Name: "cell", MaxNodes: 3, NodeOps: []string{"out"}, Last: "out"})
	two, err := searchspace.New("two", []searchspace.Part{{Name: "cell", MaxNodes: 4, NodeOps: []string{"a", "b", "out"}, Last: "out"}},
		func(_ *searchspace.Draft, d searchspace.Decision) []int {
			if d.Kind == searchspace.NodeOp && d.Node == 1 {
				return []int{2}
			}
			return d.Allowed
		})
	require.NoError(t, err)
	ranked := PresetRanked()
	alwaysRanked := PresetRanked()
	alwaysRanked.Exploration = NeverExplore()
	for name, c := range map[string]Config{
		"paper":            PresetCIFAR10(),
		"ranked":           ranked,
		"ranked at once":   alwaysRanked,
		"on-policy":        {Learner: OnPolicy{}},
		"on-policy always": {Learner: OnPolicy{}, Exploration: NeverExplore()},
	} {
		for space, members := range map[searchspace.Space]int{one: 1, two: 5} {
			t.Run(name+", "+space.Name(), func(t *testing.T) {
				h, err := mustRun(t, smallGRAN(t, space), countEdges, c)
				require.NoError(t, err)
				assert.Equal(t, StopExhausted, h.Stop)
				assert.Len(t, h.Evaluations, members)
			})
		}
	}
	asked, err := explore.NewErdosRenyi(one, 0.25, 3)
	require.NoError(t, err)
	_, err = mustRun(t, newRecorder(one), countEdges, Config{Explorer: asked})
	assert.ErrorIs(t, err, explore.ErrRejected)
}

// Where it is the ranker that first asks the explorer, it gets no fewer to choose from.
func TestARankerIsOfferedUniformDrawsInPlaceOfIllegalOnes(t *testing.T) {
	space, err := searchspace.New("short", []searchspace.Part{{Name: "cell", MaxNodes: 4, NodeOps: []string{"a", "b", "c", "out"}, Last: "out"}},
		func(_ *searchspace.Draft, d searchspace.Decision) []int {
			if d.Kind == searchspace.NodeOp && d.Node == 1 {
				return []int{3}
			}
			return d.Allowed
		})
	require.NoError(t, err)
	s := newSearch(space, countEdges, Config{})
	if s.config, err = s.config.withDefaults(newRecorder(space)); err != nil {
		t.Fatal(err)
	}
	drawn, err := s.drawAnywhere(context.Background(), 5, nil)
	require.NoError(t, err)
	assert.Len(t, drawn, 5)
	assert.True(t, s.dry)
}
