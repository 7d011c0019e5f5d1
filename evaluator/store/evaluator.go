package store

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Evaluator puts the store before an evaluator: what is in the store is answered from there, anything else is evaluated
// and is on disk before Evaluate returns.
//
// An evaluation is known by the space's name, the architecture's Key in it, and objective. That says, in words of your
// own, what is measured and how, such as "cifar10 validation, 12 epochs": evaluations of different objectives are kept
// apart in one file, and change it when you change how you train. It may be empty.
//
// What is stored is what cannot come out otherwise: results, and failures that are [evaluator.Permanent]. A stored failure
// is answered as a failure of the same text, which wraps [ErrFailed] in place of what it wrapped. Other errors are
// returned, and noted with the attempt, but the architecture is evaluated when it is asked for again. What has finished is
// stored even if ctx has ended meanwhile.
//
// Each key is evaluated once also when asked for several times at once, see [evaluator.Cached]. Where two processes
// evaluate the same key at the same time, the first to finish decides, and both return its outcome.
//
// If the file cannot be read or written, the error names it and wraps [evaluator.ErrBroken]. As every attempt is noted
// when it begins, a file that cannot be written is found out before the evaluation and not after it.
func (db *DB) Evaluator(space searchspace.Space, objective string, e evaluator.Evaluator) evaluator.Evaluator {
	return &evaluator.Cached{Space: space, Evaluator: stored{db, space, objective, e}}
}

// stored is an evaluator behind the store. It is asked for members of the space alone.
type stored struct {
	db        *DB
	space     searchspace.Space
	objective string
	evaluator evaluator.Evaluator
}

// Evaluate answers from the store, or evaluates.
func (s stored) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	id := identity{space: s.space.Name(), objective: s.objective, key: s.space.Key(a)}
	for {
		known, err := s.db.find(ctx, id)
		if err != nil {
			return evaluator.Result{}, s.db.failed(ctx, "looking for an evaluation", err)
		}
		if known != nil {
			return known.result, known.err
		}
		begun, err := s.db.begin(ctx, id, a)
		if err != nil {
			return evaluator.Result{}, s.db.failed(ctx, "noting that an evaluation begins", err)
		}
		if begun {
			return s.evaluate(ctx, id, a)
		}
	}
}

// evaluate evaluates, and stores what comes of it whether ctx has ended or not.
func (s stored) evaluate(ctx context.Context, id identity, a searchspace.Arch) (evaluator.Result, error) {
	r, err := evaluator.Try(ctx, s.evaluator, a)
	lasting := context.WithoutCancel(ctx)
	if err != nil && !evaluator.Permanent(ctx, err) {
		if noting := s.db.note(lasting, id, err); noting != nil {
			err = fmt.Errorf("%w: %w", s.db.failed(lasting, "noting a failure", noting), err)
		}
		return evaluator.Result{}, err
	}
	first, storing := s.db.finish(lasting, id, outcome{r, err})
	if storing != nil {
		return evaluator.Result{}, s.db.failed(lasting, fmt.Sprintf("storing a result of value %v", r.Value), storing)
	}
	if first {
		return r, err
	}
	known, finding := s.db.find(lasting, id)
	if finding == nil && known == nil {
		finding = fmt.Errorf("the row of key %q is gone", id.key)
	}
	if finding != nil {
		return evaluator.Result{}, s.db.failed(lasting, "looking for another process's evaluation", finding)
	}
	return known.result, known.err
}
