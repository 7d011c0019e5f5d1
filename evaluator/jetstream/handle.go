package jetstream

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

var errLate = errors.New("the worker's deadline is over")

// task is one delivery of a request.
type task struct {
	*nats.Msg
	id        string
	place     uint64 // in the stream
	delivered int    // how often, this time counted
	begun     time.Time
}

// handle answers a request, or hands it back, or buries it. An error of the server is left to the queue: what has not been
// answered is delivered again.
func (s *serving) handle(msg *nats.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		return // no message of a stream
	}
	t := task{msg, id(msg.Subject), meta.Sequence.Stream, int(meta.NumDelivered), time.Now()}
	defer s.signs(t)()

	request, err := s.read(t)
	if err != nil {
		s.bury(t, err)
		return
	}
	var known *reply
	ctx, stop := s.sending()
	err = s.link.patiently(ctx, 0, func(ctx context.Context) (err error) {
		known, _, err = s.link.find(ctx, t.id, 0)
		return err
	})
	stop()
	switch {
	case err != nil:
		_ = t.Nak()
	case known != nil && known.lasting(): // whoever has answered could not say so
		s.finish(t)
	case t.delivered > s.Deliveries:
		s.bury(t, fmt.Errorf("delivered %d times, and no worker has answered", t.delivered-1))
	default:
		s.evaluate(t, request)
	}
}

// read reads the request in a message and sees whether it is one for this worker. A space that panics over an architecture,
// which anybody may have sent, has it refused.
func (s *serving) read(t task) (r protocol.Request, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("validating the architecture: %w", &evaluator.PanicError{Value: v, Stack: debug.Stack()})
		}
	}()
	if err := r.UnmarshalJSON(t.Data); err != nil {
		return r, err
	}
	if r.ID != t.id {
		return r, fmt.Errorf("%w: the id %.40q under the subject of %q", protocol.ErrMalformed, r.ID, t.id)
	}
	if name := s.Space.Name(); r.Space != name {
		return r, fmt.Errorf("this worker evaluates architectures of %q, not of %.40q", name, r.Space)
	}
	return r, s.Space.Validate(r.Arch)
}

// evaluate evaluates, and sends what comes of it.
func (s *serving) evaluate(t task, request protocol.Request) {
	ctx := s.work
	if s.Deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.Deadline, errLate)
		defer cancel()
	}
	r, err := protocol.Answer(ctx, request, s.Space, s.Evaluator, nil)
	switch {
	case err == nil, evaluator.Permanent(ctx, err):
		s.answer(t, r)
	case s.missed(t): // another worker has it: to hand it back would be to hand it to a third one
	case s.work.Err() != nil:
		_ = t.Nak()
	case errors.Is(err, evaluator.ErrBroken):
		s.fail(err)
		<-s.taken.Done() // earlier, the request would come here again
		_ = t.Nak()
	case t.delivered >= s.Deliveries:
		s.bury(t, fmt.Errorf("delivery %d: %w", t.delivered, err))
	default:
		_ = t.NakWithDelay(s.RetryWait << min(t.delivered-1, 6))
	}
}

// missed tells whether the queue has given the request to another worker, since this one has given no more sign of life.
func (s *serving) missed(t task) bool {
	return s.Deadline > 0 && time.Since(t.begun) > s.Deadline+s.ackWait
}

// answer puts the reply into the results stream, and only then takes the request out of the queue. Of a reply that is too
// large it says that.
func (s *serving) answer(t task, r protocol.Reply) {
	err := s.reply(t, r)
	if errors.Is(err, protocol.ErrMalformed) || isTooLarge(err) {
		err = s.reply(t, protocol.Reply{ID: r.ID, Failure: protocol.NewFailure(err)})
	}
	if err != nil {
		_ = t.Nak()
		return
	}
	s.finish(t)
}

func (s *serving) reply(t task, r protocol.Reply) error {
	text, err := s.link.payload(&r)
	if err != nil {
		return err
	}
	ctx, stop := s.sending()
	defer stop()
	return s.link.publish(ctx, s.message(results, t, text), t.messageID())
}

// bury makes a dead letter of a request, and a failure for who waits for it. What there is no room for is cut off: the
// request may be of any size.
func (s *serving) bury(t task, reason error) {
	letter := s.message(dead, t, t.Data[:min(len(t.Data), s.link.most())])
	letter.Header.Set(reasonHeader, header(reason.Error()))
	letter.Header.Set(countHeader, strconv.Itoa(t.delivered))
	failure := protocol.NewFailure(reason)
	failure.Temporary = true
	r := protocol.Reply{ID: t.id, Failure: failure}
	text, err := s.link.payload(&r)
	if err != nil {
		return // delivered again
	}
	answer := s.message(results, t, text)
	answer.Header.Set(deadHeader, "true")
	ctx, stop := s.sending()
	defer stop()
	err = s.link.publish(ctx, letter, t.messageID())
	if isTooLarge(err) { // for its stream, which somebody else has made
		letter.Data = nil
		err = s.link.publish(ctx, letter, t.messageID())
	}
	if err == nil {
		err = s.link.publish(ctx, answer, t.messageID())
	}
	if err != nil && !isTooLarge(err) { // else the next time would be no better
		_ = t.Nak()
		return
	}
	s.finish(t)
}

// sending makes the context of what is sent from now on.
func (s *serving) sending() (context.Context, context.CancelFunc) { return delayed(s.work, settle) }

// message makes a message about a request.
func (s *serving) message(kind string, t task, text []byte) *nats.Msg {
	m := nats.NewMsg(s.link.topic.subject(kind, t.id))
	m.Header.Set(workerHeader, s.Name)
	m.Data = text
	return m
}

// messageID is of this delivery alone: another one may do better than what was sent under any other id. It fits into a
// header whatever subject somebody has made up.
func (t task) messageID() string {
	return fmt.Sprintf("%s.%d.%d", t.id[:min(len(t.id), room/4)], t.place, t.delivered)
}

// finish takes a request out of the queue that has been answered, and wakes who waits for it.
func (s *serving) finish(t task) {
	_ = t.Ack()                                                  // where it is lost, the request comes back and is finished again
	_ = s.link.nc.Publish(s.link.topic.subject(done, t.id), nil) // where it is lost, who waits looks by himself
}

// signs gives signs of life until it is told to end, or the deadline is over.
func (s *serving) signs(t task) (end func()) {
	stop := make(chan struct{})
	var giving sync.WaitGroup
	giving.Go(func() {
		var late <-chan time.Time
		if s.Deadline > 0 {
			late = time.After(s.Deadline)
		}
		ticks := time.NewTicker(max(s.ackWait/3, time.Millisecond))
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				_ = t.InProgress() // where it is lost, the next one may not be
			case <-late:
				return
			case <-stop:
				return
			}
		}
	})
	return func() {
		close(stop)
		giving.Wait()
	}
}
