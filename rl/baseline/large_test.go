package baseline_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/internal/searchtest"
	"github.com/graphpnas/graphpnas/searchspace"
)

// On graphs of 128 nodes, which have 8,128 neighbors, methods generate few more neighbors than they
// propose.
func TestNeighborsOfLargeGraphsAreNotListed(t *testing.T) {
	randWire, err := searchspace.NewRandWire(128)
	require.NoError(t, err)
	for name, m := range map[string]rl.Method{
		"evolution": baseline.RegularizedEvolution{Population: 4, Sample: 2}, "local": baseline.LocalSearch{},
	} {
		for _, c := range []rl.Config{{Evaluations: 20}, {Evaluations: 20, Batch: 3, Lag: 4}} {
			t.Run(name, func(t *testing.T) {
				space := &searchtest.CountingSpace{Space: randWire}
				h, err := search(t, space, m, countEdges, c)
				require.NoError(t, err)
				assert.Less(t, space.Begun(), int64(1500))
				assert.Len(t, h.Evaluations, 20)
				near := 0
				for i, e := range h.Evaluations {
					assert.NoError(t, space.Validate(e.Arch))
					if e.Source != rl.SourceNeighbor {
						continue
					}
					near++
					assert.True(t, isNear(e.Arch, h.Evaluations[:i]), "trial %d", e.ID)
				}
				assert.Greater(t, near, 10)
				again, err := search(t, randWire, m, countEdges, c)
				require.NoError(t, err)
				assert.Equal(t, h.Evaluations, again.Evaluations)
			})
		}
	}
}

// isNear reports whether an architecture has one edge more or less than one of the others.
func isNear(a searchspace.Arch, others []rl.Evaluation) bool {
	for _, e := range others {
		differ := 0
		for to := range a.Part(0).Len() {
			for from := range to {
				if a.Part(0).HasEdge(from, to) != e.Arch.Part(0).HasEdge(from, to) {
					differ++
				}
			}
		}
		if differ == 1 {
			return true
		}
	}
	return false
}

// A climb on a large graph moves to better neighbors, and stays if there are none.
func TestLocalSearchClimbsOnLargeGraphs(t *testing.T) {
	randWire, err := searchspace.NewRandWire(40)
	require.NoError(t, err)
	h, err := search(t, randWire, baseline.LocalSearch{}, countEdges, rl.Config{Seed: 2, Evaluations: 40})
	require.NoError(t, err)
	at := h.Evaluations[0]
	for _, e := range h.Evaluations[1:] {
		require.Equal(t, rl.SourceNeighbor, e.Source)
		require.True(t, isNear(e.Arch, []rl.Evaluation{at}), "trial %d", e.ID)
		if e.Result.Value > at.Result.Value {
			at = e
		}
	}
	assert.Greater(t, at.Result.Value, h.Evaluations[0].Result.Value+10, "about half of the neighbors have an edge more")
}

// A climb on a large graph restarts when all neighbors are known; here they have only two keys.
func TestLocalSearchLeavesATopOfALargeGraph(t *testing.T) {
	randWire, err := searchspace.NewRandWire(24)
	require.NoError(t, err)
	constant := value("constant", func(searchspace.Arch) float64 { return 1 })
	h, err := search(t, byEdges{randWire}, baseline.LocalSearch{}, constant, rl.Config{Evaluations: 8})
	require.NoError(t, err)
	var sources []string
	for _, e := range h.Evaluations {
		sources = append(sources, e.Source)
	}
	start, near := rl.SourceExplorer, rl.SourceNeighbor
	assert.Equal(t, []string{start, near, near, start, near, near, start, near}, sources)
}

// byEdges makes the number of edges the key of a graph.
type byEdges struct{ searchspace.Space }

func (b byEdges) Key(a searchspace.Arch) string { return fmt.Sprint(a.Part(0).NumEdges()) }
