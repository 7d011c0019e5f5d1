package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// link is a connection to the streams of a queue, for one space.
type link struct {
	nc       *nats.Conn
	js       js.JetStream
	api      string // prefix of the subjects of JetStream requests, including the final dot
	queue    Queue
	topic    topic
	limits   map[string]int // the maximum size of a message in bytes, by kind of subject; -1 means no limit
	results  js.Stream
	consumer js.Consumer // of the requests
	troubles *troubles
	patience time.Duration // how long the server may reject a call or not answer it
	outlasts bool          // if true, time without a connection does not count
	notify   func(error)   // reports a new fault to the other side; may be nil
}

// connect returns a link after checking that the connection can receive answers.
func connect(ctx context.Context, nc *nats.Conn, q Queue, space searchspace.Space, patience time.Duration, t *troubles) (*link, error) {
	l := &link{
		nc: nc, queue: q, topic: newTopic(q.Name, space.Name()), limits: map[string]int{}, patience: patience, troubles: t,
	}
	if nc.IsClosed() {
		return nil, l.disconnected()
	}
	var err error
	if l.js, l.api, err = q.jetStream(nc); err != nil {
		return nil, err
	}
	if err := l.maySubscribe(ctx, nc.NewInbox()); err != nil { // otherwise no answer would arrive
		return nil, fmt.Errorf("receiving answers: %w", l.explain(err))
	}
	return l, nil
}

// open finds the streams and the consumer, or creates them if create is true, and checks their settings. The error wraps errMissing
// if one of them does not exist.
func (l *link) open(ctx context.Context, create bool) (err error) {
	for _, kind := range []string{requests, results, dead} {
		s, err := l.openStream(ctx, kind, create)
		if err != nil {
			return err
		}
		if kind == results {
			l.results = s
		}
	}
	if l.consumer, err = l.openConsumer(ctx, create); err != nil {
		return err
	}
	for _, kind := range []string{requests, results, dead} {
		if err := l.fits(kind, leastMessage); err != nil {
			return err
		}
	}
	return nil
}

// await opens the streams and the consumer once a coordinator has created them.
func (l *link) await(ctx context.Context) error {
	const kind = "waiting for the coordinator"
	for begin := time.Now(); ; {
		err := l.open(ctx, false)
		if !errors.Is(err, errMissing) {
			l.troubles.over(kind)
			return err
		}
		if time.Since(begin) >= reportAfter {
			l.troubles.begin(kind, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// nextSubject returns the subject on which workers ask the server for requests.
func (l *link) nextSubject() string {
	c := l.consumer.CachedInfo()
	return l.api + "CONSUMER.MSG.NEXT." + c.Stream + "." + c.Name
}

// disconnected returns the error of a closed connection.
func (l *link) disconnected() error {
	if err := l.nc.LastError(); err != nil {
		return fmt.Errorf("%w: %w: %w", evaluator.ErrBroken, nats.ErrConnectionClosed, err)
	}
	return fmt.Errorf("%w: %w", evaluator.ErrBroken, nats.ErrConnectionClosed)
}

// flush waits until the server has received everything that was sent, and until everything that the server sent before has
// arrived. It waits only briefly, because the server may be unavailable.
func (l *link) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), call)
	defer cancel()
	_ = l.nc.FlushWithContext(ctx)
}

// connections returns a channel of the connection's state, which is sent when the connection is lost (RECONNECTING) or
// reestablished (CONNECTED). The channel holds the latest state, and is closed when the connection is closed for good. stop ends
// the reports.
func (l *link) connections() (states <-chan nats.Status, stop func()) {
	changes := l.nc.StatusChanged(nats.RECONNECTING, nats.CONNECTED, nats.CLOSED)
	latest, end := make(chan nats.Status, 1), make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { // always receives, because nats.go drops listeners that are not ready for the next state
		for {
			select {
			case s, ok := <-changes:
				if !ok || s == nats.CLOSED {
					close(latest)
					return
				}
				l.reportConnection(s)
				select {
				case <-latest:
				default:
				}
				latest <- s
			case <-end:
				return
			}
		}
	})
	return latest, func() {
		close(end)
		watching.Wait()
		l.nc.RemoveStatusListener(changes)
	}
}

func (l *link) reportConnection(s nats.Status) {
	const kind = "connection"
	if s == nats.CONNECTED {
		l.troubles.over(kind)
		return
	}
	l.troubles.begin(kind, fmt.Errorf("%w: the connection is lost", ErrNoAnswer))
}
