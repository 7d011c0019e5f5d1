package evaluator

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Cached evaluates each Key of a space once at each budget, and remembers the outcome. Architectures that the space counts as the same,
// such as isomorphic cells of NAS-Bench-101, are evaluated once, and callers that ask for the same key at the same time
// share one evaluation. Cached remembers results and [Permanent] failures; after any other failure the next caller starts
// a new evaluation.
//
// An evaluation runs as long as any of its callers waits for it: a caller whose context ends leaves it to the others, and
// when the last caller's context ends, so does the evaluation's. The evaluation's context has the values of the first
// caller's. Its goroutine has ended when its last caller returns.
//
// Architectures that are not in the space are refused. A Cached must not be copied after its first use.
type Cached struct {
	// Space defines which architectures count as the same.
	Space searchspace.Space
	// Evaluator evaluates the architectures that are not known yet.
	Evaluator Evaluator
	// Forget makes Cached forget an outcome as soon as its callers have it. It then only shares evaluations among callers
	// that ask at the same time.
	Forget bool

	mu      sync.Mutex
	flights map[flightKey]*flight // both running and remembered
}

// flightKey identifies an evaluation.
type flightKey struct {
	key    string
	amount float64 // of the budget
}

// flight is the evaluation of one key.
type flight struct {
	callers *sharedContext // nil when the evaluation is over; guarded by Cached.mu
	done    chan struct{}  // closed when the fields below are set
	result  Result
	err     error
	cut     bool // it has no outcome because all its callers had left
}

var _ Budgeted = (*Cached)(nil)

var errNoSpace = fmt.Errorf("%w: its space is nil", ErrBroken)

// Evaluate returns the remembered outcome, joins an evaluation that is running, or starts one.
func (c *Cached) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) {
	return c.EvaluateAt(ctx, a, Budget{})
}

// Unit returns the unit of the evaluator's budgets, if it has any.
func (c *Cached) Unit() string { return UnitOf(c.Evaluator) }

// EvaluateAt is Evaluate at a budget. The evaluation that callers share continues from what the first of them has to resume.
// All of them get its reports.
func (c *Cached) EvaluateAt(ctx context.Context, a searchspace.Arch, b Budget) (Result, error) {
	if c.Space == nil {
		return Result{}, errNoSpace
	}
	if err := c.Space.Validate(a); err != nil { // Key is only meaningful for valid architectures
		return Result{}, err
	}
	key := flightKey{c.Space.Key(a), b.Amount}
	for {
		if ctx.Err() != nil {
			return Result{}, context.Cause(ctx)
		}
		f, callers := c.join(ctx, key, a, b)
		select {
		case <-f.done:
		case <-ctx.Done():
			if callers == nil || callers.Err() != nil {
				<-f.done // it is over, or nobody else waits for it
				break
			}
			return Result{}, context.Cause(ctx)
		}
		if f.cut && ctx.Err() == nil {
			continue // others started it and left
		}
		r := f.result
		r.Metrics, r.Curve = maps.Clone(r.Metrics), slices.Clone(r.Curve)
		return r, f.err
	}
}

// join adds the caller to the evaluation of the key, and starts one if there is none. The returned callers are nil if the
// evaluation is over.
func (c *Cached) join(ctx context.Context, key flightKey, a searchspace.Arch, b Budget) (*flight, *sharedContext) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.flights[key]
	if !ok {
		f = &flight{callers: newSharedContext(ctx), done: make(chan struct{})}
		if c.flights == nil {
			c.flights = map[flightKey]*flight{}
		}
		c.flights[key] = f
	}
	if f.callers != nil {
		f.callers.join(ctx)
	}
	if !ok {
		go c.fly(f.callers, f, key, a, b)
	}
	return f, f.callers
}

// fly evaluates, and then remembers or forgets.
func (c *Cached) fly(ctx *sharedContext, f *flight, key flightKey, a searchspace.Arch, b Budget) {
	err := errGoexit // unless Try returns
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		f.err = err
		lasting := err == nil || Permanent(ctx, err)
		if c.Forget || !lasting {
			delete(c.flights, key)
		}
		f.cut = !lasting && ctx.Err() != nil
		f.callers = nil
		ctx.cancel(nil)
		close(f.done)
	}()
	f.result, err = TryAt(ctx, c.Evaluator, a, b)
}
