package runs_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/examples/internal/runs"
)

// However often a program fails on the way, each search runs once, and the records come in the order of the searches.
func TestSearchesRunOnce(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, rapid.StringMatching("[a-z]{16}").Draw(t, "name"))
		tasks := rapid.SliceOfNDistinct(rapid.IntRange(0, 99), 1, 4, rapid.ID).Draw(t, "tasks")
		ran, failing := make(chan int, 1000), map[int]bool{}
		broken := errors.New("broken")
		plan := runs.Plan[int, run, int]{
			Path: path, Tasks: tasks, Fresh: fresh,
			Task: func(n int) int { return n }, Record: func(r run) int { return r.Seeds },
			Run: func(_ context.Context, n int) (run, error) {
				if failing[n] {
					return run{}, broken
				}
				ran <- n
				return run{Name: "x", Seeds: n}, nil
			},
		}
		for _, n := range rapid.SliceOfN(rapid.SampledFrom(tasks), 0, 2).Draw(t, "failing") {
			failing[n] = true
		}
		some, err := plan.Complete(t.Context())
		assert.Equal(t, len(failing) > 0, errors.Is(err, broken))
		assert.LessOrEqual(t, len(some), len(tasks)-len(failing))

		failing = map[int]bool{}
		var missing []int
		plan.Begin = func(tasks []int) { missing = tasks }
		all, err := plan.Complete(t.Context())
		require.NoError(t, err)
		require.Len(t, all, len(tasks))
		assert.Len(t, missing, len(tasks)-len(some))
		for i, r := range all {
			assert.Equal(t, run{"x", tasks[i]}, r)
		}
		close(ran)
		var order []int
		for n := range ran {
			order = append(order, n)
		}
		assert.ElementsMatch(t, tasks, order)

		plan.Tasks = slices.Clone(tasks[:1])
		one, err := plan.Complete(t.Context())
		require.NoError(t, err)
		assert.Len(t, one, 1, "records of other searches stay where they are")
	})
}

func TestUntil(t *testing.T) {
	p := runs.Points{{Evals: 2, Value: 10}, {Evals: 5, Value: 30}}
	assert.Equal(t, []float64{2, 5, math.Inf(1)}, []float64{p.Until(10), p.Until(11), p.Until(31)})
}
