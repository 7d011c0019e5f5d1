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
type identity struct {
	space, objective, key string
	budget                float64 // zero means the evaluator's own
}

// where selects the row of an identity. The fields of the identity are the parameters ?1 to ?4.
const where = " WHERE space = ?1 AND objective = ?2 AND key = ?3 AND budget = ?4 "

// outcome is the outcome of a finished evaluation.
type outcome struct {
	result evaluator.Result
	err    error
}

// finished holds the columns of a finished evaluation, and the path of their file.
type finished struct {
	path    string
	status  string
	value   sql.NullFloat64
	metrics sql.NullString
	cost    sql.NullInt64
	failure sql.NullString
	resume  sql.NullString
	curve   sql.NullString
	ended   sql.NullString
	sound   bool // whether the row matches its checksum or has none
}

// finishedColumns returns the columns that into scans. identity lists the columns, or the expected values, that identify the
// evaluation in its checksum.
func finishedColumns(identity string) string {
	return "status, value, metrics, cost_ns, error, resume, curve, ended, " +
		soundness("id, "+identity+", arch, status, value, metrics, cost_ns, error, resume, curve, attempts, begun, ended")
}

// into returns the destinations for scanning the columns.
func (f *finished) into() []any {
	return []any{&f.status, &f.value, &f.metrics, &f.cost, &f.failure, &f.resume, &f.curve, &f.ended, &f.sound}
}

// outcome decodes the columns.
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
	r := evaluator.Result{
		Value: f.value.Float64, Cost: time.Duration(f.cost.Int64), Failure: f.failure.String, Resume: f.resume.String,
	}
	if f.metrics.Valid {
		if err := json.Unmarshal([]byte(f.metrics.String), (*figures.Figures)(&r.Metrics)); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	if f.curve.Valid {
		if err := json.Unmarshal([]byte(f.curve.String), &r.Curve); err != nil {
			return nil, fmt.Errorf("curve: %w", err)
		}
	}
	return &outcome{result: r}, nil
}

// encodeMetrics encodes metrics as a JSON object, and nil as NULL.
func encodeMetrics(metrics map[string]float64) (sql.NullString, error) {
	if metrics == nil {
		return sql.NullString{}, nil
	}
	text, err := json.Marshal(figures.Figures(metrics))
	return sql.NullString{String: string(text), Valid: true}, err
}

// encodeCurve encodes a learning curve as JSON, and an empty one as NULL.
func encodeCurve(c evaluator.Curve) (sql.NullString, error) {
	if len(c) == 0 {
		return sql.NullString{}, nil
	}
	text, err := json.Marshal(c)
	return sql.NullString{String: string(text), Valid: true}, err
}

// timestamp is the format of times in the file. They are in UTC, and SQLite's date functions can read them.
const timestamp = "2006-01-02T15:04:05.000Z"

func now() string { return time.Now().UTC().Format(timestamp) }

// find returns a finished evaluation, or nil if there is none.
func (db *DB) find(ctx context.Context, id identity) (*outcome, error) {
	f := finished{path: db.path}
	err := patiently(ctx, func() error {
		return db.reads.QueryRowContext(ctx, "SELECT "+finishedColumns("?1, ?2, ?3, ?4")+" FROM evaluations"+where+"AND status <> 'begun'",
			id.space, id.objective, id.key, id.budget).Scan(f.into()...)
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

// begin records the start of an attempt. It returns false if the evaluation has already finished.
func (db *DB) begin(ctx context.Context, id identity, a searchspace.Arch) (bool, error) {
	arch, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	return db.write(ctx, `INSERT INTO evaluations (space, objective, key, budget, arch, status, attempts, begun)
		VALUES (?, ?, ?, ?, ?, 'begun', 1, ?)
		ON CONFLICT (space, objective, key, budget) DO UPDATE
		SET arch = excluded.arch, attempts = attempts + 1, begun = excluded.begun, ended = NULL, error = NULL
		WHERE status = 'begun'`, id.space, id.objective, id.key, id.budget, string(arch), now())
}

// note records the end of an attempt that leaves the evaluation unfinished.
func (db *DB) note(ctx context.Context, id identity, failure error) error {
	_, err := db.write(ctx, "UPDATE evaluations SET error = ?5, ended = ?6"+where+"AND status = 'begun'",
		id.space, id.objective, id.key, id.budget, failure.Error(), now())
	return err
}

// progress stores the learning curve that an attempt has reported so far.
func (db *DB) progress(ctx context.Context, id identity, c evaluator.Curve) error {
	text, err := encodeCurve(c)
	if err == nil {
		_, err = db.write(ctx, "UPDATE evaluations SET curve = ?5"+where+"AND status = 'begun'",
			id.space, id.objective, id.key, id.budget, text)
	}
	return err
}

// resumable returns the Resume of the largest budget below id.budget that has one, or "".
func (db *DB) resumable(ctx context.Context, id identity) (resume string, err error) {
	err = patiently(ctx, func() error {
		return db.reads.QueryRowContext(ctx, `SELECT resume FROM evaluations
			WHERE space = ?1 AND objective = ?2 AND key = ?3 AND budget > 0 AND (budget < ?4 OR ?4 = 0) AND status = 'done'
			AND resume IS NOT NULL AND (`+soundness(evaluationColumns)+`) ORDER BY budget DESC LIMIT 1`,
			id.space, id.objective, id.key, id.budget).Scan(&resume)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return resume, err
}

// finish stores an outcome. It returns false if another process has stored one before.
func (db *DB) finish(ctx context.Context, id identity, o outcome) (bool, error) {
	if o.err != nil {
		return db.write(ctx, "UPDATE evaluations SET status = 'failed', error = ?5, ended = ?6, checksum = "+
			checksumOf("id, space, objective, key, budget, arch, 'failed', NULL, NULL, NULL, ?5, NULL, curve, attempts, begun, ?6")+
			where+"AND status = 'begun'",
			id.space, id.objective, id.key, id.budget, o.err.Error(), now())
	}
	metrics, err := encodeMetrics(o.result.Metrics)
	if err != nil {
		return false, err
	}
	curve, err := encodeCurve(o.result.Curve)
	if err != nil {
		return false, err
	}
	return db.write(ctx, `UPDATE evaluations SET status = 'done', value = ?5, metrics = ?6, cost_ns = ?7, error = ?8, resume = ?9,
		curve = ?10, ended = ?11, checksum = `+
		checksumOf("id, space, objective, key, budget, arch, 'done', ?5, ?6, ?7, ?8, ?9, ?10, attempts, begun, ?11")+
		where+"AND status = 'begun'", id.space, id.objective, id.key, id.budget,
		o.result.Value, metrics, int64(o.result.Cost), orNull(o.result.Failure), orNull(o.result.Resume), curve, now())
}

// orNull converts an empty string to NULL.
func orNull(text string) sql.NullString { return sql.NullString{String: text, Valid: text != ""} }

// write executes a statement and reports whether it changed a row.
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
