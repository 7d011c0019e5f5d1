package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// writeSQL creates a file with SQL statements.
func writeSQL(t *testing.T, path string, statements ...string) {
	file, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer file.Close()
	for _, s := range statements {
		_, err := file.Exec(s)
		require.NoError(t, err)
	}
}

// fill stores n made-up evaluations.
func fill(t *testing.T, path string, n int) {
	db := mustOpen(t, path)
	defer db.Close()
	_, err := db.writes.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO evaluations (space, objective, key, arch, status, value, cost_ns, attempts, begun, ended)
		SELECT 'small', '', 'key ' || i, '{"parts": []}', 'done', 1, 0, 1, '2024-05-01T10:00:00.000Z', '' FROM n`, n)
	require.NoError(t, err)
}

func TestOpenRejectsOtherFiles(t *testing.T) {
	for name, test := range map[string]struct {
		make   func(t *testing.T, path string)
		format bool
		says   string
	}{
		"text": {func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("arch,valid\n"), 1000), 0o600))
		}, true, "not a database"},
		"some other database": {func(t *testing.T, path string) {
			writeSQL(t, path, "CREATE TABLE evaluations (id INTEGER)")
		}, true, "belongs to another program"},
		"some other application": {func(t *testing.T, path string) {
			writeSQL(t, path, "PRAGMA application_id = 17", "PRAGMA user_version = 1")
		}, true, "belongs to another program"},
		"newer": {func(t *testing.T, path string) {
			fill(t, path, 1)
			writeSQL(t, path, "PRAGMA user_version = 3")
		}, true, "version is 3, but this library reads versions up to 2"},
		"directory":    {func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o700)) }, false, "it is a directory"},
		"no directory": {func(t *testing.T, path string) { require.NoError(t, os.Remove(filepath.Dir(path))) }, false, "no such file or directory"},
		"damaged": {func(t *testing.T, path string) {
			fill(t, path, 2000)
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			copy(text[len(text)/2:], bytes.Repeat([]byte{0xa5}, 3*4096))
			require.NoError(t, os.WriteFile(path, text, 0o600))
		}, false, "damaged"},
		"cut off": {func(t *testing.T, path string) {
			fill(t, path, 2000)
			require.NoError(t, os.Truncate(path, 8*4096))
		}, false, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "search.db")
			test.make(t, path)
			before, _ := os.ReadFile(path)
			_, err := Open(path)
			require.Error(t, err)
			assert.ErrorIs(t, err, evaluator.ErrBroken)
			assert.Equal(t, test.format, errors.Is(err, ErrFormat), err)
			assert.ErrorContains(t, err, path)
			assert.ErrorContains(t, err, test.says)
			after, _ := os.ReadFile(path)
			assert.Equal(t, before, after, "the file is not changed")
		})
	}
}

// counted returns an evaluator that counts its evaluations in n. Its results take much space on disk.
func counted(n *int) evaluator.Evaluator {
	return evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		*n++
		return evaluator.Result{Value: 1, Metrics: map[string]float64{string(bytes.Repeat([]byte("m"), 2000)): 1}}, nil
	})
}

func TestFileThatCannotBeWritten(t *testing.T) {
	for name, test := range map[string]struct {
		pragma, says string
		lost         int // the maximum number of lost evaluations
	}{
		"full":      {"max_page_count = 1", "full", 1},
		"read-only": {"query_only = 1", "readonly", 0},
	} {
		t.Run(name, func(t *testing.T) {
			path := temporaryPath(t)
			db := mustOpen(t, path)
			defer db.Close()
			space := searchspace.NASBench201{}
			asked := 0
			stored := db.Evaluator(space, "", counted(&asked))
			archs := members(t, space, 200)
			_, err := stored.Evaluate(t.Context(), archs[0])
			require.NoError(t, err)
			_, err = db.writes.Exec("PRAGMA " + test.pragma)
			require.NoError(t, err)
			pool := evaluator.Pool{Evaluator: stored, Workers: 1}
			kept := 1
			for o := range pool.Run(t.Context(), slices.Values(archs[1:])) {
				if err = o.Err; err == nil {
					kept++
				}
			}
			require.ErrorIs(t, err, evaluator.ErrBroken)
			assert.ErrorContains(t, err, path)
			assert.ErrorContains(t, err, test.says)
			assert.LessOrEqual(t, asked, kept+test.lost)
			_, err = stored.Evaluate(t.Context(), archs[0])
			assert.NoError(t, err, "stored evaluations can still be read")
		})
	}
}

func TestPoolStopsAtAStoreThatIsClosed(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	space := searchspace.NASBench201{}
	asked := 0
	pool := evaluator.Pool{Evaluator: db.Evaluator(space, "", counted(&asked)), Workers: 1}
	require.NoError(t, db.Close())
	n := 0
	for o := range pool.Run(t.Context(), slices.Values(members(t, space, 5))) {
		n++
		assert.ErrorIs(t, o.Err, evaluator.ErrBroken)
	}
	assert.Equal(t, 1, n)
	assert.Zero(t, asked)
	assert.ErrorIs(t, db.WriteJSONL(t.Context(), &bytes.Buffer{}), evaluator.ErrBroken)
}

func TestCancellationIsNotAFileError(t *testing.T) {
	path := temporaryPath(t)
	db := mustOpen(t, path)
	defer db.Close()
	space := smallSpace(t)
	a := members(t, space, 1)[0]
	asked := 0

	// Another process has locked the file when the search ends.
	other := mustOpen(t, path)
	defer other.Close()
	tx, err := other.writes.Begin()
	require.NoError(t, err)
	reason := errors.New("enough")
	ctx, end := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, reason)
	defer end()
	begun := time.Now()
	_, err = db.Evaluator(space, "", counted(&asked)).Evaluate(ctx, a)
	assert.ErrorIs(t, err, reason)
	assert.NotErrorIs(t, err, evaluator.ErrBroken)
	assert.Zero(t, asked)
	assert.Less(t, time.Since(begun), patience/2)

	require.NoError(t, tx.Rollback())
	_, err = db.Evaluator(space, "", counted(&asked)).Evaluate(t.Context(), a)
	assert.NoError(t, err)
	assert.Equal(t, 1, asked)
}

func TestMalformedMetrics(t *testing.T) {
	for metrics, says := range map[string]string{
		`{"loss": `:           "unexpected end",
		`{"loss": "high"}`:    "high",
		`{"loss": [1, 2, 3]}`: "must be a number",
	} {
		path := temporaryPath(t)
		db := mustOpen(t, path)
		defer db.Close()
		space := smallSpace(t)
		a := members(t, space, 1)[0]
		asked := 0
		_, err := db.Evaluator(space, "", counted(&asked)).Evaluate(t.Context(), a)
		require.NoError(t, err)
		_, err = db.writes.Exec("UPDATE evaluations SET checksum = NULL, metrics = ?", metrics)
		require.NoError(t, err)
		_, err = db.Evaluator(space, "", counted(&asked)).Evaluate(t.Context(), a)
		assert.ErrorIs(t, err, evaluator.ErrBroken)
		for _, text := range []string{path, fmt.Sprintf("%q", space.Key(a)), says} {
			assert.ErrorContains(t, err, text)
		}
		assert.Equal(t, 1, asked)
	}
}

func TestRowDeletedDuringAnEvaluation(t *testing.T) {
	path := temporaryPath(t)
	db := mustOpen(t, path)
	defer db.Close()
	space := smallSpace(t)
	_, err := db.Evaluator(space, "", evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		_, err := db.writes.Exec("DELETE FROM evaluations")
		return evaluator.Result{}, err
	})).Evaluate(t.Context(), members(t, space, 1)[0])
	assert.ErrorIs(t, err, evaluator.ErrBroken)
	assert.ErrorContains(t, err, "was deleted")
}
