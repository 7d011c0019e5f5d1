package predictor

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestStatisticsAreFiniteAndEquallyMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, rng := anySpace(t), newRand(rapid.Uint64().Draw(t, "seed"))
		f := Statistics(s)
		archs := randomArchs(t, s, rng, 5)
		want := len(f(archs[0]))
		for _, a := range archs {
			x := f(a)
			require.Len(t, x, want)
			for i, v := range x {
				require.True(t, finite.Is(v), "statistic %d of %v: %v", i, a, v)
			}
			require.Equal(t, x, f(a))
		}
	})
}

// TestFlowOfADiamond uses a graph with the paths 0→1→3, 0→2→3 and 0→3, and the isolated node 4, which is an input and an output.
func TestFlowOfADiamond(t *testing.T) {
	g, err := searchspace.NewDAG("g", 5, nil, []searchspace.Edge{{From: 0, To: 1}, {From: 0, To: 2}, {From: 0, To: 3}, {From: 1, To: 3}, {From: 2, To: 3}})
	require.NoError(t, err)
	f := newFlow(g)
	near := func(want, got []float64) {
		t.Helper()
		assert.InDeltaSlice(t, want, got, 1e-12)
	}
	near([]float64{0, 0, 0, math.Log(3), 0}, f.pathsFrom)
	near([]float64{math.Log(3), 0, 0, 0, 0}, f.pathsTo)
	near([]float64{0.75, 0.25, 0.25, 0.75, 0.25}, f.share)
	near([]float64{0, 1, 1, 2, 0}, f.longFrom)
	near([]float64{0, 1, 1, 1, 0}, f.shortFrom)
	near([]float64{0, 1, 1, 5. / 3, 0}, f.meanFrom)
	near([]float64{2, 1, 1, 0, 0}, f.longTo)
	near([]float64{0, 0, 0, 0, 2}, f.slack)
	near([]float64{0.5, 1. / 6, 1. / 6, 0.5, 0.5}, f.visit)
	near([]float64{0.5, 1. / 6, 1. / 6, 0.5, 0.5}, f.visitBack)
	near([]float64{0, 1, 1, 5. / 3, 0}, f.depth)
	near([]float64{math.Log(4), 2, 0, 1.25}, []float64{f.paths, f.longest, f.shortest, f.average})
	near([]float64{2, 2, 3, 3}, f.common())
	near([]float64{5, 1, 1}, distances(f.out))
	near([]float64{12, 14. / 12, 2}, distances(f.undirected()))
}

// Statistics are finite even if the number of paths overflows a float64.
func TestStatisticsOfManyPaths(t *testing.T) {
	var edges []searchspace.Edge
	for v := range 1200 {
		for u := max(0, v-3); u < v; u++ {
			edges = append(edges, searchspace.Edge{From: u, To: v})
		}
	}
	g, err := searchspace.NewDAG("g", 1200, nil, edges)
	require.NoError(t, err)
	f := newFlow(g)
	assert.InDelta(t, 1200*0.609, f.paths, 5) // the logarithm of the Tribonacci constant per node
	for _, v := range f.share {
		require.True(t, v > 0 && v < 1.000001, "%v", v)
	}
}
