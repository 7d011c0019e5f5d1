package evaluator

import (
	"context"
	"sync"
)

// sharedContext is the context of what several callers wait for: it ends when the contexts of all of them have ended. It has
// the values of the first one's.
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

// Err looks at the callers' contexts and does not wait until their ends are noticed elsewhere: whoever asks why something
// has failed must not be told that nothing has ended yet.
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
