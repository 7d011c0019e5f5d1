package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// smallSpace returns a space of four architectures.
func smallSpace(t require.TestingT) searchspace.Space {
	s, err := searchspace.New("small", []searchspace.Part{{Name: "cell", MaxNodes: 1, NodeOps: []string{"a", "b", "c", "d"}}})
	require.NoError(t, err)
	return s
}

// members returns the first n architectures of a space.
func members(t require.TestingT, space searchspace.Space, n int) []searchspace.Arch {
	var archs []searchspace.Arch
	for a, err := range searchspace.Enumerate(space.Start()) {
		if len(archs) == n {
			break
		}
		require.NoError(t, err)
		archs = append(archs, a)
	}
	return archs
}

func mustOpen(t require.TestingT, path string) *DB {
	db, err := Open(path)
	require.NoError(t, err)
	return db
}

// temporaryPath returns the path of a file that does not exist yet. Its name contains characters that are special in a URL.
func temporaryPath(t testing.TB) string { return filepath.Join(t.TempDir(), "one ?two#50%.db") }

// column returns the rows of a query with one column.
func column(t require.TestingT, db *DB, query string) []string {
	rows, err := db.reads.Query(query)
	require.NoError(t, err)
	defer rows.Close()
	var found []string
	for rows.Next() {
		var v any
		require.NoError(t, rows.Scan(&v))
		found = append(found, fmt.Sprint(v))
	}
	require.NoError(t, rows.Err())
	return found
}

// step is one evaluation, and what the evaluator does if it is called.
type step struct {
	arch      int
	objective string
	does      string
	result    evaluator.Result
	reopen    bool // reopen the store before
	other     bool // evaluate in a second process
}

var drawStep = rapid.Custom(func(t *rapid.T) step {
	figure := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}))
	return step{
		arch:      rapid.IntRange(0, 3).Draw(t, "arch"),
		objective: rapid.SampledFrom([]string{"", "12 epochs"}).Draw(t, "objective"),
		does: rapid.SampledFrom([]string{"good", "good", "good", "late", "fail", "fail", "panic", "NaN", "temporary", "broken", "cut", "cut late"}).
			Draw(t, "does"),
		result: evaluator.Result{
			Value:   rapid.Float64().Draw(t, "value"),
			Metrics: rapid.OneOf(rapid.Just(map[string]float64(nil)), rapid.MapOf(rapid.String(), figure)).Draw(t, "metrics"),
			Cost:    time.Duration(rapid.Int64().Draw(t, "cost")),
			Failure: rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a\x00b", "\xff"})).Draw(t, "failure"),
		},
		reopen: rapid.Bool().Draw(t, "reopen"),
		other:  rapid.Bool().Draw(t, "other"),
	}
})

// take evaluates as the step prescribes. It calls end to end the search's context.
func (s step) take(ctx context.Context, end func()) (evaluator.Result, error) {
	switch s.does {
	case "late": // succeeds although the search has ended
		end()
	case "fail":
		return evaluator.Result{}, errors.New("out of memory: " + s.result.Failure)
	case "panic":
		panic("index out of range")
	case "NaN":
		return evaluator.Result{Value: math.NaN()}, nil
	case "temporary":
		return evaluator.Result{}, fmt.Errorf("no worker: %w", evaluator.ErrTemporary)
	case "broken":
		return evaluator.Result{}, fmt.Errorf("no GPU: %w", evaluator.ErrBroken)
	case "cut":
		end()
		return evaluator.Result{}, errors.New("signal: killed")
	case "cut late":
		return evaluator.Result{}, context.DeadlineExceeded
	}
	return s.result, nil
}

// In every process and after any restarts, the store returns finished evaluations unchanged and evaluates unfinished ones again.
// The expectation comes from a map.
func TestStoreAgreesWithAMap(t *testing.T) {
	space := smallSpace(t)
	archs := members(t, space, 4)
	dir := t.TempDir()
	files := 0
	rapid.Check(t, func(rt *rapid.T) {
		files++
		path := filepath.Join(dir, fmt.Sprint(files))
		one, two := mustOpen(rt, path), mustOpen(rt, path)
		defer func() { require.NoError(rt, errors.Join(one.Close(), two.Close())) }()
		finished := map[string]outcome{}
		begun := 0
		for _, s := range rapid.SliceOfN(drawStep, 1, 12).Draw(rt, "steps") {
			if s.reopen {
				require.NoError(rt, one.Close())
				one = mustOpen(rt, path)
			}
			db := one
			if s.other {
				db = two
			}
			ctx, end := context.WithCancel(context.Background())
			asked := false
			r, err := db.Evaluator(space, s.objective, evaluator.Func(
				func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
					asked = true
					begun++
					return s.take(ctx, end)
				})).Evaluate(ctx, archs[s.arch])
			end()

			key := fmt.Sprint(s.arch, s.objective)
			want, known := finished[key]
			require.Equal(rt, !known, asked)
			switch {
			case known && want.err != nil:
				requireRemembered(rt, want.err.Error(), path, err)
			case known:
				requireSame(rt, want.result, r)
				require.NoError(rt, err)
			case s.does == "good" || s.does == "late" || s.does == "fail" || s.does == "panic" || s.does == "NaN":
				finished[key] = outcome{r, err}
			default:
				require.Error(rt, err)
				require.False(rt, evaluator.Permanent(ctx, err))
			}
		}
		require.Equal(rt, []string{fmt.Sprint(begun)}, column(rt, one, "SELECT sum(attempts) FROM evaluations"))
		require.Equal(rt, []string{fmt.Sprint(len(finished))}, column(rt, one, "SELECT count(*) FROM evaluations WHERE status <> 'begun'"))
	})
}

// requireRemembered requires a failure with the given message that was read from the store.
func requireRemembered(t require.TestingT, message, path string, err error) {
	require.ErrorIs(t, err, ErrFailed)
	var failed *FailedError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, message, failed.Message)
	require.Equal(t, path, failed.File)
	require.WithinDuration(t, time.Now(), failed.Time, time.Minute)
}

// remembered matches the prefix that a stored failure adds to the original error text.
var remembered = regexp.MustCompile(`failed on \d{4}-\d\d-\d\d \d\d:\d\d UTC \(stored in .*? and not evaluated again; see store.DB.DeleteFailures\): `)

// requireSame compares results in which metrics may be NaN.
func requireSame(t require.TestingT, want, got evaluator.Result) {
	for _, r := range []*evaluator.Result{&want, &got} {
		for name, v := range r.Metrics {
			if math.IsNaN(v) {
				r.Metrics[name] = 1234.5
			}
		}
	}
	require.Equal(t, want, got)
}

func TestFirstOutcomeOfTwoProcessesIsKept(t *testing.T) {
	path := temporaryPath(t)
	space := smallSpace(t)
	a := members(t, space, 1)[0]
	answers := [2]chan float64{make(chan float64), make(chan float64)}
	got := make(chan float64)
	var begun, done sync.WaitGroup
	begun.Add(2)
	for _, answer := range answers {
		db := mustOpen(t, path)
		defer db.Close()
		done.Go(func() {
			r, err := db.Evaluator(space, "", evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
				begun.Done()
				return evaluator.Result{Value: <-answer}, nil
			})).Evaluate(t.Context(), a)
			assert.NoError(t, err)
			got <- r.Value
		})
	}
	begun.Wait() // both have started
	answers[1] <- 1
	assert.Equal(t, 1.0, <-got)
	answers[0] <- 0
	assert.Equal(t, 1.0, <-got, "the later process's own value is discarded")
	done.Wait()
	db := mustOpen(t, path)
	defer db.Close()
	assert.Equal(t, []string{"1"}, column(t, db, "SELECT value FROM evaluations"))
	assert.Equal(t, []string{"2"}, column(t, db, "SELECT attempts FROM evaluations"))
}

func TestConcurrentCallsShareOneEvaluation(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	defer db.Close()
	space := smallSpace(t)
	archs := members(t, space, 4)
	var asked atomic.Int32
	stored := db.Evaluator(space, "", evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
		asked.Add(1)
		return evaluator.Result{Value: 1}, nil
	}))
	var callers sync.WaitGroup
	for i := range 40 {
		callers.Go(func() {
			_, err := stored.Evaluate(t.Context(), archs[i%4])
			assert.NoError(t, err)
		})
	}
	callers.Wait()
	assert.EqualValues(t, 4, asked.Load())
}

func TestConcurrentOpensOfANewFile(t *testing.T) {
	for range 5 {
		path := temporaryPath(t)
		space := smallSpace(t)
		a := members(t, space, 1)[0]
		var opening sync.WaitGroup
		for range 8 {
			opening.Go(func() {
				db, err := Open(path)
				if !assert.NoError(t, err) {
					return
				}
				_, err = db.Evaluator(space, "", evaluator.Func(func(context.Context, searchspace.Arch) (evaluator.Result, error) {
					return evaluator.Result{Value: 1}, nil
				})).Evaluate(t.Context(), a)
				assert.NoError(t, err)
				assert.NoError(t, db.Close())
			})
		}
		opening.Wait()
		_, err := os.Stat(path)
		assert.NoError(t, err, "the file has the given name")
	}
}

func TestWritesAreSynced(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	defer db.Close()
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "application_id": "1196445267", "user_version": "2"} {
		var got string
		require.NoError(t, db.writes.QueryRow("PRAGMA "+pragma).Scan(&got))
		assert.Equal(t, want, got, pragma)
	}
}

// The queries of the package documentation run, and the export contains every row.
func TestDocumentedQueriesAndExport(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	defer db.Close()
	record(t, db.Recorder("one"), "{}", "{}")
	record(t, db.Recorder("another"), "{}")
	space := smallSpace(t)
	archs := members(t, space, 4)
	for i, s := range []step{
		{does: "good", result: evaluator.Result{Value: 2, Cost: 3 * time.Hour, Metrics: map[string]float64{"loss": math.NaN(), "params": 1.5}}},
		{does: "fail"},
		{does: "temporary"},
		{does: "good", result: evaluator.Result{Value: 7, Cost: time.Hour, Failure: "<diverged>"}},
	} {
		_, _ = db.Evaluator(space, "12 epochs", evaluator.Func(func(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
			return s.take(ctx, nil)
		})).Evaluate(t.Context(), archs[i])
	}
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	var queries []string
	for line := range strings.Lines(string(doc)) {
		if query, ok := strings.CutPrefix(line, "//\tSELECT "); ok {
			queries = append(queries, "SELECT "+query)
		}
	}
	require.Len(t, queries, 5)
	for i, rows := range []int{2, 1, 1, 0, 2} {
		var n int
		require.NoError(t, db.reads.QueryRow("SELECT count(*) FROM ("+strings.TrimSuffix(strings.TrimSpace(queries[i]), ";")+")").Scan(&n), queries[i])
		assert.Equal(t, rows, n, queries[i])
	}
	assert.Equal(t, []string{"4"}, column(t, db, "SELECT sum(cost_ns) / 3.6e12 FROM evaluations"))

	var text strings.Builder
	require.NoError(t, db.WriteJSONL(t.Context(), &text))
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	require.Len(t, lines, 4)
	for i, want := range []string{
		`"status":"done","value":2,"metrics":{"loss":"NaN","params":1.5},"cost_seconds":10800,"attempts":1`,
		`"status":"failed","error":"out of memory: ","attempts":1`,
		`"status":"begun","error":"no worker: temporary failure","attempts":1`,
		`"status":"done","value":7,"cost_seconds":3600,"error":"<diverged>","attempts":1`,
	} {
		assert.Contains(t, lines[i], want)
		var l struct {
			Space, Objective, Key string
			Arch                  searchspace.Arch
			Begun, Ended          time.Time
		}
		require.NoError(t, json.Unmarshal([]byte(lines[i]), &l))
		assert.Equal(t, []string{"small", "12 epochs", space.Key(archs[i])}, []string{l.Space, l.Objective, l.Key})
		assert.True(t, archs[i].Equal(l.Arch))
		assert.False(t, l.Ended.Before(l.Begun))
		assert.WithinDuration(t, time.Now(), l.Begun, time.Minute)
	}
}

func TestLongExport(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	defer db.Close()
	_, err := db.writes.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234)
		INSERT INTO evaluations (space, objective, key, arch, status, attempts, begun)
		SELECT 'small', '', i, '{"parts": []}', 'begun', 1, '2024-05-01T10:00:00.000Z' FROM n`)
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, db.WriteJSONL(t.Context(), &text))
	assert.Equal(t, 1234, strings.Count(text.String(), "\n"))

	ended, end := context.WithCancel(t.Context())
	end()
	assert.ErrorIs(t, db.WriteJSONL(ended, &text), context.Canceled)
	assert.NotErrorIs(t, db.WriteJSONL(ended, &text), evaluator.ErrBroken)
}
