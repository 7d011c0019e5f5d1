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
// An evaluation is identified by the name of the space, the architecture's Key in it, the budget, and the objective, which says
// in your own words what is measured and how, such as "cifar10 validation, 12 epochs". Evaluations of different objectives are
// kept apart in one file, so change the objective when you change how you train. It may be empty.
//
// If e is [evaluator.Budgeted], so is the returned evaluator: there is a row for each budget that an architecture was evaluated
// at. What a smaller budget left to resume is stored, and passed on if the caller names nothing to resume. The objective that an
// evaluation reports while it runs is stored as it comes.
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
	s := stored{db, space, objective, e}
	if evaluator.UnitOf(e) == "" {
		return &evaluator.Cached{Space: space, Evaluator: evaluator.Func(s.Evaluate), Forget: true}
	}
	return &evaluator.Cached{Space: space, Evaluator: s, Forget: true}
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
	return s.EvaluateAt(ctx, a, evaluator.Budget{})
}

// Unit returns the unit of the evaluator's budgets.
func (s stored) Unit() string { return evaluator.UnitOf(s.evaluator) }

// EvaluateAt returns what is stored, or evaluates.
func (s stored) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	id := identity{space: s.space.Name(), objective: s.objective, key: s.space.Key(a), budget: b.Amount}
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
			return s.evaluate(ctx, id, a, b)
		}
	}
}

// evaluate evaluates and stores the outcome, even if ctx has ended meanwhile.
func (s stored) evaluate(ctx context.Context, id identity, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	lasting := context.WithoutCancel(ctx)
	if s.Unit() != "" && b.Resume == "" {
		var err error
		if b.Resume, err = s.db.resumable(lasting, id); err != nil {
			return evaluator.Result{}, s.db.failed(lasting, "looking for what can be resumed", err)
		}
	}
	var values evaluator.Recording
	seen := 0 // the reports of one evaluation come one at a time, or their order would mean nothing
	r, err := evaluator.TryAt(evaluator.WithReport(values.Context(ctx), func(evaluator.Progress) {
		if c := values.Curve(); len(c) > seen {
			seen = len(c)
			_ = s.db.progress(lasting, id, c) // what is lost now is stored with the next report, or with the result
		}
	}), s.evaluator, a, b)
	if r.Curve == nil {
		r.Curve = values.Curve()
	}
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
