package jetstream

import (
	"context"
	"errors"
	"strings"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

const (
	workerHeader = "Graphpnas-Worker"     // who has answered
	deadHeader   = "Graphpnas-Dead"       // of a reply: there is a dead letter
	reasonHeader = "Graphpnas-Reason"     // of a dead letter
	countHeader  = "Graphpnas-Deliveries" // of a dead letter
)

// reply is a reply as the results stream has it.
type reply struct {
	protocol.Reply
	worker string
	dead   bool
}

// lasting tells that the reply is the outcome for good.
func (r *reply) lasting() bool { return r.Result != nil || !r.Failure.Temporary }

// find looks among the replies to a request that come after a place in the stream: for the first that is lasting, else for
// the first that is not; nil if there is neither. What is no reply is passed over. It returns the place of the last that it
// has seen.
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
		r := reply{worker: msg.Header.Get(workerHeader), dead: msg.Header.Get(deadHeader) != ""}
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

// publish puts a message into a stream, once an id, however many attempts it takes. It fails at once where isTooLarge.
func (l *link) publish(ctx context.Context, msg *nats.Msg, msgID string) error {
	return l.patiently(ctx, 0, func(ctx context.Context) error {
		_, err := l.js.PublishMsg(ctx, msg, js.WithMsgID(msgID))
		return err
	})
}

// header makes a text what a header may hold.
func header(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "�")), " ")
	return strings.ToValidUTF8(text[:min(len(text), room/4)], "")
}
