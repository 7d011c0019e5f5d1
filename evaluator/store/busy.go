package store

import (
	"context"
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// patience is how long a call waits while the file is locked. Storing a result locks it for milliseconds only; a transaction
// that a user has begun by hand may last arbitrarily long.
const patience = time.Minute

// patiently repeats a call while the file is locked. SQLite's own busy timeout is short, because SQLite ignores the context while
// it waits and does not wait in every case.
func patiently(ctx context.Context, call func() error) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		err := call()
		var code *sqlite.Error
		if !errors.As(err, &code) || code.Code()&0xff != sqlite3.SQLITE_BUSY || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
	}
}
