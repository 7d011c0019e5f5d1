package store

import (
	"context"
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// patience is how long a call waits while others hold the file: a process that stores a result holds it for milliseconds,
// somebody who has begun a transaction by hand until he ends it.
const patience = time.Minute

// patiently calls again while the file is busy. SQLite waits by itself, but without regard to the context and not in every
// case, so that its own busy timeout is short.
func patiently(ctx context.Context, call func() error) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		err := call()
		var code *sqlite.Error
		if !errors.As(err, &code) || code.Code()&0xff != sqlite3.SQLITE_BUSY || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
	}
}
