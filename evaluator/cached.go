package evaluator

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Cached evaluates each Key of a space once at each budget, and remembers the outcome. Architectures that the space treats as
// equal, such as isomorphic cells of NAS-Bench-101, are evaluated once, and concurrent calls for the same key share one
// evaluation. Cached remembers results and [Permanent] failures; after any other failure the next call evaluates again.
//
// An evaluation runs as long as at least one caller waits for it. If a caller's context ends, that caller returns and the
// evaluation goes on for the others; if the contexts of all callers have ended, the evaluation's context ends too. The
// evaluation's context carries the values of the first caller's context. The last caller returns only after the
// evaluation's goroutine has ended.
//
// Cached returns an error for architectures that are not in the space. A Cached must not be copied after its first use.
type Cached struct {
	// Space defines, by its Key, which architectures are equal.
	Space searchspace.Space
	// Evaluator evaluates architectures that are not cached yet.
	Evaluator Evaluator
	// Forget, if true, discards an outcome as soon as its callers have received it. Cached then only shares evaluations among
	// concurrent calls.
	Forget bool

	mu      sync.Mutex
	flights map[flightKey]*flight // running and finished evaluations
}

// flightKey identifies an evaluation.
type flightKey struct {
	key    string
	amount float64 // the Amount of the budget
}

// flight is the evaluation of one key.
type flight struct {
	callers *sharedContext // nil once the evaluation has ended; guarded by Cached.mu
	done    chan struct{}  // closed when the fields below are set
	result  Result
	err     error
	cut     bool // it has no outcome, because all its callers left before it ended
}

var _ Budgeted = (*Cached)(nil)

var errNoSpace = fmt.Errorf("%w: its space is nil", ErrBroken)

// Evaluate returns the remembered outcome, joins an evaluation that is running, or starts one.
func (c *Cached) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) {
	return c.EvaluateAt(ctx, a, Budget{})
}

// Unit returns the unit of the wrapped evaluator's budgets, or "" if it has none.
func (c *Cached) Unit() string { return UnitOf(c.Evaluator) }

// EvaluateAt is like Evaluate at a budget. Concurrent calls for the same key and amount share one evaluation, which resumes from
// the b.Resume of the first call. Its reports go to all callers.
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
				<-f.done // it has ended, or no other caller waits for it
				break
			}
			return Result{}, context.Cause(ctx)
		}
		if f.cut && ctx.Err() == nil {
			continue // the callers who started it have left
		}
		r := f.result
		r.Metrics, r.Curve = maps.Clone(r.Metrics), slices.Clone(r.Curve)
		return r, f.err
	}
}

// join adds the caller to the evaluation of the key, and starts one if there is none. The returned callers are nil if the
// evaluation has ended.
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

// fly runs the evaluation, then remembers or forgets its outcome.
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
