package evaluator

import (
	"context"
	"slices"
	"sync"
)

// sharedContext is the context of an evaluation that several callers wait for. It ends when the contexts of all callers
// have ended, and has the values of the first caller's. What is reported goes to all callers.
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

// report passes progress on to the callers that still wait.
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

// Err asks the callers' contexts directly, because an evaluation that failed as they ended must not appear to have failed
// while somebody was still waiting.
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
