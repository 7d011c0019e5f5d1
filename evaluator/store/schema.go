package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrFormat is wrapped by the error of [Open] if the file is not a store, or is a store of a newer version of this library.
var ErrFormat = errors.New("not a store that this version can read")

// The header of a store identifies it: PRAGMA application_id and PRAGMA user_version.
const (
	applicationID = 0x47504e53 // "GPNS"
	version       = 2
)

const schema = `
CREATE TABLE evaluations (
	id        INTEGER PRIMARY KEY,
	space     TEXT NOT NULL,
	objective TEXT NOT NULL,
	key       TEXT NOT NULL,
	budget    REAL NOT NULL DEFAULT 0,
	arch      TEXT NOT NULL,
	status    TEXT NOT NULL CHECK (status IN ('begun', 'done', 'failed')),
	value     REAL,
	metrics   TEXT,
	cost_ns   INTEGER,
	error     TEXT,
	resume    TEXT,
	curve     TEXT,
	attempts  INTEGER NOT NULL,
	begun     TEXT NOT NULL,
	ended     TEXT,
	checksum  INTEGER,
	UNIQUE (space, objective, key, budget),
	CHECK ((status = 'done') = (value IS NOT NULL)),
	CHECK ((status = 'done') = (cost_ns IS NOT NULL)),
	CHECK (status <> 'failed' OR error IS NOT NULL),
	CHECK (status = 'begun' OR ended IS NOT NULL)
) STRICT`

// prepare checks that the file is an undamaged store. It turns an empty file into a store, and upgrades a store of an earlier
// version. It does not change any other file.
func (db *DB) prepare(ctx context.Context) error {
	if _, _, err := inspect(ctx, db.writes); err != nil {
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
	if err := db.upgrade(ctx); err != nil {
		return err
	}
	return db.addChecksums(ctx, "records", recordColumns, "true")
}

// create creates the table evaluations if the file is empty. It locks the file meanwhile.
func (db *DB) create(ctx context.Context) error {
	tx, err := db.writes.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no-op after Commit
	found, empty, err := inspect(ctx, tx)
	if err != nil || !empty || found > 0 {
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

// upgrade converts a store of version 1, which has no budgets, to this version. It locks the file meanwhile.
func (db *DB) upgrade(ctx context.Context) error {
	if found, _, err := inspect(ctx, db.writes); err != nil || found == version {
		return err
	}
	if err := db.addChecksums(ctx, "evaluations", evaluationColumns1, "status <> 'begun'"); err != nil {
		return err
	}
	tx, err := db.writes.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no-op after Commit
	if found, _, err := inspect(ctx, tx); err != nil || found == version {
		return err // another process has upgraded the file
	}
	for _, statement := range []string{
		"ALTER TABLE evaluations RENAME TO earlier",
		schema,
		// A row that does not match its checksum gets one that does not match either.
		"INSERT INTO evaluations (" + evaluationColumns1 + ", checksum) SELECT " + evaluationColumns1 + `, CASE
			WHEN checksum IS NULL THEN NULL
			WHEN checksum = ` + checksumOf(evaluationColumns1) + " THEN " +
			checksumOf("id, space, objective, key, 0.0, arch, status, value, metrics, cost_ns, error, NULL, NULL, attempts, begun, ended") + `
			ELSE -1 END FROM earlier`,
		"DROP TABLE earlier",
		fmt.Sprintf("PRAGMA user_version = %d", version),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("upgrading the file from version 1: %w", err)
		}
	}
	return tx.Commit()
}

// inspect returns the format version of a file, and reports whether the file is empty. It returns an error if the file is neither
// empty nor a store.
func inspect(ctx context.Context, file interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (found int, empty bool, err error) {
	var application, objects int
	err = file.QueryRowContext(ctx, `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id, pragma_user_version`).Scan(&application, &found, &objects)
	var code *sqlite.Error
	switch {
	case errors.As(err, &code) && code.Code() == sqlite3.SQLITE_NOTADB:
		return 0, false, fmt.Errorf("%w: %w", ErrFormat, err)
	case err != nil:
		return 0, false, err
	case application == 0 && found == 0 && objects == 0:
		return 0, true, nil
	case application != applicationID:
		return 0, false, fmt.Errorf("%w: the SQLite file belongs to another program", ErrFormat)
	case found < 1 || found > version:
		return 0, false, fmt.Errorf("%w: its format version is %d, but this library reads versions up to %d", ErrFormat, found, version)
	}
	return found, false, nil
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
