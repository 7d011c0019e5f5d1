package rl_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Past evaluations of the same objective are known: they are not evaluated again, and they count.
func TestEarlierEvaluationsAreKnown(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 60)
	for name, make := range methods {
		t.Run(name, func(t *testing.T) {
			past := rl.Past{Name: "mine", Results: outcomes(t, rugged, archs)}
			known := map[string]bool{}
			for _, a := range archs {
				known[space.Key(a)] = true
			}
			m := make(t, space)
			first := true
			checked := methodFunc(func(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
				if first {
					first = false
					assert.Len(t, s.Evaluations(), 60)
					assert.Empty(t, s.Trials())
					assert.Equal(t, 60, s.Proposed(), "so schedules count them")
					assert.Equal(t, 7, s.Left())
					assert.Empty(t, s.Others())
				}
				for i, a := range archs {
					e, ok := s.Find(a)
					assert.True(t, ok && s.Known(a))
					assert.Equal(t, i-60, e.ID)
					assert.Equal(t, rl.SourcePast, e.Source)
				}
				return m.Propose(ctx, s, n)
			})
			h, err := mustRun(t, space, checked, rugged, rl.Config{Evaluations: 7, Past: []rl.Past{past}, Workers: 2})
			require.NoError(t, err)
			assert.Len(t, h.Evaluations, 7)
			assert.Len(t, h.Past, 60)
			for _, e := range h.Evaluations {
				assert.False(t, known[e.Key], "evaluated again")
			}
			best, ok := h.Best()
			require.True(t, ok)
			for _, e := range slices.Concat(h.Past, h.Evaluations) {
				if e.OK() {
					assert.LessOrEqual(t, e.Result.Value, best.Result.Value)
				}
			}
			assert.Len(t, h.Outcomes(), 67)
		})
	}
}

// A method that proposes a past evaluation gets the earlier result.
func TestARepeatOfAnEarlierEvaluation(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 3)
	h, err := mustRun(t, space, listed(archs), unusedFor(t, archs[0]), rl.Config{
		Evaluations: 2, Past: []rl.Past{{Results: outcomes(t, rugged, archs[:1])}},
	})
	require.NoError(t, err)
	assert.Equal(t, []int{1, 2}, trialIDs(h.Evaluations))
	require.Len(t, h.Repeats, 1)
	want, _ := try(rugged, archs[0])
	assert.Equal(t, want, h.Repeats[0].Result)
}

// unusedFor is countEdges, but must not be called for one architecture.
func unusedFor(t testing.TB, never searchspace.Arch) evaluator.Evaluator {
	return evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
		assert.False(t, a.Equal(never))
		return countEdges(ctx, a)
	})
}

func TestEarlierEvaluationsCountInTheExplorationSchedule(t *testing.T) {
	space := smallSpace(t)
	for n, want := range map[int]int{0: 10, 4: 6, 10: 0, 30: 0} {
		past := []rl.Past{{Results: outcomes(t, countEdges, draws(t, space, n))}}
		h, err := mustRun(t, space, rl.Reinforce{Model: newRecorder(space), Exploration: rl.First(10)}, countEdges, rl.Config{Evaluations: 20, Past: past})
		require.NoError(t, err)
		explored := 0
		for _, e := range h.Evaluations {
			if e.Source == rl.SourceExplorer {
				explored++
			}
		}
		assert.Equal(t, want, explored, "%d earlier evaluations", n)
	}
}

// Of several results for an architecture, the first counts.
func TestEarlierEvaluationsOfSeveralLists(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 5)
	past := []rl.Past{
		{Name: "one", Results: []evaluator.Outcome{{Arch: archs[0], Result: evaluator.Result{Value: 7}}, {Arch: archs[1], Err: errMemory}}},
		{Name: "two", OtherObjective: true, Results: []evaluator.Outcome{{Arch: archs[3], Result: evaluator.Result{Value: 100}}}},
		{Name: "three", Results: []evaluator.Outcome{{Arch: archs[0], Result: evaluator.Result{Value: 8}}, {Arch: archs[2], Result: evaluator.Result{Value: 1}}}},
	}
	h, err := mustRun(t, space, listed(archs[3:]), countEdges, rl.Config{Evaluations: 2, Past: past})
	require.NoError(t, err)
	require.Equal(t, []int{-3, -2, -1}, trialIDs(h.Past))
	assert.Equal(t, 7.0, h.Past[0].Result.Value)
	assert.ErrorIs(t, h.Past[1].Err, errMemory)
	assert.Equal(t, []int{0, 1}, trialIDs(h.Evaluations), "results of another objective block nothing")
	best, _ := h.Best()
	assert.Equal(t, -3, best.ID)
	assert.Equal(t, h.Past[0].Key, h.Top(2)[0].Key)
}

// A temporary failure says nothing about an architecture, even after it was written to a file and
// read back.
func TestPastTemporaryFailuresAreIgnored(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 3)
	first, err := mustRun(t, space, listed(archs), evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		switch {
		case a.Equal(archs[0]):
			return evaluator.Result{}, fmt.Errorf("no GPU: %w", evaluator.ErrTemporary)
		case a.Equal(archs[1]):
			return evaluator.Result{}, errMemory
		}
		return evaluator.Result{Value: 1}, nil
	}), rl.Config{Evaluations: 3, Lag: 1})
	require.NoError(t, err)
	var asCSV, asJSON bytes.Buffer
	require.NoError(t, first.WriteCSV(&asCSV, space))
	require.NoError(t, first.WriteJSONL(&asJSON))
	fromCSV, err := rl.ReadCSV(&asCSV, space)
	require.NoError(t, err)
	fromJSON, err := rl.ReadJSONL(&asJSON, space)
	require.NoError(t, err)
	for name, h := range map[string]*rl.History{"memory": first, "CSV": fromCSV, "JSON Lines": fromJSON} {
		again, err := mustRun(t, space, listed(archs), countEdges, rl.Config{Past: []rl.Past{{Name: name, Results: h.Outcomes()}}})
		require.NoError(t, err, name)
		assert.Equal(t, []int{-2, -1}, trialIDs(again.Past), name)
		if assert.Equal(t, []int{0}, trialIDs(again.Evaluations), name) {
			assert.True(t, archs[0].Equal(again.Evaluations[0].Arch), name)
		}
	}
}

// Results for another objective never make an architecture known, and the first proposals are the
// best of them.
func TestOtherObjectivesGuideTheSearch(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 40)
	other := outcomes(t, rugged, archs)
	ranked := slices.DeleteFunc(slices.Clone(other), func(o evaluator.Outcome) bool { return o.Err != nil })
	slices.SortStableFunc(ranked, func(a, b evaluator.Outcome) int {
		if a.Result.Value > b.Result.Value {
			return -1
		}
		return 1
	})
	past := []rl.Past{{Name: "cifar10", Results: other, OtherObjective: true}}
	for name, m := range map[string]rl.Method{
		"evolution": baseline.RegularizedEvolution{Population: 8},
		"local":     baseline.LocalSearch{},
		"process":   bayes.GaussianProcess{},
		"reinforce": rl.Reinforce{Model: newRecorder(space), Exploration: rl.First(8)},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := mustRun(t, space, m, countEdges, rl.Config{Evaluations: 8, Past: past})
			require.NoError(t, err)
			assert.Empty(t, h.Past)
			suggested := []int{}
			for _, e := range h.Evaluations {
				if e.Source == rl.SourcePast {
					suggested = append(suggested, e.ID)
					assert.Equal(t, space.Key(ranked[len(suggested)-1].Arch), e.Key, "the best first")
				}
			}
			assert.NotEmpty(t, suggested)
			most := 4
			if name == "process" {
				most = 5 // it starts with ten draws
			}
			assert.LessOrEqual(t, len(suggested), most, "no more than half")
		})
	}
	h, err := mustRun(t, space, listed(archs[:10]), countEdges, rl.Config{Evaluations: 10, Past: past})
	require.NoError(t, err)
	assert.Len(t, h.Evaluations, 10)
	assert.Empty(t, h.Repeats)
}

func TestSuggestionsTakeTurns(t *testing.T) {
	space := smallSpace(t)
	a := draws(t, space, 6)
	result := func(i int, v float64) evaluator.Outcome {
		return evaluator.Outcome{Arch: a[i], Result: evaluator.Result{Value: v}}
	}
	s, err := rl.NewState(space, rl.Snapshot{
		Evaluations: []rl.Evaluation{{Trial: rl.Trial{Arch: a[0]}}},
		Past: []rl.Past{
			{OtherObjective: true, Results: []evaluator.Outcome{result(0, 9), result(1, 5), result(2, 7), {Arch: a[3], Err: errMemory}}},
			{OtherObjective: true, Results: []evaluator.Outcome{result(4, 1), result(2, 3), result(5, 2)}},
		},
	})
	require.NoError(t, err)
	keys := func(archs []searchspace.Arch) (keys []string) {
		for _, one := range archs {
			keys = append(keys, space.Key(one))
		}
		return keys
	}
	// The indexes in the lists: 0 and 2, then 2 and 5, then 1 and 4. The first is known, and 2
	// occurs once.
	want := keys([]searchspace.Arch{a[2], a[5], a[1], a[4]})
	assert.Equal(t, want, keys(s.Suggested(10)))
	assert.Equal(t, want[:2], keys(s.Suggested(2)))
	assert.Empty(t, s.Suggested(0))
	assert.Len(t, s.Others(), 2)
	assert.Len(t, s.Others()[0], 4)
}

// Results at different budgets cannot be ranked together, so only those at the largest guide a search.
func TestOtherObjectivesAtSeveralBudgets(t *testing.T) {
	space := smallSpace(t)
	archs := draws(t, space, 8)
	budgets := []float64{1, 3, 0}
	rapid.Check(t, func(t *rapid.T) {
		var results []evaluator.Outcome
		largest := 0 // index of the largest budget with a result
		for i, a := range archs {
			for at := range rapid.IntRange(0, len(budgets)).Draw(t, "evaluations") {
				o := evaluator.Outcome{Arch: a, Budget: budgets[at], Result: evaluator.Result{Value: float64(i - 10*at)}}
				if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
					o.Result, o.Err = evaluator.Result{}, errMemory
				} else {
					largest = max(largest, at)
				}
				results = append(results, o)
			}
		}
		guided := func(results []evaluator.Outcome) *rl.State {
			s, err := rl.NewState(space, rl.Snapshot{Past: []rl.Past{{OtherObjective: true, Results: results}}})
			require.NoError(t, err)
			return s
		}
		s := guided(results)
		want := guided(slices.DeleteFunc(slices.Clone(results), func(o evaluator.Outcome) bool { return o.Budget != budgets[largest] }))
		require.True(t, slices.EqualFunc(want.Suggested(10), s.Suggested(10), searchspace.Arch.Equal))
		for _, e := range s.Others()[0] {
			require.Equal(t, budgets[largest], e.Budget)
		}
	})
}

// A search that starts from the outcomes of another continues where it ended.
func TestOutcomesOfAHistoryContinueASearch(t *testing.T) {
	space := smallSpace(t)
	one, err := mustRun(t, space, baseline.RegularizedEvolution{Population: 5}, rugged, rl.Config{Evaluations: 30})
	require.NoError(t, err)
	two, err := mustRun(t, space, baseline.RegularizedEvolution{Population: 5}, rugged, rl.Config{
		Seed: 1, Evaluations: 30, Past: []rl.Past{{Name: "yesterday", Results: one.Outcomes()}},
	})
	require.NoError(t, err)
	keys := map[string]bool{}
	for _, e := range slices.Concat(one.Evaluations, two.Evaluations) {
		assert.False(t, keys[e.Key], "evaluated twice")
		keys[e.Key] = true
	}
	assert.Len(t, keys, 60)
	assert.Equal(t, rl.SourceNeighbor, two.Evaluations[0].Source, "its population is there from the start")
	first, _ := one.Best()
	second, _ := two.Best()
	assert.GreaterOrEqual(t, second.Result.Value, first.Result.Value)
	assert.Len(t, two.Outcomes(), 60)

	read, err := rl.ReadJSONL(stringReader(jsonl(t, two)), space)
	require.NoError(t, err)
	three, err := mustRun(t, space, baseline.RandomSearch{}, rugged, rl.Config{
		Seed: 2, Evaluations: 20, Past: []rl.Past{{Name: "file", Results: read.Outcomes()}},
	})
	require.NoError(t, err)
	for _, e := range three.Evaluations {
		assert.False(t, keys[e.Key], "evaluated twice")
	}
}

func TestInvalidPast(t *testing.T) {
	space := smallSpace(t)
	results := outcomes(t, countEdges, draws(t, space, 3))
	results[2].Arch = searchspace.Arch{}
	_, err := rl.New(space, baseline.RandomSearch{}, rl.Config{Past: []rl.Past{{Name: "colleague's", Results: results}}})
	assert.ErrorIs(t, err, searchspace.ErrInvalid)
	assert.ErrorContains(t, err, "colleague's")
	assert.ErrorContains(t, err, "result 2")
	assert.False(t, errors.Is(err, evaluator.ErrNotFinite))
}
