package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

// answer puts the reply, with the given headers, into the stream of results, and then removes the request from the queue. If the
// reply is larger than the server allows, the request becomes a dead letter, because another evaluation would have as large a
// reply.
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
		s.deadLetter(t, fmt.Errorf("the reply cannot be sent: %w", err))
	default:
		s.unsent(t, err)
	}
}

// deadLetter turns a request into a dead letter, and sends a failure to the waiting coordinators. The letter contains the beginning
// of the request, as far as it fits.
func (s *serving) deadLetter(t task, reason error) {
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
		failure.Message = header(failure.Message) // shortened
		if text, err = s.link.payload(results, &r); err != nil {
			return // delivered again
		}
	}
	answer := s.message(results, t.id, text)
	answer.Header.Set(deadHeader, "true")

	ctx, stop := s.sending()
	defer stop()
	err = s.link.publish(ctx, "sending dead letters", letter, t.messageID())
	if isTooLarge(err) { // the stream's limit was lowered
		letter.Data = nil
		err = s.link.publish(ctx, "sending dead letters", letter, t.messageID())
	}
	if err == nil {
		err = s.link.publish(ctx, "sending results", answer, t.messageID())
	}
	if err != nil && !isTooLarge(err) { // if too large, the next attempt would fail too
		s.unsent(t, err)
		return
	}
	s.finish(t)
}

// sending returns a context for sending messages, which ends some time after the worker's evaluations were told to end.
func (s *serving) sending() (context.Context, context.CancelFunc) { return delayed(s.work, settle) }

// message returns a message about a request.
func (s *serving) message(kind, id string, text []byte) *nats.Msg {
	m := nats.NewMsg(s.link.topic.subject(kind, id))
	m.Header.Set(workerHeader, s.Name)
	m.Data = text
	return m
}

// messageID returns the id for the messages about a delivery. It differs between deliveries, because a later one may succeed. It
// is short enough for a header, whatever the subject.
func (t task) messageID() string {
	return fmt.Sprintf("%s.%d.%d", t.id[:min(len(t.id), room/4)], t.place, t.delivered)
}

// finish removes an answered request from the queue, and wakes the waiting coordinators.
func (s *serving) finish(t task) {
	_ = t.Ack()                                                  // if it is lost, the request comes back and is finished again
	_ = s.link.nc.Publish(s.link.topic.subject(done, t.id), nil) // if it is lost, the coordinators find the reply after Recheck
}
