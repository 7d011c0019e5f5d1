package rl_test

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// configs draws the settings that determine a search.
var configs = rapid.Custom(func(t *rapid.T) rl.Config {
	return rl.Config{
		Seed:        rapid.Uint64().Draw(t, "seed"),
		Evaluations: rapid.IntRange(8, 24).Draw(t, "evaluations"),
		Batch:       rapid.IntRange(1, 4).Draw(t, "batch"),
		Lag:         rapid.IntRange(1, 12).Draw(t, "lag"),
	}
})

// A history does not depend on the number of workers and processors, on the order in which
// evaluations finish, or on whether Run or Ask and Tell is used.
func TestAHistoryDoesNotDependOnTiming(t *testing.T) {
	space := smallSpace(t)
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		t.Run(name, func(t *testing.T) {
			cases := 4
			if _, ok := methods[name](t, space).(bayes.GaussianProcess); ok {
				cases = 2 // the method is slow
			}
			if race.Enabled {
				cases = 1
			}
			for i := range cases {
				c := configs.Example(i)
				search := func(workers int) *rl.Search {
					c.Workers = workers
					return mustNew(t, space, methods[name](t, space), c)
				}
				h, _, err := search(3).Simulate(context.Background(), rugged)
				require.NoError(t, err)
				require.Len(t, h.Evaluations, c.Evaluations)
				want := written(t, h, space)
				for j, run := range []struct{ workers, processors int }{{1, 2}, {4, 1}, {4, 2}, {16, 1}} {
					restore := runtime.GOMAXPROCS(run.processors)
					synctest.Test(t, func(t *testing.T) {
						h, err = search(run.workers).Run(context.Background(), delayed(rugged, uint64(10*i+j)))
					})
					runtime.GOMAXPROCS(restore)
					require.NoError(t, err)
					require.Equal(t, want, written(t, h, space), "%+v, %+v", c, run)
				}
				for seed := range uint64(2) {
					h, err := askAndTell(search(1), rugged, seed)
					require.NoError(t, err)
					require.Equal(t, want, written(t, h, space), "asking and telling, %+v", c)
				}
			}
		})
	}
}

// The same with many more configurations and a fast method that also proposes repeats.
func TestAHistoryDoesNotDependOnTimingWithRepeats(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 30)
	rapid.Check(t, func(rt *rapid.T) {
		c := configs.Draw(rt, "config")
		order := rapid.SliceOfN(rapid.IntRange(0, len(archs)-1), 10, 60).Draw(rt, "order")
		var list []searchspace.Arch
		for _, i := range order {
			list = append(list, archs[i])
		}
		h, _, err := mustNew(t, space, listed(list), c).Simulate(context.Background(), rugged)
		require.NoError(rt, err)
		want := written(t, h, space)
		for _, workers := range []int{1, 4, 16} {
			c.Workers = workers
			seed := rapid.Uint64().Draw(rt, "durations")
			synctest.Test(t, func(t *testing.T) {
				h, err = mustRun(t, space, listed(list), delayed(rugged, seed), c)
			})
			require.NoError(rt, err)
			require.Equal(rt, want, written(t, h, space))
		}
		h, err = askAndTell(mustNew(t, space, listed(list), c), rugged, rapid.Uint64().Draw(rt, "order of results"))
		require.NoError(rt, err)
		require.Equal(rt, want, written(t, h, space))
	})
}

func TestTheSeedMatters(t *testing.T) {
	space := smallSpace(t)
	for name, m := range methods {
		texts := map[string]bool{}
		for seed := range uint64(3) {
			h, err := mustRun(t, space, m(t, space), countEdges, rl.Config{Seed: seed, Evaluations: 8, Workers: 2})
			require.NoError(t, err)
			h.Seed = 0
			texts[jsonl(t, h)] = true
		}
		assert.Len(t, texts, 3, name)
	}
}

func TestLagAndBatchMatter(t *testing.T) {
	texts := map[string]bool{}
	for _, c := range []rl.Config{{Lag: 1}, {Lag: 2}, {Lag: 5}, {Batch: 2, Lag: 1}, {Batch: 2, Lag: 3}} {
		c.Evaluations = 25
		h, err := mustRun(t, smallSpace(t), baseline.RegularizedEvolution{Population: 4, Sample: 2}, rugged, c)
		require.NoError(t, err)
		texts[fmt.Sprint(trialIDs(h.Top(25)), h.Top(1)[0].Key)] = true
	}
	assert.Len(t, texts, 5)
}
