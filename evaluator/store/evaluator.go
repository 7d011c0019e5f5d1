package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Evaluator returns an evaluator that returns stored outcomes and calls e only for architectures that are not in the store. The
// outcome of an evaluation is on disk before Evaluate returns.
//
// An evaluation is identified by the name of the space, the architecture's Key, the budget, and the objective. The objective is
// a text of your choice that describes the measurement, such as "cifar10 validation, 12 epochs". One file can contain several
// objectives, so use another objective when you change how you train. It may be empty.
//
// If e is [evaluator.Budgeted], so is the returned evaluator. The store has one row for each budget of an architecture. The
// Resume of each result is stored; if a caller passes no Resume, the evaluation resumes from the largest smaller budget in the
// store. Learning curves are stored while evaluations run.
//
// Results and [evaluator.Permanent] failures are stored. A stored failure is returned as a [*FailedError], which contains the
// time of the failure; [DB.DeleteFailures] deletes stored failures. Other errors are returned and recorded as the last error of
// the attempt, and the architecture is evaluated again the next time. An evaluation that finishes after ctx has ended is stored
// too.
//
// Concurrent calls for the same key share one evaluation, as with [evaluator.Cached]. If two processes evaluate the same key at
// the same time, the first outcome is stored, and both processes return it.
//
// If the file cannot be read or written, the error names it and wraps [evaluator.ErrBroken]. The start of every attempt is
// recorded, so a file that cannot be written is usually detected before an evaluation rather than after it.
func (db *DB) Evaluator(space searchspace.Space, objective string, e evaluator.Evaluator) evaluator.Evaluator {
	// Cached must not remember outcomes, so that failures deleted from the file are evaluated again.
	s := stored{db, space, objective, e}
	if evaluator.UnitOf(e) == "" {
		return &evaluator.Cached{Space: space, Evaluator: evaluator.Func(s.Evaluate), Forget: true}
	}
	return &evaluator.Cached{Space: space, Evaluator: s, Forget: true}
}

// stored is an evaluator that is wrapped by a store. Its architectures have been validated.
type stored struct {
	db        *DB
	space     searchspace.Space
	objective string
	evaluator evaluator.Evaluator
}

// Evaluate returns the stored outcome, or evaluates and stores the outcome.
func (s stored) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return s.EvaluateAt(ctx, a, evaluator.Budget{})
}

// Unit returns the unit of the wrapped evaluator's budgets, or "" if it has none.
func (s stored) Unit() string { return evaluator.UnitOf(s.evaluator) }

// EvaluateAt is like Evaluate at a budget.
func (s stored) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	id := identity{space: s.space.Name(), objective: s.objective, key: s.space.Key(a), budget: b.Amount}
	for {
		known, err := s.db.find(ctx, id)
		if err != nil {
			return evaluator.Result{}, s.db.failed(ctx, "looking up an evaluation", err)
		}
		if known != nil {
			return known.result, known.err
		}
		begun, err := s.db.begin(ctx, id, a)
		if err != nil {
			return evaluator.Result{}, s.db.failed(ctx, "recording the start of an evaluation", err)
		}
		if begun {
			return s.evaluate(ctx, id, a, b)
		}
	}
}

// evaluate runs the evaluation and stores its outcome, even if ctx has ended in the meantime.
func (s stored) evaluate(ctx context.Context, id identity, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	lasting := context.WithoutCancel(ctx)
	if s.Unit() != "" && b.Resume == "" {
		var err error
		if b.Resume, err = s.db.resumable(lasting, id); err != nil {
			return evaluator.Result{}, s.db.failed(lasting, "looking up an evaluation to resume", err)
		}
	}
	var values evaluator.Recording
	var mu sync.Mutex // so that a shorter curve does not replace a longer one
	seen := 0
	r, err := evaluator.TryAt(evaluator.WithReport(values.Context(ctx), func(evaluator.Progress) {
		mu.Lock()
		defer mu.Unlock()
		if c := values.Curve(); len(c) > seen {
			seen = len(c)
			_ = s.db.progress(lasting, id, c) // an error is not fatal: the next report or the result stores the curve
		}
	}), s.evaluator, a, b)
	if r.Curve == nil {
		r.Curve = values.Curve()
	}
	if err != nil && !evaluator.Permanent(ctx, err) {
		if noting := s.db.note(lasting, id, err); noting != nil {
			err = fmt.Errorf("%w: %w", s.db.failed(lasting, "recording a failed attempt", noting), err)
		}
		return evaluator.Result{}, err
	}
	first, storing := s.db.finish(lasting, id, outcome{r, err})
	if storing != nil {
		return evaluator.Result{}, s.db.failed(lasting, fmt.Sprintf("storing a result with value %v", r.Value), storing)
	}
	if first {
		return r, err
	}
	known, finding := s.db.find(lasting, id)
	if finding == nil && known == nil {
		finding = fmt.Errorf("the row with key %q was deleted", id.key)
	}
	if finding != nil {
		return evaluator.Result{}, s.db.failed(lasting, "reading the outcome of another process", finding)
	}
	return known.result, known.err
}
