package store

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// valued returns an evaluator that gives each architecture its own value, with metrics.
func valued(space searchspace.Space) evaluator.Func {
	return func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		v := float64(crc32.ChecksumIEEE([]byte(space.Key(a)))) / 1000
		return evaluator.Result{Value: v, Metrics: map[string]float64{"loss": 1 / v}, Cost: 1e9}, nil
	}
}

var errMissing = errors.New("the store does not have it")

// missing is the evaluator behind a store that should already contain everything.
func missing(context.Context, searchspace.Arch) (evaluator.Result, error) {
	return evaluator.Result{}, fmt.Errorf("%w: %w", evaluator.ErrTemporary, errMissing)
}

// A flipped bit causes an error or has no effect. It never changes a value.
func TestFlippedBitsNeverChangeAValue(t *testing.T) {
	space := searchspace.NASBench201{}
	archs := members(t, space, 20)
	path := filepath.Join(t.TempDir(), "search.db")
	db := mustOpen(t, path)
	stored := db.Evaluator(space, "", valued(space))
	want := map[string]evaluator.Result{}
	for _, a := range archs {
		r, err := stored.Evaluate(t.Context(), a)
		require.NoError(t, err)
		want[space.Key(a)] = r
	}
	r := db.Recorder("a search")
	for i := range 20 {
		record(t, r, fmt.Sprint("line ", i))
	}
	require.NoError(t, db.Close())
	sound, err := os.ReadFile(path)
	require.NoError(t, err)

	flips := 300
	if race.Enabled {
		flips = 30
	}
	rng := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range flips {
		at := rng.IntN(8 * len(sound))
		for sound[at/8] == 0 { // most of the file is empty
			at = rng.IntN(8 * len(sound))
		}
		if checkFlipped(t, sound, at, want, archs) {
			found++
		}
	}
	assert.Greater(t, found, flips/4)
}

// checkFlipped flips a bit of a store, checks that no value changes, and reports whether there was an error.
func checkFlipped(t *testing.T, sound []byte, at int, want map[string]evaluator.Result, archs []searchspace.Arch) (failed bool) {
	t.Helper()
	space := searchspace.NASBench201{}
	path := filepath.Join(t.TempDir(), "search.db")
	flipped := append([]byte(nil), sound...)
	flipped[at/8] ^= 1 << (at % 8)
	require.NoError(t, os.WriteFile(path, flipped, 0o600))
	db, err := Open(path)
	if err != nil {
		return true
	}
	defer db.Close()
	for _, a := range archs {
		r, err := db.Evaluator(space, "", evaluator.Func(missing)).Evaluate(t.Context(), a)
		if failed = failed || err != nil; err == nil {
			requireSame(t, want[space.Key(a)], r)
		}
	}
	for o, err := range db.Evaluations(t.Context(), space, "") {
		if failed = failed || err != nil; err == nil {
			requireSame(t, want[space.Key(o.Arch)], o.Result)
		}
	}
	for line, err := range db.Recorder("a search").Recorded(t.Context()) {
		if failed = failed || err != nil; err == nil {
			require.Regexp(t, `^line 1?[0-9]$`, string(line))
		}
	}
	return failed
}

func TestEditedRowsAreDetected(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	defer db.Close()
	space := smallSpace(t)
	a := members(t, space, 1)[0]
	stored := db.Evaluator(space, "", valued(space))
	_, err := stored.Evaluate(t.Context(), a)
	require.NoError(t, err)
	for _, change := range []string{"value = value + 1", "metrics = NULL", "cost_ns = 2", "status = 'failed', value = NULL, cost_ns = NULL, error = ''",
		"ended = ''", "begun = ''", "attempts = 2", "arch = '{}'", "id = 7"} {
		tx, err := db.writes.Begin()
		require.NoError(t, err)
		_, err = tx.Exec("UPDATE evaluations SET " + change)
		require.NoError(t, err)
		require.NoError(t, tx.Commit())
		_, err = stored.Evaluate(t.Context(), a)
		assert.ErrorIs(t, err, errChecksum, change)
		assert.ErrorIs(t, err, evaluator.ErrBroken)
		assert.ErrorIs(t, db.WriteJSONL(t.Context(), discard{}), errChecksum)
		for _, err := range db.Evaluations(t.Context(), space, "") {
			assert.ErrorIs(t, err, errChecksum)
		}
	}
	record(t, db.Recorder("s"), "\x00{}")
	_, err = db.writes.Exec("UPDATE records SET line = char(0) || '[]'")
	require.NoError(t, err)
	for _, err := range db.Recorder("s").Recorded(t.Context()) {
		assert.ErrorIs(t, err, errChecksum)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// If the file of an open store is deleted or replaced, all later writes fail.
func TestFileThatIsDeletedOrReplaced(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"deleted": func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) },
		"replaced": func(t *testing.T, path string) {
			other := mustOpen(t, path+"2")
			require.NoError(t, other.Close())
			require.NoError(t, os.Rename(path+"2", path))
		},
		"moved":       func(t *testing.T, path string) { require.NoError(t, os.Rename(path, path+"2")) },
		"without log": func(t *testing.T, path string) { require.NoError(t, os.Remove(path+"-wal")) },
	} {
		t.Run(name, func(t *testing.T) {
			path := temporaryPath(t)
			db := mustOpen(t, path)
			defer db.Close()
			space := smallSpace(t)
			archs := members(t, space, 3)
			_, err := db.Evaluator(space, "", valued(space)).Evaluate(t.Context(), archs[0])
			require.NoError(t, err)
			_, err = db.Evaluator(space, "", evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
				spoil(t, path)
				return valued(space)(ctx, a)
			})).Evaluate(t.Context(), archs[1])
			assert.ErrorIs(t, err, errGone)
			assert.ErrorIs(t, err, evaluator.ErrBroken)
			assert.ErrorContains(t, err, path)
			_, err = db.Evaluator(space, "", evaluator.Func(missing)).Evaluate(t.Context(), archs[2])
			assert.ErrorIs(t, err, errGone)
			assert.NotErrorIs(t, err, errMissing, "the error is detected before the evaluation")
			assert.ErrorIs(t, db.Recorder("a search").Record(t.Context(), []byte("{}")), errGone)
			_, err = db.DeleteFailures(t.Context(), space, "", "")
			assert.ErrorIs(t, err, errGone)
		})
	}
}

// A store works through symbolic links to its file or directory, and a merge detects that both paths lead to the same file.
func TestSymbolicLinks(t *testing.T) {
	for linked, links := range map[string]map[string]string{
		"file.db":            {"file.db": "real/store.db"},
		"chain.db":           {"chain.db": "between.db", "between.db": "real/store.db"},
		"directory/store.db": {"directory": "real"},
	} {
		t.Run(linked, func(t *testing.T) {
			directory := t.TempDir()
			path := filepath.Join(directory, "real", "store.db")
			require.NoError(t, os.Mkdir(filepath.Dir(path), 0o777))
			for link, target := range links {
				require.NoError(t, os.Symlink(target, filepath.Join(directory, link)))
			}
			db := mustOpen(t, filepath.Join(directory, linked))
			defer db.Close()
			space := smallSpace(t)
			archs := members(t, space, 2)
			want, err := db.Evaluator(space, "", valued(space)).Evaluate(t.Context(), archs[0])
			require.NoError(t, err)

			same := mustOpen(t, path)
			defer same.Close()
			got, err := same.Evaluator(space, "", evaluator.Func(missing)).Evaluate(t.Context(), archs[0])
			require.NoError(t, err)
			assert.Equal(t, want, got)
			_, err = db.Merge(t.Context(), same)
			require.ErrorContains(t, err, "into itself")

			require.NoError(t, os.Rename(path, path+"2"))
			_, err = db.Evaluator(space, "", valued(space)).Evaluate(t.Context(), archs[1])
			require.ErrorIs(t, err, errGone)
		})
	}
}
