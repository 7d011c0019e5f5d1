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
	// expiry is how long the server waits for a request to come: an idle worker asks no more often.
	expiry = 10 * time.Minute
	// beat is how often the server shows meanwhile that it is there.
	beat = 30 * time.Second
	// pause is how long a worker waits that the server has turned away.
	pause = time.Second
)

// puller takes requests out of the queue one by one. It speaks to the server itself because a worker that stops has to know
// when the server sends it nothing more, which the iterators of nats.go do not tell.
type puller struct {
	link     *link
	again    <-chan struct{} // the connection is there again; closed: for good
	subject  string          // where the server is asked
	inbox    *nats.Subscription
	messages chan *nats.Msg // of the inbox
	open     bool           // the server has been asked, and has not answered
}

func (l *link) puller(again <-chan struct{}) *puller {
	c := l.consumer.CachedInfo()
	return &puller{link: l, again: again, subject: js.DefaultAPIPrefix + "CONSUMER.MSG.NEXT." + c.Stream + "." + c.Name}
}

// next returns the next request. The error wraps evaluator.ErrBroken unless it is the end of ctx.
func (p *puller) next(ctx context.Context) (*nats.Msg, error) {
	for {
		wait := 2 * beat
		if !p.open {
			if err := p.pull(); errors.Is(err, nats.ErrConnectionClosed) {
				return nil, errDisconnected
			} else if err != nil {
				wait = pause // there is no room for more while the connection is away
			}
		}
		select {
		case m := <-p.messages:
			if isRequest(m) {
				p.open = false
				return m, nil
			}
			if m.Header.Get("Status") == "100" {
				continue // the server is there
			}
			if err := p.refused(ctx, m); err != nil {
				return nil, err
			}
		case _, ok := <-p.again:
			if !ok {
				return nil, errDisconnected
			}
		case <-time.After(wait): // the server has forgotten
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if m := p.end(); m != nil {
			return m, nil
		}
	}
}

// pull asks the server for one request, which goes to the inbox when it is there.
func (p *puller) pull() (err error) {
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

// refused waits where the server has said that it does not answer, but may later. It returns an error where it never will.
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
	return fmt.Errorf("%w: taking a request: the server says %q", evaluator.ErrBroken, m.Header.Get("Description"))
}

// end makes sure that the server sends nothing more: a request that is handed back from now on goes to another worker. It
// returns the request that was on its way, nil if there was none.
func (p *puller) end() *nats.Msg {
	if p.inbox == nil {
		return nil
	}
	_ = p.inbox.Drain() // fails where the connection is closed, and with it the inbox
	p.link.flush()      // what was sent before the server knew has come
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

// isRequest tells a message of the queue, which is to be acknowledged, from what the server says of itself.
func isRequest(m *nats.Msg) bool { return m.Reply != "" }
