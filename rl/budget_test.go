package rl

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// lasting is countEdges with evaluations that take, and say that they cost, an hour and one more for every edge. Those of
// three edges fail.
var lasting = evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	edges := a.Part(0).NumEdges()
	cost := time.Duration(1+edges) * time.Hour
	time.Sleep(cost)
	r, err := countEdges(ctx, a)
	if r.Cost = cost; edges == 3 {
		err = errors.New("out of memory")
	}
	return r, err
})

// searchers run a search with a generator, and one by strategy.
var searchers = map[string]func(testing.TB, Config) (*History, error){
	"trainer": func(t testing.TB, c Config) (*History, error) {
		return mustRun(t, newRecorder(smallSpace(t)), lasting, c)
	},
	"strategy": func(t testing.TB, c Config) (*History, error) {
		return searchBy(t, smallSpace(t), RandomSearch{}, lasting, c)
	},
}

func TestASearchEndsWithTheRoundThatSpendsItsBudget(t *testing.T) {
	for name, run := range searchers {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				c := Config{
					Seed:        rapid.Uint64().Draw(rt, "seed"),
					Evaluations: rapid.IntRange(2, 30).Draw(rt, "evaluations"),
					Batch:       rapid.IntRange(1, 4).Draw(rt, "batch"),
					Workers:     1,
					MaxCost:     time.Duration(rapid.IntRange(0, 60).Draw(rt, "cost")) * time.Hour,
					MaxTime:     time.Duration(rapid.IntRange(0, 80).Draw(rt, "time")) * time.Hour,
				}
				var h *History
				var err error
				synctest.Test(t, func(t *testing.T) { h, err = run(t, c) })
				if errors.Is(err, ErrNoSuccess) {
					return
				}
				require.NoError(rt, err)
				spent := func(rounds []Round) (evaluations int, cost, elapsed time.Duration) {
					for _, r := range rounds {
						for _, i := range r.Drawn {
							e := h.Evaluations[i]
							evaluations++
							cost += e.Result.Cost
							elapsed += time.Duration(1+e.Arch.Part(0).NumEdges()) * time.Hour
						}
					}
					return evaluations, cost, elapsed
				}
				reasons := func(rounds []Round) (all []StopReason) {
					evaluations, cost, elapsed := spent(rounds)
					if evaluations == c.Evaluations {
						all = append(all, StopBudget)
					}
					if c.MaxCost > 0 && cost >= c.MaxCost {
						all = append(all, StopCost)
					}
					if c.MaxTime > 0 && elapsed >= c.MaxTime {
						all = append(all, StopTime)
					}
					return all
				}
				_, cost, _ := spent(h.Rounds)
				assert.Equal(rt, cost, h.Cost())
				assert.Contains(rt, reasons(h.Rounds), h.Stop)
				assert.Empty(rt, reasons(h.Rounds[:len(h.Rounds)-1]), "the round before was the last")
			})
		})
	}
}

func TestTheFirstRoundIsRunInAnyCase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, err := searchers["trainer"](t, Config{Seed: 1, Batch: 3, MaxTime: time.Nanosecond})
		require.NoError(t, err)
		assert.Equal(t, StopTime, h.Stop)
		assert.Len(t, h.Evaluations, 3)
	})
}

func TestNegativeBudgetsAreErrors(t *testing.T) {
	for name, c := range map[string]Config{
		"evaluations": {Evaluations: -1}, "cost": {MaxCost: -1}, "time": {MaxTime: -1},
	} {
		_, err := NewTrainer(newRecorder(smallSpace(t)), countEdges, c)
		assert.Error(t, err, name)
		_, err = NewSearch(smallSpace(t), RandomSearch{}, countEdges, c)
		assert.Error(t, err, name)
	}
}
