package store

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// errGone is the error of a file that was deleted, or replaced by another one, while it was open. SQLite would go on writing to
// the deleted file without an error.
var errGone = errors.New("the file was deleted or replaced while it was open; open the store again")

// intact checks that the path still leads to the file that is open.
func (db *DB) intact() error {
	now, err := os.Stat(db.absolute)
	if err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	if !os.SameFile(db.opened, now) {
		return errGone
	}
	return nil
}

// commit runs a call that writes to the file, however long others keep it busy. What it has written counts only if the file is
// still there, with its write-ahead log.
func (db *DB) commit(ctx context.Context, call func() error) error {
	if err := db.intact(); err != nil {
		return err
	}
	if err := patiently(ctx, call); err != nil {
		return err
	}
	if _, err := os.Stat(db.absolute + "-wal"); err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return db.intact()
}
