package evaluator

import (
	"context"
	"slices"
	"sync"
)

// sharedContext is the context of an evaluation that several callers wait for. It ends when the contexts of all callers
// have ended, and carries the values of the first caller's context. Reports go to all callers.
type sharedContext struct {
	context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	callers []context.Context
}

func newSharedContext(first context.Context) *sharedContext {
	t := &sharedContext{}
	values := context.WithValue(context.WithoutCancel(first), reportKey{}, t.report)
	t.Context, t.cancel = context.WithCancelCause(values)
	return t
}

// join adds a caller.
func (t *sharedContext) join(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.callers = append(t.callers, ctx)
}

// report passes progress on to the callers that are still waiting.
func (t *sharedContext) report(p Progress) {
	t.mu.Lock()
	callers := slices.Clone(t.callers)
	t.mu.Unlock()
	for _, c := range callers {
		if c.Err() == nil {
			Report(c, p)
		}
	}
}

// Err checks the callers' contexts directly: an evaluation that failed because they ended must not appear to have failed while a
// caller was still waiting.
func (t *sharedContext) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.callers {
		if c.Err() == nil {
			return t.Context.Err()
		}
	}
	t.cancel(context.Cause(t.callers[0]))
	return t.Context.Err()
}
