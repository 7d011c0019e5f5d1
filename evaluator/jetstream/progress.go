package jetstream

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// stopping is the kind of subject on which a coordinator tells workers to stop an evaluation. Like progress, the message is not
// stored in a stream: a worker that misses it finishes the evaluation, and its result is stored.
const stopping = "stop"

// listeners holds functions to call with messages about a request, by request id.
type listeners[T any] struct {
	mu   sync.Mutex
	next int
	of   map[string]map[int]func(T)
}

// add adds a function, and returns a function that removes it.
func (l *listeners[T]) add(id string, f func(T)) (remove func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[string]map[int]func(T){}
	}
	if l.of[id] == nil {
		l.of[id] = map[int]func(T){}
	}
	l.next++
	number := l.next
	l.of[id][number] = f
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if delete(l.of[id], number); len(l.of[id]) == 0 {
			delete(l.of, id)
		}
	}
}

// call calls the functions for a request.
func (l *listeners[T]) call(id string, v T) {
	l.mu.Lock()
	functions := slices.Collect(maps.Values(l.of[id]))
	l.mu.Unlock()
	for _, f := range functions {
		f(v)
	}
}

// report returns a function that sends the progress of a task to the waiting coordinators. Lost messages are not repeated, because
// the reply contains the whole learning curve.
func (s *serving) report(t task) func(protocol.Progress) {
	return func(p protocol.Progress) {
		m := s.message(done, t.id, nil)
		var err error
		if m.Data, err = s.link.payload(results, &protocol.Reply{ID: t.id, Progress: &p}); err == nil {
			_ = s.link.nc.PublishMsg(m)
		}
	}
}

// progressed passes on the progress in a message.
func (e *Evaluator) progressed(m *nats.Msg) {
	var r protocol.Reply
	if r.UnmarshalJSON(m.Data) == nil && r.Progress != nil && r.ID == id(m.Subject) {
		e.progress.call(r.ID, *r.Progress)
	}
}

// withdraw removes a stopped request from the queue, and notifies its worker. If either fails, the evaluation runs to its end.
func (e *Evaluator) withdraw(ctx context.Context, id string) {
	if !errors.Is(context.Cause(ctx), evaluator.ErrStopped) {
		return
	}
	brief, cancel := context.WithTimeout(context.WithoutCancel(ctx), call)
	defer cancel()
	if s, err := e.link.js.Stream(brief, e.link.queue.stream(requests)); err == nil {
		_ = s.Purge(brief, js.WithPurgeSubject(e.link.topic.subject(requests, id)))
	}
	_ = e.link.nc.Publish(e.link.topic.subject(stopping, id), nil)
}

// hearStops ends evaluations that coordinators stop, until end is called. Without the permission to subscribe it does nothing.
func (s *serving) hearStops() (end func()) {
	sub, err := s.link.nc.Subscribe(s.link.topic.subject(stopping, "*"), func(m *nats.Msg) {
		s.stops.call(id(m.Subject), struct{}{})
	})
	if err != nil {
		return func() {}
	}
	return func() { _ = sub.Unsubscribe() }
}

// stoppable returns a context that ends when a coordinator stops the evaluation of a task.
func (s *serving) stoppable(ctx context.Context, t task) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	remove := s.stops.add(t.id, func(struct{}) { cancel(evaluator.ErrStopped) })
	return ctx, func() { remove(); cancel(nil) }
}
