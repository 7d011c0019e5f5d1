package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

var _ evaluator.Budgeted = (*Evaluator)(nil)

var errClosed = fmt.Errorf("%w: it is closed", evaluator.ErrBroken)

// Evaluator is the coordinator: it sends the architectures of one space to the workers of a queue. Create it with New, and call
// Close when it is no longer needed. It is safe for concurrent use.
type Evaluator struct {
	link   *link
	space  searchspace.Space
	config Config
	begun  time.Time
	slots  chan struct{} // holds one element for each requested evaluation
	hints  *nats.Subscription
	watch  sync.WaitGroup
	open   context.Context // ends on Close, when the connection is closed, and when the coordinator gives up
	close  context.CancelCauseFunc

	progress listeners[protocol.Progress]

	mu      sync.Mutex
	workers presence
	waiting map[string]map[chan struct{}]bool // channels to notify when there may be a reply, by request id
}

// New returns a coordinator, and creates the streams that do not exist yet. It returns an error if the server does not answer, if
// the streams have settings that do not suit the queue, if the user of the connection lacks a permission that a coordinator needs,
// or if the server does not allow messages as large as requests. It waits for a server that does not answer for about ten seconds,
// or until ctx ends.
//
// The caller owns the connection and chooses its nats.Options for TLS, credentials and reconnection. Use nats.MaxReconnects(-1)
// to survive any restart of the server. Close does not close the connection.
func New(ctx context.Context, nc *nats.Conn, space searchspace.Space, c Config) (*Evaluator, error) {
	if nc == nil || space == nil {
		return nil, errors.New("jetstream: a coordinator needs a connection and a space")
	}
	c, err := c.checked()
	if err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	l, err := connect(ctx, nc, c.Queue, space, c.Patience, newTroubles(c.Logger, c.OnTrouble))
	if err == nil {
		err = l.open(ctx, true)
	}
	if err == nil {
		err = l.mayCoordinate(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("jetstream: queue %q: %w", c.Queue.Name, err)
	}
	e := &Evaluator{
		link: l, space: space, config: c, begun: time.Now(),
		slots: make(chan struct{}, c.Outstanding), waiting: map[string]map[chan struct{}]bool{},
	}
	if err := e.fitsSmallest(); err != nil {
		return nil, fmt.Errorf("jetstream: queue %q: %w", c.Queue.Name, err)
	}
	e.open, e.close = context.WithCancelCause(context.Background())
	if e.hints, err = nc.Subscribe(l.topic.subject(done, "*"), e.hint); err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	states, stop := l.connections()
	e.watch.Go(func() {
		defer stop()
		e.watchConnection(states)
	})
	e.watch.Go(e.watchWorkers)
	return e, nil
}

// fitsSmallest checks that the request for the first architecture of the space is not too large.
func (e *Evaluator) fitsSmallest() error {
	b := e.space.Start()
	for d, more := b.Next(); more; d, more = b.Next() {
		if err := b.Take(d.Allowed[0]); err != nil {
			return err
		}
	}
	a, err := b.Arch()
	if err != nil {
		return err
	}
	request, err := e.request(context.Background(), a, evaluator.Budget{})
	if err != nil {
		return nil // the design has no network for this architecture, but may have one for others
	}
	_, err = e.link.payload(requests, &request)
	if errors.Is(err, protocol.ErrMalformed) {
		return err
	}
	if err != nil {
		return e.oversized(a, err)
	}
	return nil
}

// watchConnection wakes all waiting calls when the connection is up again, because they may have missed messages. It gives up if
// there is no connection for too long.
func (e *Evaluator) watchConnection(states <-chan nats.Status) {
	var late <-chan time.Time
	for {
		select {
		case <-e.open.Done():
			return
		case s, ok := <-states:
			switch {
			case !ok:
				e.giveUp(e.link.disconnected())
				return
			case s == nats.CONNECTED:
				late = nil
				e.wakeAll()
			case late == nil:
				late = time.After(e.config.Patience)
			}
		case <-late:
			e.giveUp(fmt.Errorf("%w: %w: no connection for %v", evaluator.ErrBroken, ErrNoAnswer, e.config.Patience))
			return
		}
	}
}

// hint handles a message from a worker: a heartbeat, progress, the notice of a reply, or the report of a fault.
func (e *Evaluator) hint(m *nats.Msg) {
	if len(m.Data) > 0 {
		e.progressed(m)
		return
	}
	if reason := m.Header.Get(reasonHeader); reason != "" {
		err := fmt.Errorf("%w: %s: %s", ErrWorker, m.Header.Get(workerHeader), reason)
		e.link.troubles.happened(err.Error(), err)
		e.complained(err, m.Header.Get(unsentHeader) != "")
		return
	}
	if m.Header.Get(aliveHeader) != "" {
		e.alive()
		return
	}
	if id := id(m.Subject); id != nobody { // nobody is used by starting workers to check their permission
		e.answered()
		e.wake(id)
	}
}

// wait returns a channel that is notified when there may be a reply to a request, and a function that ends the notifications.
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
		default: // already notified
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
	UnderWay int // requests that a worker has taken but not answered yet
}

// Status returns the current state of the queue for the evaluator's space.
func (e *Evaluator) Status(ctx context.Context) (Status, error) {
	info, err := e.link.state(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("jetstream: reading the state of the queue: %w", err)
	}
	return Status{Waiting: int(info.NumPending), UnderWay: info.NumAckPending}, nil
}

// Close ends running evaluations, and all later ones, with an error that wraps [evaluator.ErrBroken]. Their requests stay in the
// queue, and a later coordinator gets their results. Close may be called several times.
func (e *Evaluator) Close() error {
	e.close(errClosed)
	e.watch.Wait()
	if err := e.hints.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrBadSubscription) && !errors.Is(err, nats.ErrConnectionClosed) {
		return fmt.Errorf("jetstream: %w", err)
	}
	return nil
}
