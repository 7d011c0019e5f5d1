package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/figures"
	"github.com/graphpnas/graphpnas/searchspace"
)

// identity identifies an evaluation.
type identity struct{ space, objective, key string }

// outcome is a finished evaluation.
type outcome struct {
	result evaluator.Result
	err    error
}

// finished holds the columns that describe a finished evaluation, and the file that they are from.
type finished struct {
	path    string
	status  string
	value   sql.NullFloat64
	metrics sql.NullString
	cost    sql.NullInt64
	failure sql.NullString
	ended   sql.NullString
	sound   bool // the row matches its checksum
}

// finishedColumns are the columns that into scans; identity are those that identify the evaluation, or what they must be.
func finishedColumns(identity string) string {
	return "status, value, metrics, cost_ns, error, ended, " +
		soundness("id, "+identity+", arch, status, value, metrics, cost_ns, error, attempts, begun, ended")
}

// into returns where to scan the columns to.
func (f *finished) into() []any {
	return []any{&f.status, &f.value, &f.metrics, &f.cost, &f.failure, &f.ended, &f.sound}
}

// outcome returns the evaluation that the columns describe.
func (f *finished) outcome() (*outcome, error) {
	if !f.sound {
		return nil, errChecksum
	}
	if f.status == "failed" {
		ended, err := time.Parse(timestamp, f.ended.String)
		if err != nil {
			return nil, fmt.Errorf("ended: %w", err)
		}
		return &outcome{err: &FailedError{File: f.path, Time: ended, Message: f.failure.String}}, nil
	}
	r := evaluator.Result{Value: f.value.Float64, Cost: time.Duration(f.cost.Int64), Failure: f.failure.String}
	if f.metrics.Valid {
		if err := json.Unmarshal([]byte(f.metrics.String), (*figures.Figures)(&r.Metrics)); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	return &outcome{result: r}, nil
}

// encodeMetrics writes metrics as a JSON object, and nil as NULL.
func encodeMetrics(metrics map[string]float64) (sql.NullString, error) {
	if metrics == nil {
		return sql.NullString{}, nil
	}
	text, err := json.Marshal(figures.Figures(metrics))
	return sql.NullString{String: string(text), Valid: true}, err
}

// timestamp is the format of times in the file: UTC, readable by SQLite's date functions.
const timestamp = "2006-01-02T15:04:05.000Z"

func now() string { return time.Now().UTC().Format(timestamp) }

// find returns a finished evaluation, or nil if there is none.
func (db *DB) find(ctx context.Context, id identity) (*outcome, error) {
	f := finished{path: db.path}
	err := patiently(ctx, func() error {
		return db.reads.QueryRowContext(ctx, "SELECT "+finishedColumns("?1, ?2, ?3")+` FROM evaluations
			WHERE space = ?1 AND objective = ?2 AND key = ?3 AND status <> 'begun'`,
			id.space, id.objective, id.key).Scan(f.into()...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	o, err := f.outcome()
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", id.key, err)
	}
	return o, nil
}

// begin notes that an attempt begins. It returns false if the evaluation is already finished.
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

// note stores how an attempt ended that leaves the evaluation unfinished.
func (db *DB) note(ctx context.Context, id identity, failure error) error {
	_, err := db.write(ctx, `UPDATE evaluations SET error = ?, ended = ?
		WHERE space = ? AND objective = ? AND key = ? AND status = 'begun'`,
		failure.Error(), now(), id.space, id.objective, id.key)
	return err
}

// finish stores an outcome. It returns false if another process was first.
func (db *DB) finish(ctx context.Context, id identity, o outcome) (bool, error) {
	if o.err != nil {
		return db.write(ctx, `UPDATE evaluations SET status = 'failed', error = ?1, ended = ?2, checksum = `+
			checksumOf("id, space, objective, key, arch, 'failed', NULL, NULL, NULL, ?1, attempts, begun, ?2")+
			` WHERE space = ?3 AND objective = ?4 AND key = ?5 AND status = 'begun'`,
			o.err.Error(), now(), id.space, id.objective, id.key)
	}
	metrics, err := encodeMetrics(o.result.Metrics)
	if err != nil {
		return false, err
	}
	failure := sql.NullString{String: o.result.Failure, Valid: o.result.Failure != ""}
	return db.write(ctx, `UPDATE evaluations SET status = 'done', value = ?1, metrics = ?2, cost_ns = ?3, error = ?4, ended = ?5, checksum = `+
		checksumOf("id, space, objective, key, arch, 'done', ?1, ?2, ?3, ?4, attempts, begun, ?5")+
		` WHERE space = ?6 AND objective = ?7 AND key = ?8 AND status = 'begun'`,
		o.result.Value, metrics, int64(o.result.Cost), failure, now(), id.space, id.objective, id.key)
}

// write changes a row and reports whether there was one to change.
func (db *DB) write(ctx context.Context, statement string, args ...any) (changed bool, err error) {
	err = db.commit(ctx, func() error {
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
