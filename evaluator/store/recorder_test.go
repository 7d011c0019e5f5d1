package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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

var _ rl.Recorder = (*Recorder)(nil)

// recorded reads a record.
func recorded(t require.TestingT, r *Recorder) []string {
	var lines []string
	for line, err := range r.Recorded(context.Background()) {
		require.NoError(t, err)
		lines = append(lines, string(line))
	}
	return lines
}

func record(t require.TestingT, r *Recorder, lines ...string) {
	for _, line := range lines {
		require.NoError(t, r.Record(context.Background(), []byte(line)))
	}
}

// modelRecorder is a Recorder with the number of the last line that it should know, or unread.
type modelRecorder struct {
	*Recorder
	last int
}

const unread = -1

// A record contains the lines of one recorder at a time, whatever several processes do and after any restarts. The expectation
// comes from a model.
func TestRecorderAgreesWithAModel(t *testing.T) {
	dir := t.TempDir()
	files := 0
	rapid.Check(t, func(rt *rapid.T) {
		files++
		path := filepath.Join(dir, fmt.Sprint(files))
		dbs := []*DB{mustOpen(rt, path), mustOpen(rt, path)}
		defer func() { require.NoError(rt, errors.Join(dbs[0].Close(), dbs[1].Close())) }()
		type modelLine struct {
			number int
			text   string
		}
		lines, numbers := map[string][]modelLine{}, 0
		recorders := map[string]*modelRecorder{}
		search := rapid.SampledFrom([]string{"", "a", "b'\"; --", "a\x00b"})
		last := func(name string) int {
			if l := lines[name]; len(l) > 0 {
				return l[len(l)-1].number
			}
			return 0
		}
		rt.Repeat(map[string]func(*rapid.T){
			"reopen": func(rt *rapid.T) {
				i := rapid.IntRange(0, 1).Draw(rt, "process")
				require.NoError(rt, dbs[i].Close())
				dbs[i] = mustOpen(rt, path)
				maps.DeleteFunc(recorders, func(key string, _ *modelRecorder) bool { return key[0] == byte('0'+i) })
			},
			"delete": func(rt *rapid.T) {
				name := search.Draw(rt, "search")
				require.NoError(rt, dbs[rapid.IntRange(0, 1).Draw(rt, "process")].DeleteSearch(rt.Context(), name))
				delete(lines, name)
			},
			"use": func(rt *rapid.T) {
				i, name := rapid.IntRange(0, 1).Draw(rt, "process"), search.Draw(rt, "search")
				key := fmt.Sprint(i, name)
				r := recorders[key]
				if r == nil {
					r = &modelRecorder{dbs[i].Recorder(name), unread}
					recorders[key] = r
				}
				if rapid.Bool().Draw(rt, "read") {
					var want []string
					for _, l := range lines[name] {
						want = append(want, l.text)
					}
					require.Equal(rt, want, recorded(rt, r.Recorder))
					r.last = last(name)
					return
				}
				line := rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Just([]byte(`{"a": "ü"}`))).Draw(rt, "line")
				err := r.Record(rt.Context(), line)
				if r.last == unread {
					r.last = last(name)
				}
				if r.last != last(name) {
					require.ErrorIs(rt, err, ErrConflict)
					return
				}
				require.NoError(rt, err)
				numbers++
				r.last = numbers
				lines[name] = append(lines[name], modelLine{numbers, string(line)})
			},
			"": func(rt *rapid.T) {
				names, err := dbs[0].Searches(rt.Context())
				require.NoError(rt, err)
				var want []string
				for name, l := range lines {
					if len(l) > 0 {
						want = append(want, name)
					}
				}
				slices.SortFunc(want, func(a, b string) int { return lines[a][0].number - lines[b][0].number })
				require.Equal(rt, want, names)
			},
		})
	})
}

// A file from before records and checksums can be read. Opening it adds checksums, and recording the first line adds the table
// records.
func TestFileWithoutRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "search.db")
	writeSQL(t, path, `CREATE TABLE evaluations (
			id INTEGER PRIMARY KEY, space TEXT NOT NULL, objective TEXT NOT NULL, key TEXT NOT NULL, arch TEXT NOT NULL,
			status TEXT NOT NULL CHECK (status IN ('begun', 'done', 'failed')), value REAL, metrics TEXT, cost_ns INTEGER,
			error TEXT, attempts INTEGER NOT NULL, begun TEXT NOT NULL, ended TEXT, UNIQUE (space, objective, key),
			CHECK ((status = 'done') = (value IS NOT NULL)), CHECK ((status = 'done') = (cost_ns IS NOT NULL)),
			CHECK (status <> 'failed' OR error IS NOT NULL), CHECK (status = 'begun' OR ended IS NOT NULL)) STRICT`,
		`INSERT INTO evaluations VALUES (1, 'small', '', 'k', '{}', 'done', 1, NULL, 0, NULL, 1, 'a', 'b')`,
		"PRAGMA application_id = 1196445267", "PRAGMA user_version = 1")
	db, other := mustOpen(t, path), mustOpen(t, path)
	defer db.Close()
	defer other.Close()

	r, late := db.Recorder("a search"), other.Recorder("another")
	assert.Empty(t, recorded(t, r))
	assert.Empty(t, recorded(t, late))
	names, err := db.Searches(t.Context())
	require.NoError(t, err)
	assert.Empty(t, names)
	require.NoError(t, db.DeleteSearch(t.Context(), "a search"))
	tables := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	assert.Equal(t, []string{"evaluations"}, column(t, db, tables))

	record(t, r, "one")
	record(t, late, "two") // finds the table that the other DB has created
	assert.Equal(t, []string{"evaluations", "records"}, column(t, db, tables))
	assert.Equal(t, []string{"2"}, column(t, db, "SELECT user_version FROM pragma_user_version"))
	assert.Equal(t, []string{"1"}, column(t, db, "SELECT value FROM evaluations"))
	assert.Equal(t, []string{"1"}, column(t, db, "SELECT count(checksum) FROM evaluations"))
	again := mustOpen(t, path)
	defer again.Close()
	assert.Equal(t, []string{"one"}, recorded(t, again.Recorder("a search")))
	assert.Equal(t, []string{"two"}, recorded(t, again.Recorder("another")))
}

func TestLongRecord(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	defer db.Close()
	r, other := db.Recorder("long"), db.Recorder("other")
	record(t, r, "1")
	record(t, other, "x")
	_, err := db.writes.Exec(`WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1234)
		INSERT INTO records (search, line, recorded) SELECT 'long', i, '' FROM n`)
	require.NoError(t, err)
	lines := recorded(t, r)
	require.Len(t, lines, 1234)
	for i, line := range lines {
		assert.Equal(t, fmt.Sprint(i+1), line)
	}
	assert.Equal(t, []string{"x"}, recorded(t, other))

	read := 0
	for _, err := range r.Recorded(t.Context()) {
		require.NoError(t, err)
		if read++; read == 3 {
			break
		}
	}
	record(t, r, "1235") // works after a loop that was left early

	read = 0
	for line, err := range r.Recorded(t.Context()) { // the loop ends although the record grows
		require.NoError(t, err)
		record(t, r, "more")
		assert.NotEqual(t, "more", string(line))
		if read++; read == 2 {
			_, err := db.writes.Exec("DELETE FROM records WHERE search = 'long' AND line = 'more'")
			require.NoError(t, err)
			break
		}
	}

	ctx, end := context.WithCancel(t.Context())
	defer end()
	for _, err = range r.Recorded(ctx) {
		end()
	}
	assert.ErrorIs(t, err, context.Canceled)
	assert.NotErrorIs(t, err, evaluator.ErrBroken)
}

func TestRecordDeletedDuringIteration(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	defer db.Close()
	r := db.Recorder("a search")
	for i := range 2 * page {
		record(t, r, fmt.Sprint(i))
	}
	n := 0
	var last error
	for _, err := range r.Recorded(t.Context()) {
		if n++; n == 1 {
			require.NoError(t, db.DeleteSearch(t.Context(), "a search"))
		}
		last = err
	}
	assert.Equal(t, page+1, n)
	assert.ErrorIs(t, last, ErrConflict)
	assert.ErrorIs(t, r.Record(t.Context(), []byte("more")), ErrConflict)
	assert.Empty(t, recorded(t, r))
	record(t, r, "anew")
}

// If several processes record the same search, exactly one of them continues.
func TestProcessesRecordingTheSameSearch(t *testing.T) {
	path := temporaryPath(t)
	const processes, each = 6, 10
	var recording sync.WaitGroup
	var ready, failed atomic.Int32
	for i := range processes {
		recording.Go(func() {
			db, err := Open(path)
			if !assert.NoError(t, err) {
				return
			}
			defer db.Close()
			r := db.Recorder("a search")
			for range r.Recorded(t.Context()) {
				t.Error("the record should be empty")
			}
			for ready.Add(1); ready.Load() < processes; time.Sleep(time.Millisecond) {
			}
			for range each {
				if err := r.Record(t.Context(), []byte(fmt.Sprint(i))); err != nil {
					failed.Add(1)
					for _, target := range []error{ErrConflict, evaluator.ErrBroken} {
						assert.ErrorIs(t, err, target)
					}
					for _, text := range []string{path, `"a search"`, "another process"} {
						assert.ErrorContains(t, err, text)
					}
					assert.ErrorIs(t, r.Record(t.Context(), nil), ErrConflict, "later calls fail too")
					return
				}
			}
		})
	}
	recording.Wait()
	assert.EqualValues(t, processes-1, failed.Load())
	db := mustOpen(t, path)
	defer db.Close()
	lines := recorded(t, db.Recorder("a search"))
	require.Len(t, lines, each)
	assert.Len(t, slices.Compact(lines), 1)
}

// recordedSearch runs an evolution that records and evaluates with the same store.
func recordedSearch(ctx context.Context, db *DB, config rl.Config, e evaluator.Evaluator) (*rl.History, error) {
	space := searchspace.NASBench201{}
	config.Seed, config.Recorder = 3, db.Recorder("a search")
	if config.Evaluations == 0 {
		config.Evaluations = 40
	}
	search, err := rl.New(space, baseline.RegularizedEvolution{Population: 10, Sample: 3}, config)
	if err != nil {
		return nil, err
	}
	return search.Run(ctx, db.Evaluator(space, "formula", e))
}

func formulaOf(a searchspace.Arch) (evaluator.Result, error) {
	return formula(searchspace.NASBench201{}.Key(a))
}

// jsonl returns the history, with stored failures replaced by the original error texts.
func jsonl(t *testing.T, h *rl.History) string {
	var text bytes.Buffer
	require.NoError(t, h.WriteJSONL(&text))
	return remembered.ReplaceAllString(text.String(), "")
}

// A second process resumes a search that is still running. The process that records first finishes the search, and the other
// stops.
func TestSearchResumedByAnotherProcess(t *testing.T) {
	for name, config := range map[string]rl.Config{
		"sequential": {}, "lag": {Workers: 3}, "arrival": {Workers: 3, Arrival: true},
	} {
		t.Run(name, func(t *testing.T) {
			path := temporaryPath(t)
			one, two := mustOpen(t, path), mustOpen(t, path)
			defer one.Close()
			defer two.Close()
			var asked atomic.Int32
			var second *rl.History
			var failed error
			takeUp := sync.OnceFunc(func() {
				second, failed = recordedSearch(t.Context(), two, config, evaluator.Func(
					func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) { return formulaOf(a) }))
			})
			finished, err := recordedSearch(t.Context(), one, config, evaluator.Func(
				func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
					if asked.Add(1) == 20 {
						takeUp()
					}
					return formulaOf(a)
				}))
			require.NotNil(t, second)
			if err != nil {
				finished, err, failed = second, failed, err
			}
			require.NoError(t, err)
			require.ErrorIs(t, failed, ErrConflict)
			assert.ErrorContains(t, failed, path)
			assert.Len(t, finished.Evaluations, 40)
			third, err := recordedSearch(t.Context(), two, config, evaluator.Func(
				func(context.Context, searchspace.Arch) (evaluator.Result, error) {
					t.Error("a finished search must not evaluate anything")
					return evaluator.Result{}, nil
				}))
			require.NoError(t, err)
			assert.Equal(t, jsonl(t, finished), jsonl(t, third))
		})
	}
}

// A recorded search that runs again has the same history, a longer one continues it, and another method returns an error.
func TestRecordedSearchRunsAgain(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	defer db.Close()
	var asked atomic.Int32
	e := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
		asked.Add(1)
		return formulaOf(a)
	})
	first, err := recordedSearch(t.Context(), db, rl.Config{Workers: 2}, e)
	require.NoError(t, err)
	assert.EqualValues(t, 40, asked.Load())
	longer, err := recordedSearch(t.Context(), db, rl.Config{Workers: 2, Evaluations: 55}, e)
	require.NoError(t, err)
	assert.EqualValues(t, 55, asked.Load())
	for i, e := range first.Evaluations {
		assert.Equal(t, e.Key, longer.Evaluations[i].Key)
	}
	_, err = recordedSearch(t.Context(), db, rl.Config{Workers: 2, Batch: 3}, e)
	assert.ErrorIs(t, err, rl.ErrOtherSearch)

	names, err := db.Searches(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"a search"}, names)
	require.NoError(t, db.DeleteSearch(t.Context(), "a search"))
	anew, err := recordedSearch(t.Context(), db, rl.Config{Workers: 2}, e)
	require.NoError(t, err)
	assert.EqualValues(t, 55, asked.Load(), "evaluations are kept")
	assert.Equal(t, jsonl(t, first), jsonl(t, anew))
}

func TestRecordingFails(t *testing.T) {
	for pragma, test := range map[string]struct{ says, undo string }{
		"max_page_count = 1": {"full", "max_page_count = 100000"},
		"query_only = 1":     {"readonly", "query_only = 0"},
	} {
		t.Run(test.says, func(t *testing.T) {
			path := temporaryPath(t)
			db := mustOpen(t, path)
			defer db.Close()
			r := db.Recorder("a search")
			line := strings.Repeat("x", 3000)
			record(t, r, line)
			_, err := db.writes.Exec("PRAGMA " + pragma)
			require.NoError(t, err)
			kept := 1
			for err == nil && kept < 100 {
				if err = r.Record(t.Context(), []byte(line)); err == nil {
					kept++
				}
			}
			for range 2 {
				require.ErrorIs(t, err, evaluator.ErrBroken)
				assert.NotErrorIs(t, err, ErrConflict)
				for _, text := range []string{path, `"a search"`, test.says} {
					assert.ErrorContains(t, err, text)
				}
				err = r.Record(t.Context(), []byte(line))
			}
			assert.ErrorIs(t, db.Recorder("new").Record(t.Context(), []byte(line)), evaluator.ErrBroken)
			assert.Len(t, recorded(t, db.Recorder("a search")), kept, "recorded lines can still be read")

			_, err = db.writes.Exec("PRAGMA " + test.undo)
			require.NoError(t, err)
			record(t, r, line)
			assert.Len(t, recorded(t, r), kept+1, "recording continues when there is space again")
		})
	}
	t.Run("no table yet", func(t *testing.T) {
		path := temporaryPath(t)
		db := mustOpen(t, path)
		defer db.Close()
		_, err := db.writes.Exec("PRAGMA query_only = 1")
		require.NoError(t, err)
		err = db.Recorder("a search").Record(t.Context(), nil)
		assert.ErrorIs(t, err, evaluator.ErrBroken)
		assert.ErrorContains(t, err, path)
	})
}

// A search ends with an error if the disk is full, and continues when there is space again.
func TestSearchWithAFullDisk(t *testing.T) {
	for name, config := range map[string]rl.Config{
		"sequential": {}, "lag": {Workers: 3}, "arrival": {Workers: 3, Arrival: true},
	} {
		t.Run(name, func(t *testing.T) {
			path := temporaryPath(t)
			db := mustOpen(t, path)
			defer db.Close()
			full := config
			full.OnResult = func(e rl.Evaluation) error {
				if e.ID != 15 {
					return nil
				}
				_, err := db.writes.Exec("PRAGMA max_page_count = 1")
				return err
			}
			var asked atomic.Int32
			e := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
				asked.Add(1)
				return formulaOf(a)
			})
			full.Evaluations = 4000
			_, err := recordedSearch(t.Context(), db, full, e)
			require.ErrorIs(t, err, evaluator.ErrBroken)
			assert.ErrorContains(t, err, path)
			assert.ErrorContains(t, err, "full")

			_, err = db.writes.Exec("PRAGMA max_page_count = 100000")
			require.NoError(t, err)
			finished := len(column(t, db, "SELECT key FROM evaluations WHERE status <> 'begun'"))
			asked.Store(0)
			more := finished + 20
			config.Evaluations = more
			h, err := recordedSearch(t.Context(), db, config, e)
			require.NoError(t, err)
			assert.Len(t, h.Evaluations, more)
			assert.EqualValues(t, 20, asked.Load(), "nothing that is stored is evaluated again")
		})
	}
}

// A search ends with an error if its evaluator breaks while other evaluations are running. No architecture is recorded as failed,
// running evaluations are recorded, and the search continues when the evaluator works again.
func TestSearchWhoseEvaluatorBreaks(t *testing.T) {
	for name, config := range map[string]rl.Config{
		"sequential": {}, "lag": {Workers: 3}, "rounds": {Workers: 3, Batch: 3, Lag: 1}, "arrival": {Workers: 3, Arrival: true},
	} {
		t.Run(name, func(t *testing.T) {
			db, whole := mustOpen(t, temporaryPath(t)), mustOpen(t, temporaryPath(t))
			defer db.Close()
			defer whole.Close()
			var asked atomic.Int32
			breaks := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
				switch n := asked.Add(1); {
				case n == 20:
					return evaluator.Result{}, fmt.Errorf("%w: its disk is gone", evaluator.ErrBroken)
				case n > 17:
					time.Sleep(20 * time.Millisecond) // still running when another evaluation breaks
				}
				return formulaOf(a)
			})
			broken := make(chan error, 1)
			go func() {
				h, err := recordedSearch(t.Context(), db, config, breaks)
				assert.Equal(t, rl.StopError, h.Stop)
				assertNoneFailed(t, h)
				assert.Len(t, h.Evaluations, int(asked.Load())-1, "running evaluations are recorded")
				broken <- err
			}()
			select {
			case err := <-broken:
				require.ErrorIs(t, err, evaluator.ErrBroken)
				assert.ErrorContains(t, err, "its disk is gone")
			case <-time.After(5 * time.Minute):
				t.Fatal("the search should have ended")
			}

			stored := len(column(t, db, "SELECT key FROM evaluations WHERE status <> 'begun'"))
			assert.EqualValues(t, asked.Load()-1, stored)
			asked.Store(0)
			works := evaluator.Func(func(_ context.Context, a searchspace.Arch) (evaluator.Result, error) {
				asked.Add(1)
				return formulaOf(a)
			})
			h, err := recordedSearch(t.Context(), db, config, works)
			require.NoError(t, err)
			assert.Len(t, h.Evaluations, 40)
			assertNoneFailed(t, h)
			assert.EqualValues(t, 40-stored, asked.Load(), "nothing that is stored is evaluated again")
			if !config.Arrival {
				same, err := recordedSearch(t.Context(), whole, config, works)
				require.NoError(t, err)
				assert.Equal(t, jsonl(t, same), jsonl(t, h), "the history equals that of an uninterrupted search")
			}
		})
	}
}

// assertNoneFailed fails if the history contains a failure for which the evaluator is at fault.
func assertNoneFailed(t *testing.T, h *rl.History) {
	for _, e := range h.Failures() {
		assert.NotContains(t, e.Err.Error(), evaluator.ErrBroken.Error())
	}
}

func TestRecorderOfAClosedStore(t *testing.T) {
	path := temporaryPath(t)
	db := mustOpen(t, path)
	r := db.Recorder("a search")
	record(t, r, "one")
	require.NoError(t, db.Close())
	errs := []error{r.Record(t.Context(), nil), db.DeleteSearch(t.Context(), "a search")}
	_, err := db.Searches(t.Context())
	errs = append(errs, err)
	for _, err := range r.Recorded(t.Context()) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 4)
	for _, err := range errs {
		assert.ErrorIs(t, err, evaluator.ErrBroken)
		assert.ErrorContains(t, err, path)
	}
}

func TestRecordingWhileTheFileIsLocked(t *testing.T) {
	path := temporaryPath(t)
	db, other := mustOpen(t, path), mustOpen(t, path)
	defer db.Close()
	defer other.Close()
	r := db.Recorder("a search")
	record(t, r, "one")
	tx, err := other.writes.Begin()
	require.NoError(t, err)
	reason := errors.New("enough")
	ctx, end := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, reason)
	defer end()
	begun := time.Now()
	for range 2 { // the second time, the context has already ended
		err = r.Record(ctx, []byte("two"))
		assert.ErrorIs(t, err, reason)
		assert.NotErrorIs(t, err, evaluator.ErrBroken)
	}
	assert.Less(t, time.Since(begun), patience/2)
	time.AfterFunc(700*time.Millisecond, func() { assert.NoError(t, tx.Rollback()) })
	record(t, r, "three") // waits for the lock
	assert.Equal(t, []string{"one", "three"}, recorded(t, r))
}
