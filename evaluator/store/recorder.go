package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"sync"
)

// ErrConflict is wrapped by the error of a Recorder if its record has changed since the Recorder last read or extended it:
// another process records the same search, or the record was deleted.
var ErrConflict = errors.New("another process records this search, or its record was deleted")

// records creates the table of recorded lines, when the first line is recorded. Ids are never reused, so the last id of a search
// identifies the state of its record.
const records = `
CREATE TABLE IF NOT EXISTS records (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	search   TEXT NOT NULL,
	line     TEXT NOT NULL,
	recorded TEXT NOT NULL,
	checksum INTEGER,
	UNIQUE (search, id)
) STRICT`

// Recorder reads and extends the record of one search. It implements rl.Recorder and is safe for concurrent use.
//
// Only one Recorder at a time may extend a record. If two processes record the same search, the first one to record a line
// continues, and Record of the other returns an error that wraps [ErrConflict]. Record also returns [ErrConflict] after the
// record was deleted.
//
// Every error names the file. It wraps [evaluator.ErrBroken] unless the context has ended.
type Recorder struct {
	db     *DB
	search string

	mu   sync.Mutex
	last int64 // id of the last known line, 0 if there is none
	read bool  // whether last is valid
}

// Recorder returns the recorder of a search. The name identifies the search in the file and may be any text. To resume a search,
// use a Recorder of the same name:
//
//	config.Recorder = db.Recorder("evolution, seed 1")
//	search, err := rl.New(space, method, config)
//
// To start a search from the beginning again, delete its record with [DB.DeleteSearch] or choose another name.
func (db *DB) Recorder(search string) *Recorder { return &Recorder{db: db, search: search} }

// Record appends a line to the record. The line is synced to disk when Record returns. If Record fails, no part of the line is
// recorded.
//
// If Recorded has not been called, Record appends to the existing record without checking it.
func (r *Recorder) Record(ctx context.Context, line []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.record(ctx, line); err != nil {
		return r.db.failed(ctx, fmt.Sprintf("recording search %q", r.search), err)
	}
	return nil
}

func (r *Recorder) record(ctx context.Context, line []byte) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := r.db.createRecords(ctx); err != nil {
		return err
	}
	if !r.read {
		last, err := r.db.lastLine(ctx, r.search)
		if err != nil {
			return err
		}
		r.last, r.read = last, true
	}
	lasting := context.WithoutCancel(ctx) // a canceled write would leave open whether the line is recorded
	return r.db.commit(ctx, func() error {
		done, err := r.db.writes.ExecContext(lasting, `INSERT INTO records (search, line, recorded, checksum)
			SELECT ?1, ?2, ?3, `+checksumOf("?1, ?2, ?3")+`
			WHERE coalesce((SELECT max(id) FROM records WHERE search = ?1), 0) = ?4`,
			r.search, string(line), now(), r.last)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrConflict
		}
		r.last, err = done.LastInsertId()
		return err
	})
}

// Recorded iterates, in order, over the lines that were recorded before the iteration began. The iteration ends at the first
// error.
func (r *Recorder) Recorded(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		end, err := r.begin(ctx)
		for last := int64(0); err == nil && last < end; {
			var lines [][]byte
			err = patiently(ctx, func() (err error) {
				lines, last, err = r.db.recordAfter(ctx, r.search, last, end)
				return err
			})
			for _, line := range lines {
				if !yield(line, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(nil, r.db.failed(ctx, fmt.Sprintf("reading the record of search %q", r.search), err))
		}
	}
}

// begin returns the id of the last line, after which the Recorder extends the record.
func (r *Recorder) begin(ctx context.Context) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, err := r.db.lastLine(ctx, r.search)
	if err == nil {
		r.last, r.read = last, true
	}
	return last, err
}

// Searches returns the names of the recorded searches, ordered by the time of their first line.
func (db *DB) Searches(ctx context.Context) ([]string, error) {
	var names []string
	err := patiently(ctx, func() (err error) {
		names, err = db.searches(ctx)
		return err
	})
	if err != nil {
		return nil, db.failed(ctx, "listing the recorded searches", err)
	}
	return names, nil
}

func (db *DB) searches(ctx context.Context) ([]string, error) {
	if some, err := db.hasRecords(ctx); err != nil || !some {
		return nil, err
	}
	rows, err := db.reads.QueryContext(ctx, "SELECT search FROM records GROUP BY search ORDER BY min(id)")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// DeleteSearch deletes the record of a search, so that the search can start from the beginning again. It does nothing if there
// is no such record. It keeps all evaluations. If the search is running, it fails with [ErrConflict].
func (db *DB) DeleteSearch(ctx context.Context, search string) error {
	some, err := db.hasRecords(ctx)
	if err == nil && some {
		_, err = db.write(ctx, "DELETE FROM records WHERE search = ?", search)
	}
	if err != nil {
		return db.failed(ctx, fmt.Sprintf("deleting the record of search %q", search), err)
	}
	return nil
}

// createRecords creates the table records if it does not exist.
func (db *DB) createRecords(ctx context.Context) error {
	if db.recording.Load() {
		return nil
	}
	if _, err := db.write(ctx, records); err != nil {
		return err
	}
	db.recording.Store(true)
	return nil
}

// hasRecords reports whether the file has the table records.
func (db *DB) hasRecords(ctx context.Context) (some bool, err error) {
	err = patiently(ctx, func() error {
		return db.reads.QueryRowContext(ctx, "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = 'records'").Scan(&some)
	})
	return some, err
}

// lastLine returns the id of a search's last line, or 0 if there is none.
func (db *DB) lastLine(ctx context.Context, search string) (int64, error) {
	if some, err := db.hasRecords(ctx); err != nil || !some {
		return 0, err
	}
	var last sql.NullInt64
	err := patiently(ctx, func() error {
		return db.reads.QueryRowContext(ctx, "SELECT max(id) FROM records WHERE search = ?", search).Scan(&last)
	})
	return last.Int64, err
}

// recordAfter reads the page of a search's lines whose ids are in (last, end], and returns the id of the last one read. It
// returns last and an error if there is no such line.
func (db *DB) recordAfter(ctx context.Context, search string, last, end int64) ([][]byte, int64, error) {
	rows, err := db.reads.QueryContext(ctx,
		"SELECT id, line, "+soundness(recordColumns)+" FROM records WHERE search = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?", search, last, end, page)
	if err != nil {
		return nil, last, err
	}
	defer rows.Close()
	var lines [][]byte
	reached := last
	for rows.Next() {
		var line string
		var sound bool
		if err := rows.Scan(&reached, &line, &sound); err != nil {
			return nil, last, err
		}
		if !sound {
			return nil, last, fmt.Errorf("line %d of the table: %w", reached, errChecksum)
		}
		lines = append(lines, []byte(line))
	}
	if err := rows.Err(); err != nil {
		return nil, last, err
	}
	if len(lines) == 0 {
		return nil, last, ErrConflict // the record was deleted during the iteration
	}
	return lines, reached, nil
}
