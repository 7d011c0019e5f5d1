package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

const (
	// room is what NATS counts to a message besides its line: headers, with the names and reasons in them.
	room = 4 << 10
	// call is how long one call of the server may take.
	call = 5 * time.Second
	// mostDead is how many dead letters are kept.
	mostDead = 10_000
)

var errDisconnected = fmt.Errorf("%w: %w", evaluator.ErrBroken, nats.ErrConnectionClosed)

// link is a connection to the streams of a queue, for one space.
type link struct {
	nc       *nats.Conn
	js       js.JetStream
	topic    topic
	results  js.Stream
	consumer js.Consumer // of the requests
}

// open finds the streams or makes them.
func open(ctx context.Context, nc *nats.Conn, q Queue, space searchspace.Space) (*link, error) {
	l := &link{nc: nc, topic: newTopic(q.Name, space.Name())}
	var err error
	if l.js, err = js.New(nc); err != nil {
		return nil, err
	}
	work, err := l.stream(ctx, q, requests, js.StreamConfig{
		Retention: js.WorkQueuePolicy, Discard: js.DiscardNew, MaxMsgs: int64(q.Limit),
	})
	if err != nil {
		return nil, err
	}
	if l.results, err = l.stream(ctx, q, results, js.StreamConfig{}); err != nil {
		return nil, err
	}
	if _, err = l.stream(ctx, q, dead, js.StreamConfig{MaxMsgs: mostDead}); err != nil {
		return nil, err
	}
	l.consumer, err = work.Consumer(ctx, l.topic.space)
	if errors.Is(err, js.ErrConsumerNotFound) {
		l.consumer, err = work.CreateConsumer(ctx, js.ConsumerConfig{
			Durable:       l.topic.space,
			FilterSubject: l.topic.subject(requests, "*"),
			AckPolicy:     js.AckExplicitPolicy,
			AckWait:       q.AckWait,
			MaxDeliver:    -1, // workers count: the server would leave what is delivered too often in the stream
			MaxAckPending: -1,
			MaxWaiting:    1 << 14, // idle slots of workers
		})
		if errors.Is(err, js.ErrConsumerExists) { // made meanwhile, with other settings
			l.consumer, err = work.Consumer(ctx, l.topic.space)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("consumer %q: %w", l.topic.space, err)
	}
	return l, nil
}

// stream finds the stream of a kind of subjects, or makes it.
func (l *link) stream(ctx context.Context, q Queue, kind string, c js.StreamConfig) (js.Stream, error) {
	c.Name = q.Name + "-" + kind
	c.Subjects = []string{q.Name + "." + kind + ".*.*"}
	c.Replicas, c.MaxMsgSize = q.Replicas, protocol.MaxLine
	s, err := l.js.Stream(ctx, c.Name)
	if errors.Is(err, js.ErrStreamNotFound) {
		s, err = l.js.CreateStream(ctx, c)
		if errors.Is(err, js.ErrStreamNameAlreadyInUse) { // made meanwhile, with other settings
			s, err = l.js.Stream(ctx, c.Name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("stream %q: %w", c.Name, err)
	}
	return s, nil
}

// payload is a message as what is sent: the line of package protocol without its end. The error wraps
// protocol.ErrMalformed where there would be too much of it.
func (l *link) payload(m protocol.Message) ([]byte, error) {
	text, err := m.MarshalJSON()
	if most := l.most(); err == nil && len(text) > most {
		return nil, fmt.Errorf("%w: a message of %d bytes, where %d are allowed", protocol.ErrMalformed, len(text), most)
	}
	return text, err
}

// most is how many bytes a message may have besides its headers.
func (l *link) most() int { return max(0, min(protocol.MaxLine, int(l.nc.MaxPayload()))-room) }

// patiently calls the server until it answers: it may be restarting, or a stream may be full. It gives up where ctx ends,
// the connection is closed for good or the message is too large. Where a limit is set it gives up then, too, unless a stream
// is full.
func (l *link) patiently(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	wait := 10 * time.Millisecond
	for begin := time.Now(); ; wait = min(2*wait, time.Second) {
		err := l.once(ctx, f)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case l.nc.IsClosed():
			return errDisconnected
		case isTooLarge(err):
			return err
		case limit > 0 && time.Since(begin) > limit && !isFull(err):
			return fmt.Errorf("%w: no answer within %v: %w", evaluator.ErrTemporary, limit, err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// flush waits until the server has had all that was sent, and all has come that it had sent before: not for long, for the
// server may be away.
func (l *link) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), call)
	defer cancel()
	_ = l.nc.FlushWithContext(ctx)
}

// connections tells by a channel when the connection is there again after it was not, and closes the channel when it is
// closed for good. stop ends that.
func (l *link) connections() (again <-chan struct{}, stop func()) {
	states := l.nc.StatusChanged(nats.CONNECTED, nats.CLOSED)
	c, end := make(chan struct{}, 1), make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { // always ready: nats.go forgets who has not taken the last state when the next one comes
		for {
			select {
			case s, ok := <-states:
				if !ok || s == nats.CLOSED {
					close(c)
					return
				}
				select {
				case c <- struct{}{}:
				default: // it is told already
				}
			case <-end:
				return
			}
		}
	})
	return c, func() {
		close(end)
		watching.Wait()
		l.nc.RemoveStatusListener(states)
	}
}

// once calls the server.
func (l *link) once(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, call)
	defer cancel()
	return f(ctx)
}

// isFull tells that a stream has taken no message because of its limits.
func isFull(err error) bool {
	const storeFailed = 10077 // with the reason in words, such as "maximum messages exceeded"
	return hasCode(err, storeFailed) && strings.Contains(err.Error(), "maximum")
}

// isTooLarge tells that the server or a stream takes no message of this size, however often it is sent.
func isTooLarge(err error) bool {
	const tooLarge = 10054
	return errors.Is(err, nats.ErrMaxPayload) || hasCode(err, tooLarge)
}

func hasCode(err error, codes ...js.ErrorCode) bool {
	var api *js.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, c := range codes {
		if api.ErrorCode == c {
			return true
		}
	}
	return false
}
