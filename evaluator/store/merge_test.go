package store

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// outcomes lists the rows of a store without times, sorted.
func outcomes(t require.TestingT, db *DB) []string {
	var list []string
	lines, err := db.linesAfter(context.Background(), 0)
	require.NoError(t, err)
	for _, l := range lines {
		list = append(list, string(l.outcome()))
	}
	slices.Sort(list)
	return list
}

// The merged store contains everything from both stores, as a row or as a conflict, and merging again changes nothing.
func TestMergingLosesNothing(t *testing.T) {
	space := searchspace.NASBench201{}
	archs := members(t, space, 6)
	directory := t.TempDir()
	number := 0
	rapid.Check(t, func(t *rapid.T) {
		if number >= 30 {
			return // opening and syncing stores takes time
		}
		var stores [2]*DB
		for i := range stores {
			number++
			db := mustOpen(t, filepath.Join(directory, fmt.Sprint(number, ".db")))
			defer db.Close()
			stores[i] = db
			for range rapid.IntRange(0, 6).Draw(t, "evaluations") {
				fillOne(t, db, archs)
			}
			for k := range rapid.IntRange(0, 3).Draw(t, "lines") {
				line := fmt.Sprintf(`{"line":%d}`, k+10*rapid.IntRange(0, 1).Draw(t, "another search"))
				require.NoError(t, db.Recorder("search").Record(context.Background(), []byte(line)))
			}
		}
		before := [2][]string{outcomes(t, stores[0]), outcomes(t, stores[1])}
		records := [2]string{whole(t, stores[0], "search"), whole(t, stores[1], "search")}
		done, err := stores[0].Merge(context.Background(), stores[1])
		require.NoError(t, err)
		require.Equal(t, before[1], outcomes(t, stores[1]), "the other store does not change")

		after := outcomes(t, stores[0])
		kept := slices.Concat(after, column(t, stores[0], "SELECT outcome FROM conflicts"))
		for _, row := range slices.Concat(before[0], before[1]) {
			if !strings.Contains(row, `"status":"begun"`) {
				require.Contains(t, kept, row)
			}
		}
		require.Len(t, column(t, stores[0], "SELECT outcome FROM conflicts"), len(done.Conflicts)-renamed(done))
		names, err := stores[0].Searches(context.Background())
		require.NoError(t, err)
		var all []string
		for _, name := range names {
			all = append(all, whole(t, stores[0], name))
		}
		for _, record := range records {
			require.True(t, slices.ContainsFunc(all, func(one string) bool { return strings.HasPrefix(one, record) }) || record == "")
		}
		require.NoError(t, intactRows(stores[0]))

		again, err := stores[0].Merge(context.Background(), stores[1])
		require.NoError(t, err)
		require.Zero(t, again.Added+again.Completed)
		require.Empty(t, again.Searches)
		require.Equal(t, after, outcomes(t, stores[0]))
	})
}

// fillOne evaluates one of the architectures. The evaluation succeeds, fails, or stays unfinished.
func fillOne(t *rapid.T, db *DB, archs []searchspace.Arch) {
	a := rapid.SampledFrom(archs).Draw(t, "architecture")
	budget := evaluator.Budget{Amount: rapid.SampledFrom([]float64{0, 4}).Draw(t, "budget")}
	e := &made{
		value: rapid.SampledFrom([]float64{1, 2}).Draw(t, "value"),
		kind:  rapid.SampledFrom([]string{"done", "failed", "begun"}).Draw(t, "status"),
	}
	_, _ = evaluator.TryAt(context.Background(), db.Evaluator(searchspace.NASBench201{}, "", e), a, budget)
}

// made is an evaluator with a made-up outcome.
type made struct {
	value float64
	kind  string
}

func (m *made) Unit() string { return "epochs" }
func (m *made) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return m.EvaluateAt(ctx, a, evaluator.Budget{})
}

func (m *made) EvaluateAt(context.Context, searchspace.Arch, evaluator.Budget) (evaluator.Result, error) {
	switch m.kind {
	case "failed":
		return evaluator.Result{}, fmt.Errorf("failed with %v", m.value)
	case "begun":
		return evaluator.Result{}, evaluator.ErrTemporary
	}
	return evaluator.Result{Value: m.value, Metrics: map[string]float64{"params": 3}, Cost: 12345678901, Resume: "here"}, nil
}

func whole(t require.TestingT, db *DB, search string) string {
	var text bytes.Buffer
	for line, err := range db.Recorder(search).Recorded(context.Background()) {
		require.NoError(t, err)
		text.Write(append(line, '\n'))
	}
	return text.String()
}

func renamed(m *Merged) (n int) {
	for _, c := range m.Conflicts {
		if c.Search != "" {
			n++
		}
	}
	return n
}

// intactRows reads every finished row, which verifies the checksums.
func intactRows(db *DB) error {
	for _, err := range db.Evaluations(context.Background(), searchspace.NASBench201{}, "") {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestConflictString(t *testing.T) {
	space := searchspace.NASBench201{}
	a := members(t, space, 1)[0]
	directory := t.TempDir()
	mine, theirs := mustOpen(t, filepath.Join(directory, "mine.db")), mustOpen(t, filepath.Join(directory, "theirs.db"))
	defer mine.Close()
	defer theirs.Close()
	for db, value := range map[*DB]float64{mine: 1, theirs: 2} {
		_, err := evaluator.TryAt(t.Context(), db.Evaluator(space, "acc", &made{value, "done"}), a, evaluator.Budget{Amount: 4})
		require.NoError(t, err)
		require.NoError(t, db.Recorder("run").Record(t.Context(), fmt.Appendf(nil, `{"seed":%v}`, value)))
	}
	done, err := mine.Merge(t.Context(), theirs)
	require.NoError(t, err)
	require.Len(t, done.Conflicts, 2)
	text := done.Conflicts[0].String()
	assert.Contains(t, text, `objective "acc"`)
	assert.Contains(t, text, `at budget 4: kept {`)
	assert.Contains(t, text, `"value":2`)
	assert.Contains(t, done.Conflicts[1].String(), `search "run": the other store's record differs and was added as "run (from `)

	_, err = mine.Merge(t.Context(), mine)
	assert.ErrorContains(t, err, "into itself")
	_, err = theirs.writes.Exec("UPDATE evaluations SET value = 3")
	require.NoError(t, err)
	_, err = mine.Merge(t.Context(), theirs)
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorContains(t, err, "checksum")
}

// Two stores have the same outcome if they evaluated isomorphic cells with the same value. A conflict names both cells.
func TestMergingIsomorphicCells(t *testing.T) {
	space := searchspace.NASBench101{}
	cell := func(first, second string) searchspace.Arch {
		g, err := searchspace.NewDAG("cell", 4, []string{"input", first, second, "output"},
			[]searchspace.Edge{{From: 0, To: 1}, {From: 0, To: 2}, {From: 1, To: 3}, {From: 2, To: 3}})
		require.NoError(t, err)
		return searchspace.NewArch(g)
	}
	archs := []searchspace.Arch{cell("conv3x3-bn-relu", "maxpool3x3"), cell("maxpool3x3", "conv3x3-bn-relu")}
	require.Equal(t, space.Key(archs[0]), space.Key(archs[1]))
	for value, want := range map[float64]Merged{1: {Same: 1}, 2: {Conflicts: make([]Conflict, 1)}} {
		var stores [2]*DB
		for i, value := range []float64{1, value} {
			stores[i] = mustOpen(t, temporaryPath(t))
			defer stores[i].Close()
			_, err := stores[i].Evaluator(space, "", &made{value, "done"}).Evaluate(t.Context(), archs[i])
			require.NoError(t, err)
		}
		got, err := stores[0].Merge(t.Context(), stores[1])
		require.NoError(t, err)
		assert.Equal(t, want.Same, got.Same)
		require.Len(t, got.Conflicts, len(want.Conflicts))
		for _, c := range got.Conflicts {
			assert.Contains(t, c.Kept, `["input","conv3x3-bn-relu","maxpool3x3","output"]`)
			assert.Contains(t, c.Other, `["input","maxpool3x3","conv3x3-bn-relu","output"]`)
		}
	}
}
