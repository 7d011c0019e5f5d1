package store

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// trainer trains one second per epoch and can resume. It fails after the epoch given.
type trainer struct {
	calls int
	fails float64
}

func (e *trainer) Unit() string { return "epochs" }
func (e *trainer) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return e.EvaluateAt(ctx, a, evaluator.Budget{})
}

var errCut = errors.New("the power is cut")

func (e *trainer) EvaluateAt(ctx context.Context, _ searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	e.calls++
	if b.Amount == 0 {
		b.Amount = 36
	}
	from, _ := strconv.ParseFloat(b.Resume, 64)
	for epoch := from + 1; epoch <= b.Amount; epoch++ {
		value := epoch / 2
		evaluator.Report(ctx, evaluator.Progress{Fraction: epoch / b.Amount, Epoch: epoch, Value: &value})
		if epoch == e.fails {
			return evaluator.Result{}, errors.Join(errCut, evaluator.ErrTemporary)
		}
	}
	return evaluator.Result{Value: b.Amount, Cost: time.Duration(b.Amount-from) * time.Second, Resume: strconv.FormatFloat(b.Amount, 'g', -1, 64)}, nil
}

func TestEachBudgetHasARow(t *testing.T) {
	path := temporaryPath(t)
	db := mustOpen(t, path)
	space := searchspace.NASBench201{}
	a := members(t, space, 1)[0]
	e := &trainer{}
	stored := db.Evaluator(space, "", e)
	short, err := evaluator.TryAt(t.Context(), stored, a, evaluator.Budget{Amount: 2})
	require.NoError(t, err)
	require.NoError(t, db.Close())

	db = mustOpen(t, path)
	defer db.Close()
	stored = db.Evaluator(space, "", e)
	again, err := evaluator.TryAt(t.Context(), stored, a, evaluator.Budget{Amount: 2})
	require.NoError(t, err)
	assert.Equal(t, short, again)
	assert.Equal(t, evaluator.Curve{{Epoch: 1, Value: 0.5}, {Epoch: 2, Value: 1}}, again.Curve)
	assert.Equal(t, 1, e.calls)

	e.fails = 4
	_, err = evaluator.TryAt(t.Context(), stored, a, evaluator.Budget{Amount: 6})
	require.ErrorIs(t, err, errCut)
	assert.Equal(t, []string{`[{"epoch":3,"value":1.5},{"epoch":4,"value":2}]`},
		column(t, db, "SELECT curve FROM evaluations WHERE status = 'begun'"), "the curve of an unfinished evaluation is kept")
	e.fails = 0
	long, err := evaluator.TryAt(t.Context(), stored, a, evaluator.Budget{Amount: 6})
	require.NoError(t, err)
	assert.Equal(t, 4*time.Second, long.Cost, "resumed from the smaller budget although the caller passed no Resume")
	whole, err := stored.Evaluate(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, 36.0, whole.Value)

	var budgets []float64
	for o, err := range db.Evaluations(t.Context(), space, "") {
		require.NoError(t, err)
		budgets = append(budgets, o.Budget)
	}
	assert.Equal(t, []float64{2, 6, 0}, budgets)
}

// An evaluator may report from several goroutines. The curve in the file ends with the last report.
func TestReportsInParallel(t *testing.T) {
	db := mustOpen(t, temporaryPath(t))
	defer db.Close()
	space := searchspace.NASBench201{}
	const reports = 50
	_, err := db.Evaluator(space, "", evaluator.Func(func(ctx context.Context, _ searchspace.Arch) (evaluator.Result, error) {
		var all sync.WaitGroup
		for i := range reports {
			all.Go(func() {
				value := 0.5
				evaluator.Report(ctx, evaluator.Progress{Epoch: float64(1 + i), Value: &value})
			})
		}
		all.Wait()
		return evaluator.Result{}, evaluator.ErrTemporary
	})).Evaluate(t.Context(), members(t, space, 1)[0])
	require.ErrorIs(t, err, evaluator.ErrTemporary)
	var curve evaluator.Curve
	require.NoError(t, json.Unmarshal([]byte(column(t, db, "SELECT curve FROM evaluations")[0]), &curve))
	assert.EqualValues(t, reports, curve[len(curve)-1].Epoch)
}

// Opening a file of version 1, which has no budgets, upgrades it. Rows keep their ids, and damaged rows are still detected.
func TestFilesOfVersion1(t *testing.T) {
	path := filepath.Join(t.TempDir(), "earlier.db")
	writeSQL(t, path, `CREATE TABLE evaluations (
		id INTEGER PRIMARY KEY, space TEXT NOT NULL, objective TEXT NOT NULL, key TEXT NOT NULL, arch TEXT NOT NULL, status TEXT NOT NULL,
		value REAL, metrics TEXT, cost_ns INTEGER, error TEXT, attempts INTEGER NOT NULL, begun TEXT NOT NULL, ended TEXT, checksum INTEGER,
		UNIQUE (space, objective, key)) STRICT`,
		`INSERT INTO evaluations VALUES (3, 's', '', 'k', '{}', 'done', 1.5, NULL, 7, NULL, 1, 'a', 'b', NULL)`,
		`INSERT INTO evaluations VALUES (5, 's', '', 'l', '{}', 'done', 2.5, NULL, 7, NULL, 1, 'a', 'b', 12345)`,
		`INSERT INTO evaluations VALUES (9, 's', '', 'm', '{}', 'begun', NULL, NULL, NULL, NULL, 2, 'a', NULL, NULL)`,
		"PRAGMA application_id = 1196445267", "PRAGMA user_version = 1")
	for range 2 {
		db := mustOpen(t, path)
		assert.Equal(t, []string{"2"}, column(t, db, "SELECT user_version FROM pragma_user_version"))
		assert.Equal(t, []string{"3 0.0", "5 0.0", "9 0.0"}, column(t, db, "SELECT id || ' ' || budget FROM evaluations ORDER BY id"))
		known, err := db.find(t.Context(), identity{space: "s", key: "k"})
		require.NoError(t, err)
		assert.Equal(t, 1.5, known.result.Value)
		_, err = db.find(t.Context(), identity{space: "s", key: "l"})
		assert.ErrorIs(t, err, errChecksum)
		require.NoError(t, db.Close())
	}
}
