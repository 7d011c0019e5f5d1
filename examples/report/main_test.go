package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/searchspace"
)

var edges = evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
	if a.Part(0).NumEdges()%5 == 4 {
		return evaluator.Result{}, errors.New("no memory")
	}
	return evaluator.Result{Value: float64(a.Part(0).NumEdges())}, nil
})

// searched makes a store with two searches, and returns their histories.
func searched(t *testing.T, space searchspace.Space, recorded bool) (path string, histories []*rl.History) {
	path = filepath.Join(t.TempDir(), "search.db")
	db, err := store.Open(path)
	require.NoError(t, err)
	defer db.Close()
	for i, name := range []string{"first", "second"} {
		c := rl.Config{Seed: uint64(i), Evaluations: 12, Batch: 3, Workers: 2}
		if recorded {
			c.Recorder = db.Recorder(name)
		}
		s, err := rl.New(space, baseline.RegularizedEvolution{}, c)
		require.NoError(t, err)
		h, err := s.Run(t.Context(), db.Evaluator(space, "edges", edges))
		require.NoError(t, err)
		histories = append(histories, h)
	}
	return path, histories
}

func TestAPageOfWhatAStoreHas(t *testing.T) {
	space, err := searchspace.NewRandWire(6, 5) // whose keys are no notation
	require.NoError(t, err)
	path, histories := searched(t, space, true)
	o := options{store: path, space: space.Name(), objective: "edges", out: filepath.Join(t.TempDir(), "report.html")}
	require.NoError(t, run(t.Context(), o, io.Discard, io.Discard))
	page, err := os.ReadFile(o.out)
	require.NoError(t, err)
	assert.Contains(t, string(page), `"name":"second"`)

	db, err := store.Open(path)
	require.NoError(t, err)
	defer db.Close()
	all, err := read(t.Context(), db, space, o, io.Discard)
	require.NoError(t, err)
	require.Len(t, all, 2)
	for i, h := range histories {
		got := all[i].History
		assert.Equal(t, h.Seed, got.Seed)
		require.Len(t, got.Evaluations, len(h.Evaluations))
		for k, e := range h.Evaluations {
			assert.Equal(t, []any{e.Group, e.Source, e.Key, e.Arch, e.Result, e.OK()}, func(g rl.Evaluation) []any {
				return []any{g.Group, g.Source, g.Key, g.Arch, g.Result, g.OK()}
			}(findTrial(t, got, e.ID)), k)
		}
	}
	o.search = "third"
	_, err = read(t.Context(), db, space, o, io.Discard)
	assert.ErrorContains(t, err, `no search "third"; its searches are ["first" "second"]`)
}

// layers has a budget of layers, of which more take longer and score higher.
type layers struct{}

func (layers) Unit() string { return "layers" }

func (l layers) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return l.EvaluateAt(ctx, a, evaluator.Budget{})
}

func (layers) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	r, err := edges.Evaluate(ctx, a)
	r.Value *= cmp.Or(b.Amount, 9)
	r.Metrics = map[string]float64{"size": float64(len(a.Part(0).Edges()))}
	return r, err
}

// A search that a store has recorded has the front and the budgets that it had.
func TestFrontsAndBudgetsOfAStore(t *testing.T) {
	space := searchspace.NASBench201{}
	path := filepath.Join(t.TempDir(), "search.db")
	db, err := store.Open(path)
	require.NoError(t, err)
	defer db.Close()
	s, err := rl.New(space, baseline.ASHA{Budgets: []float64{1, 3}}, rl.Config{
		Seed: 1, Evaluations: 30, Recorder: db.Recorder("budgets"),
		Objectives: []rl.Objective{rl.Maximize(""), rl.Minimize("size")}, Limits: []rl.Limit{rl.AtMost("size", 5)},
	})
	require.NoError(t, err)
	h, err := s.Run(t.Context(), db.Evaluator(space, "layers", layers{}))
	require.NoError(t, err)
	all, err := read(t.Context(), db, space, options{store: path, objective: "layers"}, io.Discard)
	require.NoError(t, err)
	require.Len(t, all, 1)
	got := all[0].History
	assert.Equal(t, []any{h.Objectives, h.Limits, h.Budgets()}, []any{got.Objectives, got.Limits, got.Budgets()})
	require.NotEmpty(t, h.Front())
	assert.Equal(t, h.Front()[0].ID, got.Front()[0].ID)
	assert.Len(t, got.Front(), len(h.Front()))
}

// A store may hold searches of several spaces and objectives, also of a space whose keys are no notation.
func TestAStoreOfManyThings(t *testing.T) {
	space, err := searchspace.NewRandWire(6, 5)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "search.db")
	db, err := store.Open(path)
	require.NoError(t, err)
	defer db.Close()
	for _, s := range []struct {
		name, objective string
		space           searchspace.Space
	}{{"wide", "edges", space}, {"deep", "edges again", space}, {"cells", "edges", searchspace.NASBench201{}}} {
		search, err := rl.New(s.space, baseline.RandomSearch{}, rl.Config{Evaluations: 5, Recorder: db.Recorder(s.name)})
		require.NoError(t, err)
		_, err = search.Run(t.Context(), db.Evaluator(s.space, s.objective, edges))
		require.NoError(t, err)
	}
	o := options{store: path, space: space.Name()}
	for _, o.objective = range []string{"", "edges"} {
		var said strings.Builder
		all, err := read(t.Context(), db, space, o, &said)
		require.NoError(t, err)
		require.Len(t, all, 2)
		assert.Equal(t, []string{"wide", "deep"}, []string{all[0].Options.Name, all[1].Options.Name})
		assert.Len(t, all[0].History.Evaluations, 5)
		assert.Equal(t, "search \"cells\" is left out, because it is not in the space randwire-6-5\n", said.String())
	}
	o.search = "cells"
	_, err = read(t.Context(), db, space, o, io.Discard)
	assert.ErrorIs(t, err, rl.ErrOtherSearch)
}

// findTrial returns the evaluation of a trial.
func findTrial(t *testing.T, h *rl.History, id int) rl.Evaluation {
	for _, e := range h.Evaluations {
		if e.ID == id {
			return e
		}
	}
	t.Fatalf("there is no trial %d", id)
	return rl.Evaluation{}
}

func TestAStoreWithoutRecords(t *testing.T) {
	path, _ := searched(t, searchspace.NASBench201{}, false)
	o := options{store: path, space: "nasbench201", objective: "edges", out: filepath.Join(t.TempDir(), "report.html")}
	var said strings.Builder
	require.NoError(t, run(t.Context(), o, &said, io.Discard))
	assert.Contains(t, said.String(), "searches: 1;")
	o.objective = "other"
	assert.ErrorContains(t, run(t.Context(), o, io.Discard, io.Discard), `neither a recorded search nor an evaluation in nasbench201 with the objective "other"`)
}

func TestSpaces(t *testing.T) {
	for _, name := range []string{"nasbench201", "nasbench101", "darts-4", "darts-2", "enas-macro-12", "enas-macro-3", "randwire-32-32-32", "randwire-5"} {
		space, err := spaceNamed(name)
		require.NoError(t, err, name)
		if name != "darts-4" {
			assert.Equal(t, name, space.Name())
		}
	}
	for _, name := range []string{"", "other", "randwire", "randwire-0", "darts-4-4", "enas-macro-99999"} {
		_, err := spaceNamed(name)
		assert.Error(t, err, name)
	}
}

func TestBadCommandLines(t *testing.T) {
	assert.ErrorContains(t, run(t.Context(), options{space: "nasbench201"}, io.Discard, io.Discard), "-store is required")
	assert.ErrorContains(t, run(t.Context(), options{store: "x", space: "x"}, io.Discard, io.Discard), `unknown space "x"`)
	assert.ErrorIs(t, run(t.Context(), options{store: filepath.Join(t.TempDir(), "none.db"), space: "nasbench201"}, io.Discard, io.Discard), os.ErrNotExist)
}
