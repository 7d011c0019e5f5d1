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

// FailedError is the error of an evaluation that has failed before and was not repeated, because the store has its failure.
// [DB.DeleteFailures] makes the store forget it.
type FailedError struct {
	// File is the path of the store.
	File string
	// Time is when the evaluation failed.
	Time time.Time
	// Message is the text of the error that it failed with.
	Message string
}

// Error says when the evaluation failed, that this is stored and where, and why it failed.
func (e *FailedError) Error() string {
	return fmt.Sprintf("failed on %s (remembered in the store %s, not evaluated again; see store.DB.DeleteFailures): %s",
		e.Time.UTC().Format("2006-01-02 15:04 UTC"), e.File, e.Message)
}

// Unwrap returns ErrFailed.
func (e *FailedError) Unwrap() error { return ErrFailed }

// DeleteFailures deletes the stored failures of a space and objective whose text contains the given text, or all of them if
// it is empty, and returns how many there were. Their architectures are evaluated again when they are asked for the next
// time, also by searches that are running and by other processes:
//
//	n, err := db.DeleteFailures(ctx, space, "cifar10 validation, 12 epochs", "No module named 'torch'")
//
// Results are kept, including those that stand in for a failed evaluation (evaluator.Result.Failure). So are the records of
// searches: a search that is resumed from its record replays the failures that it has seen. To have it evaluate them again,
// delete its record too, with [DB.DeleteSearch].
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
