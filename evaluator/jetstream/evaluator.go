package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

var (
	_ evaluator.Evaluator = (*Evaluator)(nil)

	// ErrDeadLetter is wrapped by the error of an architecture whose request was delivered as often as workers allow, and
	// never answered. The error wraps [evaluator.ErrTemporary] too.
	ErrDeadLetter = errors.New("dead letter")

	errClosed = fmt.Errorf("%w: it is closed", evaluator.ErrBroken)
)

// Evaluator is the coordinator: it has the workers of a queue evaluate the architectures of one space. Make it with New,
// and end it with Close. It is safe for concurrent use.
type Evaluator struct {
	link   *link
	space  searchspace.Space
	config Config
	slots  chan struct{} // holds something for each evaluation that is asked for
	hints  *nats.Subscription
	watch  sync.WaitGroup
	open   context.Context // ends with Close and with the connection
	close  context.CancelCauseFunc

	mu      sync.Mutex
	waiting map[string]map[chan struct{}]bool // who is to be woken, by the request's id
}

// New makes a coordinator, and the streams that do not exist yet, while ctx allows it. The connection is the caller's: with
// the nats.Option of TLS, credentials, tokens and reconnection of his choice; nats.MaxReconnects(-1) is one to choose. It is
// left open by Close.
func New(ctx context.Context, nc *nats.Conn, space searchspace.Space, c Config) (*Evaluator, error) {
	if nc == nil || space == nil {
		return nil, errors.New("jetstream: a coordinator needs a connection and a space")
	}
	c, err := c.checked()
	if err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	l, err := open(ctx, nc, c.Queue, space)
	if err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	e := &Evaluator{
		link: l, space: space, config: c,
		slots: make(chan struct{}, c.Outstanding), waiting: map[string]map[chan struct{}]bool{},
	}
	e.open, e.close = context.WithCancelCause(context.Background())
	e.hints, err = nc.Subscribe(l.topic.subject(done, "*"), func(m *nats.Msg) { e.wake(id(m.Subject)) })
	if err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	again, stop := l.connections()
	e.watch.Go(func() {
		defer stop()
		e.watchConnection(again)
	})
	return e, nil
}

// watchConnection wakes everybody when the connection is there again: what was told meanwhile has been missed.
func (e *Evaluator) watchConnection(again <-chan struct{}) {
	for {
		select {
		case <-e.open.Done():
			return
		case _, ok := <-again:
			if !ok {
				e.close(errDisconnected)
				return
			}
			e.wakeAll()
		}
	}
}

// wait returns a channel that holds something when there may be an answer to a request, and what ends that.
func (e *Evaluator) wait(id string) (woken <-chan struct{}, leave func()) {
	c := make(chan struct{}, 1)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting[id] == nil {
		e.waiting[id] = map[chan struct{}]bool{}
	}
	e.waiting[id][c] = true
	return c, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if delete(e.waiting[id], c); len(e.waiting[id]) == 0 {
			delete(e.waiting, id)
		}
	}
}

func (e *Evaluator) wake(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for c := range e.waiting[id] {
		select {
		case c <- struct{}{}:
		default: // it is told already
		}
	}
}

func (e *Evaluator) wakeAll() {
	e.mu.Lock()
	ids := make([]string, 0, len(e.waiting))
	for id := range e.waiting {
		ids = append(ids, id)
	}
	e.mu.Unlock()
	for _, id := range ids {
		e.wake(id)
	}
}

// Status is the state of a queue for one space.
type Status struct {
	Waiting  int // requests that no worker has taken yet
	UnderWay int // requests that a worker has taken and not answered
}

// Status asks the server how long the queue is.
func (e *Evaluator) Status(ctx context.Context) (Status, error) {
	known := e.link.consumer.CachedInfo() // Info would write to it, without a lock
	consumer, err := e.link.js.Consumer(ctx, known.Stream, known.Name)
	if err != nil {
		return Status{}, fmt.Errorf("jetstream: asking for the queue: %w", err)
	}
	info := consumer.CachedInfo()
	return Status{Waiting: int(info.NumPending), UnderWay: info.NumAckPending}, nil
}

// Close ends evaluations under way, and all later ones, with an error that wraps [evaluator.ErrBroken]. Their requests stay
// in the queue, and their results are found by who asks again. Close may be called several times.
func (e *Evaluator) Close() error {
	e.close(errClosed)
	e.watch.Wait()
	if err := e.hints.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrBadSubscription) && !errors.Is(err, nats.ErrConnectionClosed) {
		return fmt.Errorf("jetstream: %w", err)
	}
	return nil
}
