package pareto_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/rl/pareto"
)

// pointsOf draws points on a small grid, so that some are equal in some or all coordinates.
func pointsOf(dimensions, most int) *rapid.Generator[[][]float64] {
	coordinate := rapid.Map(rapid.IntRange(0, 9), func(i int) float64 { return float64(i) })
	return rapid.SliceOfN(rapid.SliceOfN(coordinate, dimensions, dimensions), 0, most)
}

func TestDominates(t *testing.T) {
	assert.True(t, pareto.Dominates([]float64{1, 2}, []float64{1, 3}))
	assert.False(t, pareto.Dominates([]float64{1, 3}, []float64{1, 2}))
	assert.False(t, pareto.Dominates([]float64{1, 2}, []float64{1, 2}), "equal points")
	assert.False(t, pareto.Dominates([]float64{1, 2}, []float64{2, 1}))
}

// Removing one front after another yields the ranks.
func TestRanks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := pointsOf(rapid.IntRange(1, 4).Draw(t, "dimensions"), 20).Draw(t, "points")
		ranks := pareto.Ranks(points)
		require.Len(t, ranks, len(points))
		for i, p := range points {
			want := 0
			for j, q := range points {
				if pareto.Dominates(q, p) {
					want = max(want, ranks[j]+1)
				}
			}
			require.Equal(t, want, ranks[i])
		}
	})
}

// The hypervolume is the number of the grid's unit cubes below the reference that are dominated by
// a point.
func TestHypervolumeCountsCubes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dimensions := rapid.IntRange(1, 3).Draw(t, "dimensions")
		points := pointsOf(dimensions, 12).Draw(t, "points")
		reference := make([]float64, dimensions)
		for k := range reference {
			reference[k] = float64(rapid.IntRange(0, 10).Draw(t, "reference"))
		}
		before := slices.Clone(points)
		require.Equal(t, cubes(points, reference), pareto.Hypervolume(points, reference))
		require.Equal(t, before, points, "the argument is not changed")
		for i, c := range pareto.Contributions(points, reference) {
			others := slices.DeleteFunc(slices.Clone(points), func(p []float64) bool { return slices.Equal(p, points[i]) })
			want := pareto.Hypervolume(points, reference) - pareto.Hypervolume(others, reference)
			if slices.ContainsFunc(points[:i], func(p []float64) bool { return slices.Equal(p, points[i]) }) {
				want = 0
			}
			require.InDelta(t, want, c, 1e-9)
		}
	})
}

// cubes counts the unit cubes below the reference that a point dominates.
func cubes(points [][]float64, reference []float64) float64 {
	corner, count := make([]float64, len(reference)), 0.0
	var visit func(k int)
	visit = func(k int) {
		if k == len(reference) {
			if slices.ContainsFunc(points, func(p []float64) bool { return slices.Equal(p, corner) || pareto.Dominates(p, corner) }) {
				count++
			}
			return
		}
		for x := 0.0; x < reference[k]; x++ {
			corner[k] = x
			visit(k + 1)
		}
	}
	visit(0)
	return count
}

func TestCrowding(t *testing.T) {
	assert.Empty(t, pareto.Crowding(nil))
	inf := math.Inf(1)
	assert.Equal(t, []float64{inf}, pareto.Crowding([][]float64{{1, 2}}), "a front of one point")
	assert.Equal(t, []float64{inf, 1.0 + 1.0, inf}, pareto.Crowding([][]float64{{0, 4}, {1, 1}, {4, 0}})[:3])
	assert.Equal(t, []float64{inf, 0, inf}, pareto.Crowding([][]float64{{1, 1}, {1, 1}, {1, 1}}), "equal points")
}

// Crowding distances and normalized points do not depend on scale.
func TestScalesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := pointsOf(2, 12).Draw(t, "points")
		scaled := make([][]float64, len(points))
		for i, p := range points {
			scaled[i] = []float64{p[0] * 1e-300, p[1] * 1e300}
		}
		require.Equal(t, pareto.Ranks(points), pareto.Ranks(scaled))
		for i, p := range pareto.Normalized(points) {
			for k := range p {
				require.InDelta(t, p[k], pareto.Normalized(scaled)[i][k], 1e-12)
			}
		}
		for i, d := range pareto.Crowding(points) {
			if s := pareto.Crowding(scaled)[i]; !math.IsInf(d, 1) || !math.IsInf(s, 1) {
				require.InDelta(t, d, s, 1e-12)
			}
		}
	})
	assert.Equal(t, [][]float64{{0, 0}, {1, 0}}, pareto.Normalized([][]float64{{-math.MaxFloat64, 3}, {math.MaxFloat64, 3}}))
	assert.Nil(t, pareto.Normalized(nil))
}

func TestEqualPointsAreOnTheFront(t *testing.T) {
	assert.Equal(t, []int{0, 1, 3}, pareto.Front([][]float64{{1, 2}, {1, 2}, {2, 2}, {0, 9}}))
	assert.Empty(t, pareto.Front(nil))
}

// A Staircase agrees with Hypervolume, in whatever order points are added.
func TestStaircase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dimensions := rapid.IntRange(1, 4).Draw(t, "dimensions")
		points := pointsOf(dimensions, 12).Draw(t, "points")
		reference := make([]float64, dimensions)
		for k := range reference {
			reference[k] = 8
		}
		s := pareto.NewStaircase(nil, reference)
		for i, p := range points {
			want := pareto.Hypervolume(points[:i+1], reference) - pareto.Hypervolume(points[:i], reference)
			require.InDelta(t, want, s.Improvement(p), 1e-9)
			s.Add(p)
			require.Zero(t, s.Improvement(p))
		}
	})
}
