package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// moody fails with err unless that is nil, and counts its calls.
type moody struct {
	err   error
	asked int
}

func (m *moody) Evaluate(context.Context, searchspace.Arch) (evaluator.Result, error) {
	m.asked++
	return evaluator.Result{Value: 7}, m.err
}

func TestStoredFailuresAreFailedErrors(t *testing.T) {
	path := temporaryPath(t)
	space := smallSpace(t)
	a := members(t, space, 1)[0]
	e := &moody{err: errors.New("out of memory")}
	db := mustOpen(t, path)
	_, err := db.Evaluator(space, "", e).Evaluate(t.Context(), a)
	assert.Equal(t, e.err, err, "a new failure is returned unchanged")
	require.NoError(t, db.Close())

	e.err = nil
	db = mustOpen(t, path)
	defer db.Close()
	_, err = db.writes.Exec("UPDATE evaluations SET checksum = NULL, ended = '2026-11-26T09:14:31.415Z'")
	require.NoError(t, err)
	_, err = db.Evaluator(space, "", e).Evaluate(t.Context(), a)
	assert.EqualError(t, err, "failed on 2026-11-26 09:14 UTC (stored in "+path+
		" and not evaluated again; see store.DB.DeleteFailures): out of memory")
	assert.ErrorIs(t, err, ErrFailed)
	assert.True(t, evaluator.Permanent(t.Context(), err))
	assert.Equal(t, &FailedError{
		File: path, Time: time.Date(2026, 11, 26, 9, 14, 31, 415e6, time.UTC), Message: "out of memory",
	}, err)
	assert.Equal(t, 1, e.asked)

	_, err = db.writes.Exec("UPDATE evaluations SET checksum = NULL, ended = 'yesterday'")
	require.NoError(t, err)
	_, err = db.Evaluator(space, "", e).Evaluate(t.Context(), a)
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorContains(t, err, "yesterday")
}

func TestDeleteFailures(t *testing.T) {
	path := temporaryPath(t)
	db, other := mustOpen(t, path), mustOpen(t, path)
	defer db.Close()
	defer other.Close()
	space := smallSpace(t)
	archs := members(t, space, 4)
	broken := map[string]error{
		space.Key(archs[0]): errors.New("No module named 'torch'"),
		space.Key(archs[1]): errors.New("out of memory: 100%"),
		space.Key(archs[2]): fmt.Errorf("busy: %w", evaluator.ErrTemporary),
	}
	asked := 0
	e := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		asked++
		return evaluator.Result{Value: 7}, broken[space.Key(a)]
	})
	one, two := db.Evaluator(space, "one", e), db.Evaluator(space, "two", e)
	evaluate := func(from evaluator.Evaluator) (failed int) {
		for _, a := range archs {
			if _, err := from.Evaluate(t.Context(), a); err != nil {
				failed++
			}
		}
		return failed
	}
	assert.Equal(t, 3, evaluate(one))
	assert.Equal(t, 3, evaluate(two))
	assert.Equal(t, 8, asked)
	broken = nil
	assert.Equal(t, 2, evaluate(one), "stored failures are returned, temporary ones are not stored")
	assert.Equal(t, 9, asked)

	for _, deletion := range []struct {
		objective, containing string
		deleted, failed       int
	}{
		{"one", "torchvision", 0, 2},
		{"one", "torch", 1, 1},
		{"one", "%", 1, 0},
		{"one", "", 0, 0},
	} {
		n, err := other.DeleteFailures(t.Context(), space, deletion.objective, deletion.containing)
		require.NoError(t, err)
		assert.Equal(t, deletion.deleted, n, deletion.containing)
		assert.Equal(t, deletion.failed, evaluate(one), "failures that another process deleted are evaluated again")
	}
	assert.Equal(t, 11, asked, "results are kept")
	assert.Equal(t, 2, evaluate(two), "another objective's failures are kept")
	n, err := db.DeleteFailures(t.Context(), space, "two", "")
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	assert.Zero(t, evaluate(two))

	ended, end := context.WithCancel(t.Context())
	end()
	_, err = db.DeleteFailures(ended, space, "one", "")
	assert.ErrorIs(t, err, context.Canceled)
	require.NoError(t, db.Close())
	_, err = db.DeleteFailures(t.Context(), space, "one", "")
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorContains(t, err, path)
}
