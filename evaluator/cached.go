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
// others; when the last one leaves, the evaluator's context ends. That context has the values of the first caller's.
// The goroutine that an evaluation runs in has ended when the last of its callers returns.
//
// What is no member of the space is not evaluated. A Cached must not be copied after its first use.
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
	cancel  context.CancelCauseFunc
	waiting int           // callers that wait; guarded by Cached.mu
	done    chan struct{} // closed when what follows is there
	result  Result
	err     error
	cut     bool // its last caller left before it had an outcome
}

var errNoSpace = fmt.Errorf("%w: its space is nil", ErrBroken)

// Evaluate answers from memory, or joins the evaluation that is under way, or begins one.
func (c *Cached) Evaluate(ctx context.Context, a searchspace.Arch) (Result, error) {
	if c.Space == nil {
		return Result{}, errNoSpace
	}
	if err := c.Space.Validate(a); err != nil { // the Key of what is no member may be a member's
		return Result{}, err
	}
	key := c.Space.Key(a)
	for {
		if ctx.Err() != nil {
			return Result{}, context.Cause(ctx)
		}
		f := c.join(ctx, key, a)
		select {
		case <-f.done:
		case <-ctx.Done():
			if !c.leave(f, context.Cause(ctx)) {
				return Result{}, context.Cause(ctx)
			}
			<-f.done
		}
		if f.cut && ctx.Err() == nil {
			continue // others began it and left
		}
		r := f.result
		r.Metrics = maps.Clone(r.Metrics)
		return r, f.err
	}
}

// join makes the caller one of those that wait for the key's evaluation.
func (c *Cached) join(ctx context.Context, key string, a searchspace.Arch) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.flights[key]
	if !ok {
		f = &flight{done: make(chan struct{})}
		if c.flights == nil {
			c.flights = map[string]*flight{}
		}
		c.flights[key] = f
		ctx, f.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
		go c.fly(ctx, f, key, a)
	}
	f.waiting++
	return f
}

// leave tells whether the caller was the last that waited. If so, the evaluation is cancelled.
func (c *Cached) leave(f *flight, cause error) (last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiting--
	if f.waiting > 0 {
		return false
	}
	f.cancel(cause)
	return true
}

// fly evaluates, and remembers or forgets.
func (c *Cached) fly(ctx context.Context, f *flight, key string, a searchspace.Arch) {
	err := errGoexit // holds unless Try returns
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		f.err = err
		if err != nil && !Permanent(ctx, err) {
			delete(c.flights, key)
			f.cut = ctx.Err() != nil
		}
		f.cancel(nil)
		close(f.done)
	}()
	f.result, err = Try(ctx, c.Evaluator, a)
}
