package evaluator

import (
	"context"
	"sync"
)

// sharedContext is the context of an evaluation that several callers wait for. It ends when the contexts of all callers
// have ended, and has the values of the first caller's.
type sharedContext struct {
	context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	callers []context.Context
}

func newSharedContext(first context.Context) *sharedContext {
	t := &sharedContext{}
	t.Context, t.cancel = context.WithCancelCause(context.WithoutCancel(first))
	return t
}

// join adds a caller.
func (t *sharedContext) join(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.callers = append(t.callers, ctx)
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
