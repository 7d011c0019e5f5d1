package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrFailed is wrapped by the error of an evaluation whose failure is read from the store.
var ErrFailed = errors.New("the evaluation has failed before")

// storedError is a failure that is read from the store. It reads as it did when it was stored.
type storedError string

func (e storedError) Error() string { return string(e) }

func (e storedError) Unwrap() error { return ErrFailed }

// identity is what makes two evaluations the same.
type identity struct{ space, objective, key string }

// outcome is a finished evaluation.
type outcome struct {
	result evaluator.Result
	err    error
}

// timestamp is how the store writes times: UTC, in a form that SQLite's date functions read.
const timestamp = "2006-01-02T15:04:05.000Z"

func now() string { return time.Now().UTC().Format(timestamp) }

// find returns a finished evaluation, nil where there is none.
func (db *DB) find(ctx context.Context, id identity) (*outcome, error) {
	var status string
	var value sql.NullFloat64
	var metrics, failure sql.NullString
	var cost sql.NullInt64
	err := patiently(ctx, func() error {
		return db.reads.QueryRowContext(ctx, `SELECT status, value, metrics, cost_ns, error FROM evaluations
			WHERE space = ? AND objective = ? AND key = ? AND status <> 'begun'`,
			id.space, id.objective, id.key).Scan(&status, &value, &metrics, &cost, &failure)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if status == "failed" {
		return &outcome{err: storedError(failure.String)}, nil
	}
	r := evaluator.Result{Value: value.Float64, Cost: time.Duration(cost.Int64), Failure: failure.String}
	if metrics.Valid {
		if r.Metrics, err = decodeMetrics(metrics.String); err != nil {
			return nil, fmt.Errorf("key %q: %w", id.key, err)
		}
	}
	return &outcome{result: r}, nil
}

// begin notes that an attempt begins. It is false where the evaluation is finished already.
func (db *DB) begin(ctx context.Context, id identity, a searchspace.Arch) (bool, error) {
	arch, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	return db.write(ctx, `INSERT INTO evaluations (space, objective, key, arch, status, attempts, begun)
		VALUES (?, ?, ?, ?, 'begun', 1, ?)
		ON CONFLICT (space, objective, key) DO UPDATE
		SET arch = excluded.arch, attempts = attempts + 1, begun = excluded.begun, ended = NULL, error = NULL
		WHERE status = 'begun'`, id.space, id.objective, id.key, string(arch), now())
}

// note keeps how an attempt ended that leaves the evaluation unfinished.
func (db *DB) note(ctx context.Context, id identity, failure error) error {
	_, err := db.write(ctx, `UPDATE evaluations SET error = ?, ended = ?
		WHERE space = ? AND objective = ? AND key = ? AND status = 'begun'`,
		failure.Error(), now(), id.space, id.objective, id.key)
	return err
}

// finish stores an outcome. It is false where another process was first.
func (db *DB) finish(ctx context.Context, id identity, o outcome) (bool, error) {
	if o.err != nil {
		return db.write(ctx, `UPDATE evaluations SET status = 'failed', error = ?, ended = ?
			WHERE space = ? AND objective = ? AND key = ? AND status = 'begun'`,
			o.err.Error(), now(), id.space, id.objective, id.key)
	}
	metrics, err := encodeMetrics(o.result.Metrics)
	if err != nil {
		return false, err
	}
	failure := sql.NullString{String: o.result.Failure, Valid: o.result.Failure != ""}
	return db.write(ctx, `UPDATE evaluations SET status = 'done', value = ?, metrics = ?, cost_ns = ?, error = ?, ended = ?
		WHERE space = ? AND objective = ? AND key = ? AND status = 'begun'`,
		o.result.Value, metrics, int64(o.result.Cost), failure, now(), id.space, id.objective, id.key)
}

// write changes a row, and tells whether there was one to change.
func (db *DB) write(ctx context.Context, statement string, args ...any) (changed bool, err error) {
	err = patiently(ctx, func() error {
		done, err := db.writes.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		changed = n > 0
		return err
	})
	return changed, err
}
