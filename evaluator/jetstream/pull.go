package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/graphpnas/graphpnas/evaluator"
)

const (
	// expiry is how long the server keeps a worker's call for a request. An idle worker calls again after that time.
	expiry = 10 * time.Minute
	// beat is the interval of the server's heartbeats during the call. If two heartbeats are missing, the worker calls again: the
	// server that has the call may be gone, although the one that the worker is connected to is not.
	beat = 5 * time.Second
	// pause is how long a worker waits after the server has rejected a call.
	pause = time.Second
	// taking names these calls in reports.
	taking = "taking requests"
)

// puller takes requests from the queue one by one. It does not use the iterators of nats.go, because they do not report when
// the server has sent its last message, which a stopping worker must know.
type puller struct {
	link     *link
	states   <-chan nats.Status // of the connection
	subject  string             // the subject of the calls
	inbox    *nats.Subscription
	messages chan *nats.Msg // of the inbox
	open     bool           // whether a call is unanswered
	before   error          // the connection's last error before the call
}

func (l *link) puller(states <-chan nats.Status) *puller {
	return &puller{link: l, states: states, subject: l.nextSubject()}
}

// next returns the next request. If ctx ends, it returns the cause; any other error wraps evaluator.ErrBroken.
func (p *puller) next(ctx context.Context) (*nats.Msg, error) {
	for {
		var refused <-chan time.Time
		wait := 2 * beat
		if !p.open {
			refused = time.After(soon)
			if err := p.pull(); errors.Is(err, nats.ErrConnectionClosed) {
				return nil, p.link.disconnected()
			} else if err != nil {
				wait = pause // the send buffer is full while the connection is down
			}
		}
		m, again, err := p.receive(ctx, refused, time.After(wait))
		if m != nil || err != nil {
			return m, err
		}
		if !again {
			continue
		}
		if m := p.end(); m != nil {
			return m, nil
		}
	}
}

// receive waits for a request. It returns nil after a heartbeat of the server. again reports whether the worker must call again,
// because the server has answered or lost the call.
func (p *puller) receive(ctx context.Context, refused, forgotten <-chan time.Time) (m *nats.Msg, again bool, err error) {
	for {
		select {
		case m := <-p.messages:
			p.link.troubles.over(taking)
			if isRequest(m) {
				p.open = false
				return m, false, nil
			}
			if m.Header.Get("Status") == "100" {
				return nil, false, nil
			}
			return nil, true, p.refused(ctx, m)
		case s, ok := <-p.states:
			if !ok {
				return nil, false, p.link.disconnected()
			}
			if s == nats.CONNECTED {
				return nil, true, nil
			}
		case <-refused:
			if err := p.denied(); err != nil {
				return nil, false, err
			}
		case <-forgotten:
			if p.link.nc.IsConnected() {
				p.link.troubles.begin(taking, fmt.Errorf("%s: %w", taking, ErrNoAnswer))
			}
			return nil, true, p.denied()
		case <-ctx.Done():
			return nil, false, context.Cause(ctx)
		}
	}
}

// denied returns an error if the user may not make the call.
func (p *puller) denied() error {
	if err := p.link.denied(p.before); err != nil {
		return fmt.Errorf("%w: %s: %w", evaluator.ErrBroken, taking, err)
	}
	return nil
}

// pull asks the server to send one request to the inbox when there is one.
func (p *puller) pull() (err error) {
	p.before = p.link.nc.LastError()
	if p.inbox == nil {
		p.messages = make(chan *nats.Msg, 16)
		if p.inbox, err = p.link.nc.ChanSubscribe(p.link.nc.NewInbox(), p.messages); err != nil {
			return err
		}
	}
	text, err := json.Marshal(map[string]any{"batch": 1, "expires": expiry, "idle_heartbeat": beat})
	if err == nil {
		err = p.link.nc.PublishRequest(p.subject, p.inbox.Subject, text)
	}
	p.open = err == nil
	return err
}

// refused handles a rejected call. It waits if the rejection is temporary, and otherwise returns an error.
func (p *puller) refused(ctx context.Context, m *nats.Msg) error {
	switch m.Header.Get("Status") {
	case "408": // expired
		return nil
	case "404", "409", "503": // shutdown, change of leader, or no queue
		err := p.link.once(ctx, func(ctx context.Context) error { _, err := p.link.consumer.Info(ctx); return err })
		if !hasCode(err, js.JSErrCodeConsumerNotFound, js.JSErrCodeStreamNotFound) {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			return nil
		}
	}
	return fmt.Errorf("%w: %s: the server answered %q", evaluator.ErrBroken, taking, m.Header.Get("Description"))
}

// end makes the server stop sending requests, so that a request that is handed back afterwards goes to another worker. It returns
// the request that was already on its way, or nil if there was none.
func (p *puller) end() *nats.Msg {
	if p.inbox == nil {
		return nil
	}
	_ = p.inbox.Drain() // fails only if the connection is closed
	p.link.flush()      // waits for messages that the server has already sent
	p.inbox, p.open = nil, false
	for {
		select {
		case m := <-p.messages:
			if isRequest(m) {
				return m
			}
		default:
			return nil
		}
	}
}

// isRequest reports whether a message is a request of the queue, which must be acknowledged, and not a status of the server.
func isRequest(m *nats.Msg) bool { return m.Reply != "" }
