package store

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// page is the number of rows read at a time, so that a slow reader does not lock the file for long.
const page = 500

// Evaluations iterates over the finished evaluations of a space and objective, including failures, in the order in which
// they first began. A later search can start from them:
//
//	past := rl.Past{Name: "last week's search"}
//	for o, err := range db.Evaluations(ctx, space, "cifar10 validation, 12 epochs") {
//		if err != nil {
//			return err
//		}
//		past.Results = append(past.Results, o)
//	}
//
// Outcomes are numbered from 0, and their Elapsed is zero. The error of a failed evaluation names the architecture and wraps a
// [*FailedError]. If the file cannot be read, or contains an architecture that is not in the space, the iteration ends with an
// error that wraps [evaluator.ErrBroken]. Evaluations may run during the iteration.
func (db *DB) Evaluations(ctx context.Context, space searchspace.Space, objective string) iter.Seq2[evaluator.Outcome, error] {
	return func(yield func(evaluator.Outcome, error) bool) {
		index := 0
		for last := int64(0); ; {
			var outcomes []evaluator.Outcome
			err := patiently(ctx, func() (err error) {
				outcomes, last, err = db.evaluationsAfter(ctx, last, space, objective)
				return err
			})
			if err != nil {
				yield(evaluator.Outcome{}, db.failed(ctx, "reading evaluations", err))
				return
			}
			if len(outcomes) == 0 {
				return
			}
			for _, o := range outcomes {
				o.Index = index
				index++
				if !yield(o, nil) {
					return
				}
			}
		}
	}
}

// evaluationsAfter reads the page of finished evaluations after the id last, and returns the id of the last one read. If it
// fails, it returns last.
func (db *DB) evaluationsAfter(ctx context.Context, last int64, space searchspace.Space, objective string) ([]evaluator.Outcome, int64, error) {
	// The unary plus signs prevent SQLite from sorting all rows of the space for each page.
	rows, err := db.reads.QueryContext(ctx, "SELECT id, key, budget, arch, "+finishedColumns("space, objective, key, budget")+` FROM evaluations
		WHERE id > ? AND +space = ? AND +objective = ? AND status <> 'begun' ORDER BY id LIMIT ?`, last, space.Name(), objective, page)
	if err != nil {
		return nil, last, err
	}
	defer rows.Close()
	var outcomes []evaluator.Outcome
	reached := last
	for rows.Next() {
		var key string
		var arch []byte
		var budget float64
		f := finished{path: db.path}
		if err := rows.Scan(append([]any{&reached, &key, &budget, &arch}, f.into()...)...); err != nil {
			return nil, last, err
		}
		o, err := readOutcome(space, arch, &f)
		if err != nil {
			return nil, last, fmt.Errorf("key %q: %w", key, err)
		}
		o.Budget = budget
		outcomes = append(outcomes, o)
	}
	if err := rows.Err(); err != nil {
		return nil, last, err
	}
	return outcomes, reached, nil
}

func readOutcome(space searchspace.Space, arch []byte, f *finished) (o evaluator.Outcome, err error) {
	known, err := f.outcome()
	if err != nil {
		return o, err
	}
	if err := json.Unmarshal(arch, &o.Arch); err != nil {
		return o, fmt.Errorf("architecture: %w", err)
	}
	if err := space.Validate(o.Arch); err != nil {
		return o, err
	}
	o.Result = known.result
	if known.err != nil {
		o.Err = fmt.Errorf("evaluating [%s]: %w", searchspace.Text(space, o.Arch), known.err) // like evaluator.Pool
	}
	return o, nil
}
