package store

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

// evaluations reads the finished evaluations of the store.
func evaluations(t require.TestingT, db *DB, space searchspace.Space, objective string) []evaluator.Outcome {
	var outcomes []evaluator.Outcome
	for o, err := range db.Evaluations(context.Background(), space, objective) {
		require.NoError(t, err)
		require.Equal(t, len(outcomes), o.Index)
		outcomes = append(outcomes, o)
	}
	return outcomes
}

// Evaluations returns exactly the finished evaluations, in the order in which they began. The expectation comes from a model.
func TestEvaluationsReturnsTheFinishedOnes(t *testing.T) {
	space := smallSpace(t)
	other, err := searchspace.New("other", []searchspace.Part{{Name: "cell", MaxNodes: 1, NodeOps: []string{"a", "b", "c", "d"}}})
	require.NoError(t, err)
	archs := members(t, space, 4)
	rapid.Check(t, func(rt *rapid.T) {
		db := mustOpen(rt, temporaryPath(t))
		defer db.Close()
		var order []string
		ended := map[string]evaluator.Outcome{}
		for _, s := range rapid.SliceOfN(drawStep, 1, 12).Draw(rt, "steps") {
			ctx, end := context.WithCancel(context.Background())
			r, err := db.Evaluator(space, s.objective, evaluator.Func(
				func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
					order = append(order, fmt.Sprint(s.arch, s.objective))
					return s.take(ctx, end)
				})).Evaluate(ctx, archs[s.arch])
			end()
			if key := fmt.Sprint(s.arch, s.objective); err == nil || evaluator.Permanent(context.Background(), err) && s.does != "cut" {
				if _, known := ended[key]; !known {
					ended[key] = evaluator.Outcome{Arch: archs[s.arch], Result: r, Err: err}
				}
			}
		}
		for _, objective := range []string{"", "12 epochs"} {
			got := evaluations(rt, db, space, objective)
			seen := map[string]bool{}
			for _, key := range order {
				want, finished := ended[key]
				if !finished || seen[key] || key[1:] != objective {
					continue
				}
				seen[key] = true
				require.NotEmpty(rt, got)
				o := got[0]
				got = got[1:]
				require.True(rt, want.Arch.Equal(o.Arch))
				requireSame(rt, want.Result, o.Result)
				require.Equal(rt, want.Err == nil, o.Err == nil)
				if o.Err != nil {
					requireRemembered(rt, want.Err.Error(), db.path, o.Err)
					require.ErrorContains(rt, o.Err, fmt.Sprintf("evaluating [%v]: failed on ", o.Arch))
				}
			}
			require.Empty(rt, got)
			require.Empty(rt, evaluations(rt, db, other, objective))
		}
	})
}

func TestManyEvaluations(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	defer db.Close()
	space := searchspace.NASBench201{}
	archs := members(t, space, 2*page+7)
	tx, err := db.writes.Begin()
	require.NoError(t, err)
	for i, a := range archs {
		text, err := a.MarshalJSON()
		require.NoError(t, err)
		for _, objective := range []string{"one", "other"} {
			_, err = tx.Exec(`INSERT INTO evaluations (space, objective, key, arch, status, value, cost_ns, attempts, begun, ended)
				VALUES (?, ?, ?, ?, 'done', ?, ?, 1, '', '')`, space.Name(), objective, space.Key(a), string(text), i, 7*i)
			require.NoError(t, err)
		}
	}
	require.NoError(t, tx.Commit())
	outcomes := evaluations(t, db, space, "one")
	require.Len(t, outcomes, len(archs))
	for i, o := range outcomes {
		assert.True(t, archs[i].Equal(o.Arch))
		assert.Equal(t, evaluator.Result{Value: float64(i), Cost: time.Duration(7 * i)}, o.Result)
	}

	n := 0
	for range db.Evaluations(t.Context(), space, "one") {
		if n++; n == page {
			break
		}
	}
	assert.Equal(t, page, n)

	ctx, end := context.WithCancel(t.Context())
	defer end()
	n, err = 0, nil
	for _, err = range db.Evaluations(ctx, space, "one") {
		end()
		n++
	}
	assert.Equal(t, page+1, n)
	assert.ErrorIs(t, err, context.Canceled)
	assert.NotErrorIs(t, err, evaluator.ErrBroken)
}

func TestMalformedEvaluations(t *testing.T) {
	for set, says := range map[string]string{
		`metrics = '{"loss": [1]}'`: "must be a number",
		`arch = '{"parts": '`:       "unexpected end",
		`arch = '{"parts": []}'`:    "invalid architecture",
		`arch = ''`:                 "unexpected end",
	} {
		t.Run(set, func(t *testing.T) {
			path := temporaryPath(t)
			db := mustOpen(t, path)
			defer db.Close()
			space := smallSpace(t)
			for _, a := range members(t, space, 2) {
				_, err := db.Evaluator(space, "", evaluator.Func(nothing)).Evaluate(t.Context(), a)
				require.NoError(t, err)
			}
			_, err := db.writes.Exec("UPDATE evaluations SET checksum = NULL, " + set)
			require.NoError(t, err)
			n := 0
			for o, err := range db.Evaluations(t.Context(), space, "") {
				n++
				assert.Zero(t, o)
				require.ErrorIs(t, err, evaluator.ErrBroken)
				for _, text := range []string{path, fmt.Sprintf("%q", space.Key(members(t, space, 1)[0])), says} {
					assert.ErrorContains(t, err, text)
				}
			}
			assert.Equal(t, 1, n, "an error ends the iteration")
		})
	}
}

func TestEvaluationsOfAClosedStore(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	require.NoError(t, db.Close())
	n := 0
	for _, err := range db.Evaluations(t.Context(), smallSpace(t), "") {
		assert.ErrorIs(t, err, evaluator.ErrBroken)
		n++
	}
	assert.Equal(t, 1, n)
}

// A search that starts from the evaluations of a store learns from them and does not repeat them.
func TestSearchFromStoredEvaluations(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	defer db.Close()
	space := searchspace.NASBench201{}
	var asked atomic.Int32
	e := db.Evaluator(space, "formula", evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		asked.Add(1)
		return formulaOf(a)
	}))
	search := func(config rl.Config) *rl.History {
		config.Workers = 2
		search, err := rl.New(space, baseline.RegularizedEvolution{Population: 10, Sample: 3}, config)
		require.NoError(t, err)
		h, err := search.Run(t.Context(), e)
		require.NoError(t, err)
		return h
	}
	first := search(rl.Config{Seed: 1, Evaluations: 60})
	past := rl.Past{Name: "first", Results: evaluations(t, db, space, "formula")}
	require.Len(t, past.Results, 60)
	second := search(rl.Config{Seed: 2, Evaluations: 30, Past: []rl.Past{past}})
	assert.EqualValues(t, 90, asked.Load())
	assert.Len(t, second.Past, 60)

	byKey := map[string]rl.Evaluation{}
	for _, e := range first.Evaluations {
		byKey[e.Key] = e
	}
	failures := 0
	for _, e := range second.Past {
		want, ok := byKey[e.Key]
		require.True(t, ok)
		assert.Equal(t, want.Result, e.Result)
		if want.Err != nil {
			failures++
			var failed *FailedError
			require.ErrorAs(t, e.Err, &failed)
			assert.ErrorContains(t, want.Err, failed.Message)
			assert.ErrorContains(t, e.Err, space.Format(e.Arch))
		}
	}
	assert.Positive(t, failures)
	best, _ := second.Best()
	firstBest, _ := first.Best()
	assert.GreaterOrEqual(t, best.Result.Value, firstBest.Result.Value)
	assert.False(t, math.IsNaN(best.Result.Value))
}
