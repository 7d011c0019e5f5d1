package jetstream

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

const (
	workerHeader = "Graphpnas-Worker"     // the worker that sent the message
	deadHeader   = "Graphpnas-Dead"       // in a reply: there is a dead letter
	unsureHeader = "Graphpnas-Uncertain"  // in a reply: the architecture may not be at fault
	reasonHeader = "Graphpnas-Reason"     // in a dead letter, and in a worker's report of a fault
	unsentHeader = "Graphpnas-Unsent"     // in a worker's report: the server does not accept its messages
	aliveHeader  = "Graphpnas-Alive"      // in a worker's heartbeat
	countHeader  = "Graphpnas-Deliveries" // in a dead letter: the number of deliveries
)

// reply is a reply in the stream of results.
type reply struct {
	protocol.Reply
	place  uint64 // sequence number in the stream
	time   time.Time
	worker string
	dead   bool
	unsure bool // whether the failure wraps evaluator.ErrUncertain
}

// lasting reports whether the reply is final: a result or a permanent failure.
func (r *reply) lasting() bool { return r.Result != nil || !r.Failure.Temporary }

// find returns the reply to a request after a place in the stream: the first final one, otherwise the first. It returns nil if
// there is none. It also returns the place of the last message that it has read. It ignores messages that are not replies.
func (l *link) find(ctx context.Context, id string, after uint64) (found *reply, last uint64, err error) {
	subject := l.topic.subject(results, id)
	for last = after; ; {
		msg, err := l.results.GetMsg(ctx, last+1, js.WithGetMsgSubject(subject))
		if errors.Is(err, js.ErrMsgNotFound) {
			return found, last, nil
		}
		if err != nil {
			return nil, after, err
		}
		last = msg.Sequence
		r := reply{
			place: last, time: msg.Time, worker: msg.Header.Get(workerHeader),
			dead: msg.Header.Get(deadHeader) != "", unsure: msg.Header.Get(unsureHeader) != "",
		}
		if r.UnmarshalJSON(msg.Data) != nil || r.ID != id || r.Progress != nil {
			continue
		}
		if r.lasting() {
			return &r, last, nil
		}
		if found == nil {
			found = &r
		}
	}
}

// forget removes a reply from the stream.
func (l *link) forget(ctx context.Context, r *reply) error {
	err := l.results.DeleteMsg(ctx, r.place)
	if errors.Is(err, js.ErrMsgDeleteUnsuccessful) || errors.Is(err, js.ErrMsgNotFound) { // already removed
		return nil
	}
	return err
}

// publish adds a message to a stream, once for each message id even if it takes several attempts. If the message is too large, it
// fails without another attempt.
func (l *link) publish(ctx context.Context, what string, msg *nats.Msg, msgID string) error {
	return l.patiently(ctx, what, func(ctx context.Context) error {
		_, err := l.js.PublishMsg(ctx, msg, js.WithMsgID(msgID))
		return err
	})
}

// header converts a text to a valid header value, cut to a maximum length.
func header(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "�")), " ")
	return strings.ToValidUTF8(text[:min(len(text), room/4)], "")
}
