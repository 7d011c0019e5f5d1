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
	workerHeader = "Graphpnas-Worker"     // the worker that sends the message
	deadHeader   = "Graphpnas-Dead"       // of a reply: there is a dead letter
	unsureHeader = "Graphpnas-Uncertain"  // of a reply: the architecture may not be at fault
	reasonHeader = "Graphpnas-Reason"     // of a dead letter, and of a worker's message about its trouble
	unsentHeader = "Graphpnas-Unsent"     // of a worker's message: it cannot send, because of the server
	aliveHeader  = "Graphpnas-Alive"      // of a worker's message: it is evaluating
	countHeader  = "Graphpnas-Deliveries" // of a dead letter
)

// reply is a reply in the stream of results.
type reply struct {
	protocol.Reply
	place  uint64 // in the stream
	time   time.Time
	worker string
	dead   bool
	unsure bool // a failure that wraps evaluator.ErrUncertain
}

// lasting reports whether the reply is the outcome for good.
func (r *reply) lasting() bool { return r.Result != nil || !r.Failure.Temporary }

// find looks for the reply to a request after a place in the stream: the first that is lasting, otherwise the first. It returns
// nil if there is none, and the place of the last message that it has seen. Messages that are not replies are ignored.
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
	if errors.Is(err, js.ErrMsgDeleteUnsuccessful) || errors.Is(err, js.ErrMsgNotFound) { // somebody else has removed it
		return nil
	}
	return err
}

// publish puts a message into a stream, once for each id, however many attempts that takes. It fails at once if isTooLarge.
func (l *link) publish(ctx context.Context, what string, msg *nats.Msg, msgID string) error {
	return l.patiently(ctx, what, func(ctx context.Context) error {
		_, err := l.js.PublishMsg(ctx, msg, js.WithMsgID(msgID))
		return err
	})
}

// header turns a text into one that fits into a header.
func header(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "�")), " ")
	return strings.ToValidUTF8(text[:min(len(text), room/4)], "")
}
