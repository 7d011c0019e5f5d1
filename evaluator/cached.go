package evaluator

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Cached evaluates each Key of a space once and remembers the outcome: architectures that the space counts as one, such
// as isomorphic cells of NAS-Bench-101, are evaluated once, and so are those asked for at the same time. Results are
// remembered, and failures that are [Permanent]; after any other the next caller has the evaluator asked again.
//
// An evaluation goes on for as long as one of its callers waits for it. A caller whose context ends leaves it to the
// others; when the last one's has ended, the evaluator's ends. That context has the values of the first caller's.
// The goroutine that an evaluation runs in has ended when the last of its callers returns.
//
// An architecture that is not in the space is not evaluated. A Cached must not be copied after its first use.
type Cached struct {
	// Space says which architectures count as one.
	Space searchspace.Space
	// Evaluator is asked for what is not known yet.
	Evaluator Evaluator

	mu      sync.Mutex
	flights map[string]*flight // by key, those under way and those remembered
}

// flight is the evaluation of one key.
type flight struct {
	callers *sharedContext // nil when it is over; guarded by Cached.mu
	done    chan struct{}  // closed when what follows is there
	result  Result
	err     error
	cut     bool // it has no outcome because all its callers had left
}

var errNoSpace = fmt.Errorf("%w: its space is nil", ErrBroken)

// Evaluate answers from memory, or joins the evaluation that is under way, or begins one.
func (c *Cached) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) {
	if c.Space == nil {
		return Result{}, errNoSpace
	}
	if err := c.Space.Validate(a); err != nil { // Key is only meaningful for valid architectures
		return Result{}, err
	}
	key := c.Space.Key(a)
	for {
		if ctx.Err() != nil {
			return Result{}, context.Cause(ctx)
		}
		f, callers := c.join(ctx, key, a)
		select {
		case <-f.done:
		case <-ctx.Done():
			if callers == nil || callers.Err() != nil {
				<-f.done // there already, or nobody else waits for it
				break
			}
			return Result{}, context.Cause(ctx)
		}
		if f.cut && ctx.Err() == nil {
			continue // others began it and left
		}
		r := f.result
		r.Metrics = maps.Clone(r.Metrics)
		return r, f.err
	}
}

// join makes the caller one of those that wait for the key's evaluation, and begins it where there is none. The callers
// are nil where it is over.
func (c *Cached) join(ctx context.Context, key string, a searchspace.Arch) (*flight, *sharedContext) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.flights[key]
	if !ok {
		f = &flight{callers: newSharedContext(ctx), done: make(chan struct{})}
		if c.flights == nil {
			c.flights = map[string]*flight{}
		}
		c.flights[key] = f
	}
	if f.callers != nil {
		f.callers.join(ctx)
	}
	if !ok {
		go c.fly(f.callers, f, key, a)
	}
	return f, f.callers
}

// fly evaluates, and remembers or forgets.
func (c *Cached) fly(ctx *sharedContext, f *flight, key string, a searchspace.Arch) {
	err := errGoexit // holds unless Try returns
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		f.err = err
		if err != nil && !Permanent(ctx, err) {
			delete(c.flights, key)
			f.cut = ctx.Err() != nil
		}
		f.callers = nil
		ctx.cancel(nil)
		close(f.done)
	}()
	f.result, err = Try(ctx, c.Evaluator, a)
}
