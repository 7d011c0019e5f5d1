package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrFailed is wrapped by every [FailedError].
var ErrFailed = errors.New("the evaluation has failed before")

// FailedError is the error of an evaluation that was not repeated because its failure is stored. [DB.DeleteFailures] deletes
// stored failures.
type FailedError struct {
	// File is the path of the store.
	File string
	// Time is the time of the failure.
	Time time.Time
	// Message is the text of the original error.
	Message string
}

// Error returns the time of the failure, the store, and the original error.
func (e *FailedError) Error() string {
	return fmt.Sprintf("failed on %s (stored in %s and not evaluated again; see store.DB.DeleteFailures): %s",
		e.Time.UTC().Format("2006-01-02 15:04 UTC"), e.File, e.Message)
}

// Unwrap returns ErrFailed.
func (e *FailedError) Unwrap() error { return ErrFailed }

// DeleteFailures deletes the stored failures of a space and objective whose text contains the given text, and returns their
// number. An empty text matches all failures. Their architectures can then be evaluated again, also by running searches and
// by other processes:
//
//	n, err := db.DeleteFailures(ctx, space, "cifar10 validation, 12 epochs", "No module named 'torch'")
//
// DeleteFailures keeps all results, including those with an evaluator.Result.Failure, and the records of searches. A search that
// is resumed from its record replays the failures that it has seen. To evaluate these again, delete the record too, with
// [DB.DeleteSearch].
func (db *DB) DeleteFailures(ctx context.Context, space searchspace.Space, objective, containing string) (int, error) {
	var deleted int64
	err := db.commit(ctx, func() error {
		done, err := db.writes.ExecContext(ctx, `DELETE FROM evaluations
			WHERE space = ? AND objective = ? AND status = 'failed' AND (? = '' OR instr(error, ?) > 0)`,
			space.Name(), objective, containing, containing)
		if err != nil {
			return err
		}
		deleted, err = done.RowsAffected()
		return err
	})
	if err != nil {
		return 0, db.failed(ctx, "deleting failures", err)
	}
	return int(deleted), nil
}
