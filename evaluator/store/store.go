package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/graphpnas/graphpnas/evaluator"
)

// DB is an open store. It is safe for concurrent use.
type DB struct {
	path     string      // as given to Open
	resolved string      // the absolute path without symbolic links, beside which SQLite keeps the write-ahead log
	opened   os.FileInfo // identifies the open file
	writes   *sql.DB     // a single connection, because SQLite allows one writer at a time
	reads    *sql.DB

	recording atomic.Bool // whether the table records is known to exist
}

// Open opens the store at path, and creates it if the file does not exist or is empty. Several processes, and several DBs of one
// process, may open the same file.
//
// Every error names the file and wraps [evaluator.ErrBroken]. If the file is not a store, or is a store of a newer version of this
// library, the error also wraps [ErrFormat]. If the file is deleted or replaced while it is open, every later write fails.
func Open(path string) (*DB, error) {
	db, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the store %s: %w", path, broken{cmp.Or(obstacle(path), err)})
	}
	return db, nil
}

// broken is an error that wraps evaluator.ErrBroken without its text.
type broken struct{ error }

func (b broken) Unwrap() []error { return []error{b.error, evaluator.ErrBroken} }

// obstacle returns the reason why this program cannot open a file for writing, if the operating system gives one.
func obstacle(path string) error {
	if path == "" {
		return errors.New("the path is empty")
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return errors.New("it is a directory; name a file in it")
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

func open(path string) (*DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db := &DB{path: path}
	// FULL syncs every transaction to disk before it is committed. On macOS, fullfsync also flushes the disk's own cache.
	if db.writes, err = sql.Open("sqlite", dsn(absolute, "_txlock=immediate", "_pragma=synchronous(FULL)", "_pragma=fullfsync(1)")); err != nil {
		return nil, err
	}
	db.writes.SetMaxOpenConns(1)
	ctx := context.Background()
	err = patiently(ctx, func() error { return db.prepare(ctx) })
	if err == nil {
		db.resolved, err = filepath.EvalSymlinks(absolute)
	}
	if err == nil {
		db.reads, err = sql.Open("sqlite", dsn(db.resolved, "_pragma=query_only(1)"))
	}
	if err == nil {
		db.opened, err = os.Stat(db.resolved)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// dsn returns the data source name for a file with the given connection settings.
func dsn(absolute string, settings ...string) string {
	path := filepath.ToSlash(absolute)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // it begins with a drive letter
	}
	settings = append(settings, "_pragma=busy_timeout(500)", "_error_rc=1")
	name := url.URL{Scheme: "file", Path: path, RawQuery: strings.Join(settings, "&")}
	return name.String()
}

// Close closes the file. Wait for evaluations to end first: those that are still running fail with an error that wraps
// [evaluator.ErrBroken].
func (db *DB) Close() error {
	var errs []error
	for _, handle := range []*sql.DB{db.reads, db.writes} {
		if handle != nil {
			errs = append(errs, handle.Close())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing the store %s: %w", db.path, err)
	}
	return nil
}

// failed returns the error of a failed file operation. It wraps the cause of ctx if ctx has ended, otherwise
// evaluator.ErrBroken.
func (db *DB) failed(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s in the store %s: %w", doing, db.path, context.Cause(ctx))
	}
	return fmt.Errorf("%w: %s in the store %s: %w", evaluator.ErrBroken, doing, db.path, err)
}
