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
	// expiry is how long the server waits for a request to come. An idle worker asks again after that time.
	expiry = 10 * time.Minute
	// beat is how often the server shows meanwhile that it is there. After two beats without a sign the worker asks again: the
	// server that it has asked may be gone, although the one that it is connected to is not.
	beat = 5 * time.Second
	// pause is how long a worker waits after the server has turned it away.
	pause = time.Second
	// taking names the calls for requests in reports.
	taking = "taking requests"
)

// puller takes requests out of the queue one by one. It talks to the server itself, because a worker that stops must know when
// the server sends it nothing more, which the iterators of nats.go do not say.
type puller struct {
	link     *link
	states   <-chan nats.Status // of the connection
	subject  string             // where the server is asked
	inbox    *nats.Subscription
	messages chan *nats.Msg // of the inbox
	open     bool           // the server has been asked, and has not answered
	before   error          // the connection's last error before the server was asked
}

func (l *link) puller(states <-chan nats.Status) *puller {
	return &puller{link: l, states: states, subject: l.nextSubject()}
}

// next returns the next request. The error wraps evaluator.ErrBroken unless it is the cause of ctx's end.
func (p *puller) next(ctx context.Context) (*nats.Msg, error) {
	for {
		var refused <-chan time.Time
		wait := 2 * beat
		if !p.open {
			refused = time.After(soon)
			if err := p.pull(); errors.Is(err, nats.ErrConnectionClosed) {
				return nil, p.link.disconnected()
			} else if err != nil {
				wait = pause // there is no room for more while the connection is away
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

// receive waits for a request. It returns none if the server has shown that it is there, and reports whether it must be asked
// again, because it has answered or forgotten.
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

// denied returns an error if the server has refused to be asked.
func (p *puller) denied() error {
	if err := p.link.denied(p.before); err != nil {
		return fmt.Errorf("%w: %s: %w", evaluator.ErrBroken, taking, err)
	}
	return nil
}

// pull asks the server for one request, which goes to the inbox when it is there.
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

// refused waits if the server says that it cannot answer now. It returns an error if it never will.
func (p *puller) refused(ctx context.Context, m *nats.Msg) error {
	switch m.Header.Get("Status") {
	case "408": // expired
		return nil
	case "404", "409", "503": // it shuts down, has another leader, or no queue
		err := p.link.once(ctx, func(ctx context.Context) error { _, err := p.link.consumer.Info(ctx); return err })
		if !hasCode(err, js.JSErrCodeConsumerNotFound, js.JSErrCodeStreamNotFound) {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			return nil
		}
	}
	return fmt.Errorf("%w: %s: the server says %q", evaluator.ErrBroken, taking, m.Header.Get("Description"))
}

// end makes sure that the server sends nothing more: a request that is handed back from now on goes to another worker. It
// returns the request that was on its way, or nil if there was none.
func (p *puller) end() *nats.Msg {
	if p.inbox == nil {
		return nil
	}
	_ = p.inbox.Drain() // fails if the connection is closed, and the inbox with it
	p.link.flush()      // what was sent before the server knew has arrived
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

// isRequest distinguishes a message of the queue, which must be acknowledged, from what the server says about itself.
func isRequest(m *nats.Msg) bool { return m.Reply != "" }
