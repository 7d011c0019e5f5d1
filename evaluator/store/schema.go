package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrFormat is wrapped by the error of Open if the file is not a store, or is one of a newer version of this library.
var ErrFormat = errors.New("not a store that this version can read")

// The header of a store identifies it: PRAGMA application_id and PRAGMA user_version.
const (
	applicationID = 0x47504e53 // "GPNS"
	version       = 1
)

const schema = `
CREATE TABLE evaluations (
	id        INTEGER PRIMARY KEY,
	space     TEXT NOT NULL,
	objective TEXT NOT NULL,
	key       TEXT NOT NULL,
	arch      TEXT NOT NULL,
	status    TEXT NOT NULL CHECK (status IN ('begun', 'done', 'failed')),
	value     REAL,
	metrics   TEXT,
	cost_ns   INTEGER,
	error     TEXT,
	attempts  INTEGER NOT NULL,
	begun     TEXT NOT NULL,
	ended     TEXT,
	checksum  INTEGER,
	UNIQUE (space, objective, key),
	CHECK ((status = 'done') = (value IS NOT NULL)),
	CHECK ((status = 'done') = (cost_ns IS NOT NULL)),
	CHECK (status <> 'failed' OR error IS NOT NULL),
	CHECK (status = 'begun' OR ended IS NOT NULL)
) STRICT`

// prepare checks that the file is a store and sound, makes an empty file a store, and adds checksums to a store that has none. It
// does not change any other file.
func (db *DB) prepare(ctx context.Context) error {
	if _, err := inspect(ctx, db.writes); err != nil {
		return err
	}
	if err := db.create(ctx); err != nil {
		return err
	}
	if err := db.keepLog(ctx); err != nil {
		return err
	}
	var found string
	if err := db.writes.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("the file is damaged: %s", found)
	}
	if err := db.addChecksums(ctx, "evaluations", evaluationColumns, "status <> 'begun'"); err != nil {
		return err
	}
	return db.addChecksums(ctx, "records", recordColumns, "true")
}

// create creates the table of evaluations if the file is empty. Other processes that open the file wait meanwhile.
func (db *DB) create(ctx context.Context) error {
	tx, err := db.writes.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	empty, err := inspect(ctx, tx)
	if err != nil || !empty {
		return err
	}
	for _, statement := range []string{
		schema, fmt.Sprintf("PRAGMA application_id = %d", applicationID), fmt.Sprintf("PRAGMA user_version = %d", version),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// inspect reports whether a file is empty. It returns an error if the file is neither empty nor a store.
func inspect(ctx context.Context, file interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (empty bool, err error) {
	var application, found, objects int
	err = file.QueryRowContext(ctx, `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id, pragma_user_version`).Scan(&application, &found, &objects)
	var code *sqlite.Error
	switch {
	case errors.As(err, &code) && code.Code() == sqlite3.SQLITE_NOTADB:
		return false, fmt.Errorf("%w: %w", ErrFormat, err)
	case err != nil:
		return false, err
	case application == 0 && found == 0 && objects == 0:
		return true, nil
	case application != applicationID:
		return false, fmt.Errorf("%w: it is the SQLite file of another program", ErrFormat)
	case found != version:
		return false, fmt.Errorf("%w: its version is %d, not %d", ErrFormat, found, version)
	}
	return false, nil
}

// keepLog switches the file to a write-ahead log. The setting is stored in the file.
func (db *DB) keepLog(ctx context.Context) error {
	var mode string
	err := db.writes.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
	if err == nil && mode != "wal" {
		return fmt.Errorf("the file system does not support a write-ahead log, only %q", mode)
	}
	return err
}
