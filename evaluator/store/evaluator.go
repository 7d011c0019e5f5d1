package store

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Evaluator returns an evaluator that answers from the store, and asks e only for architectures that are not in it. The
// outcome of an evaluation is on disk before Evaluate returns.
//
// An evaluation is identified by the name of the space, the architecture's Key in it, and the objective, which says in your
// own words what is measured and how, such as "cifar10 validation, 12 epochs". Evaluations of different objectives are kept
// apart in one file, so change the objective when you change how you train. It may be empty.
//
// Results are stored, and so are failures that are [evaluator.Permanent]. When a stored failure is returned again, it is a
// [*FailedError], which says when the evaluation failed and that it was not repeated; [DB.DeleteFailures] has failures
// evaluated again. Other errors, such as those that are the evaluator's fault, are returned and noted with the attempt, and
// the architecture is evaluated again the next time. An evaluation that finishes after ctx has ended is stored too.
//
// Calls for the same key at the same time share one evaluation, as with [evaluator.Cached]. If two processes evaluate the same
// key at the same time, the first outcome is stored, and both return it.
//
// If the file cannot be read or written, the error names it and wraps [evaluator.ErrBroken]. Every attempt is noted when it
// begins, so a file that cannot be written is usually discovered before an evaluation and not after it.
func (db *DB) Evaluator(space searchspace.Space, objective string, e evaluator.Evaluator) evaluator.Evaluator {
	// The file remembers, so that what is deleted from it is evaluated again.
	return &evaluator.Cached{Space: space, Evaluator: stored{db, space, objective, e}, Forget: true}
}

// stored is an evaluator behind the store. Its architectures are members of the space.
type stored struct {
	db        *DB
	space     searchspace.Space
	objective string
	evaluator evaluator.Evaluator
}

// Evaluate returns what is stored, or evaluates.
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

// evaluate evaluates and stores the outcome, even if ctx has ended meanwhile.
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
