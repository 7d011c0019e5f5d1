package store

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// errGone is the error of a file that was deleted or replaced while it was open. SQLite would continue to write to the deleted
// file without an error.
var errGone = errors.New("the file was deleted or replaced while it was open; open the store again")

// intact returns an error if the path no longer refers to the open file.
func (db *DB) intact() error {
	now, err := os.Stat(db.resolved)
	if err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	if !os.SameFile(db.opened, now) {
		return errGone
	}
	return nil
}

// commit runs a call that writes to the file, and repeats it while the file is locked. It returns an error if the file or its
// write-ahead log is gone after the write.
func (db *DB) commit(ctx context.Context, call func() error) error {
	if err := db.intact(); err != nil {
		return err
	}
	if err := patiently(ctx, call); err != nil {
		return err
	}
	if _, err := os.Stat(db.resolved + "-wal"); err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return db.intact()
}
