package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// answer puts the reply into the stream of results, and only then takes the request out of the queue. If the server does not take
// a reply of that size, the request becomes a dead letter: another evaluation would have a reply as large.
// The message has the given headers.
func (s *serving) answer(t task, r protocol.Reply, headers ...string) {
	text, err := s.link.payload(results, &r)
	if err == nil {
		m := s.message(results, t.id, text)
		for _, h := range headers {
			m.Header.Set(h, "true")
		}
		ctx, stop := s.sending()
		defer stop()
		err = s.link.publish(ctx, "sending results", m, t.messageID())
	}
	var large *sizeError
	switch {
	case err == nil:
		s.finish(t)
	case errors.Is(err, protocol.ErrMalformed), errors.As(err, &large), isTooLarge(err):
		s.bury(t, fmt.Errorf("the reply cannot be sent: %w", err))
	default:
		s.unsent(t, err)
	}
}

// bury makes a dead letter of a request, and a failure for the coordinators that wait for it. The letter has as much of the request
// as fits: the request may have any size.
func (s *serving) bury(t task, reason error) {
	limit, _ := s.link.limit(dead)
	letter := s.message(dead, t.id, t.Data[:min(len(t.Data), max(0, limit-room))])
	letter.Header.Set(reasonHeader, header(reason.Error()))
	letter.Header.Set(countHeader, strconv.Itoa(t.delivered))
	s.link.troubles.happened(t.id, fmt.Errorf("%w: request %s: %w", ErrDeadLetter, t.id, reason))

	failure := protocol.NewFailure(reason)
	failure.Temporary = true
	r := protocol.Reply{ID: t.id, Failure: failure}
	text, err := s.link.payload(results, &r)
	if err != nil {
		failure.Message = header(failure.Message) // which fits
		if text, err = s.link.payload(results, &r); err != nil {
			return // delivered again
		}
	}
	answer := s.message(results, t.id, text)
	answer.Header.Set(deadHeader, "true")

	ctx, stop := s.sending()
	defer stop()
	err = s.link.publish(ctx, "sending dead letters", letter, t.messageID())
	if isTooLarge(err) { // the limit of the stream was lowered
		letter.Data = nil
		err = s.link.publish(ctx, "sending dead letters", letter, t.messageID())
	}
	if err == nil {
		err = s.link.publish(ctx, "sending results", answer, t.messageID())
	}
	if err != nil && !isTooLarge(err) { // otherwise the next attempt would fail, too
		s.unsent(t, err)
		return
	}
	s.finish(t)
}

// sending returns the context of what is sent from now on.
func (s *serving) sending() (context.Context, context.CancelFunc) { return delayed(s.work, settle) }

// message returns a message about a request.
func (s *serving) message(kind, id string, text []byte) *nats.Msg {
	m := nats.NewMsg(s.link.topic.subject(kind, id))
	m.Header.Set(workerHeader, s.Name)
	m.Data = text
	return m
}

// messageID differs between deliveries, because a later one may do better. It fits into a header, whatever the subject is.
func (t task) messageID() string {
	return fmt.Sprintf("%s.%d.%d", t.id[:min(len(t.id), room/4)], t.place, t.delivered)
}

// finish takes a request out of the queue that has been answered, and wakes the coordinators that wait for the reply.
func (s *serving) finish(t task) {
	_ = t.Ack()                                                  // if it gets lost, the request comes back and is finished again
	_ = s.link.nc.Publish(s.link.topic.subject(done, t.id), nil) // if it gets lost, the coordinators find the reply after Recheck
}
