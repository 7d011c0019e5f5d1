package jetstream

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

var errLate = errors.New("the evaluation exceeded Worker.Deadline")

// task is one delivery of a request.
type task struct {
	*nats.Msg
	id        string
	place     uint64 // sequence number in the stream
	delivered int    // number of deliveries, including this one
	begun     time.Time
}

// handle answers a request, hands it back, or turns it into a dead letter. It ignores errors of the server, because the queue
// delivers an unanswered request again.
func (s *serving) handle(msg *nats.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		return // not a message of a stream
	}
	t := task{msg, id(msg.Subject), meta.Sequence.Stream, int(meta.NumDelivered), time.Now()}
	defer s.heartbeat(t)()

	if err := s.link.denied(s.before); err != nil { // for example of an acknowledgement, which the server does not answer
		s.handBack(t, fmt.Errorf("%w: %w", evaluator.ErrBroken, err))
		return
	}
	request, err := s.read(t)
	if err != nil {
		s.deadLetter(t, err)
		return
	}
	known, err := s.known(t)
	switch {
	case err != nil:
		s.unsent(t, err)
	case known != nil && known.lasting(): // the worker that answered could not remove the request from the queue
		s.finish(t)
	case t.delivered > s.Deliveries:
		s.deadLetter(t, fmt.Errorf("delivered %d times without an answer", t.delivered-1))
	default:
		s.evaluate(t, request)
	}
}

// read reads the request in a message and checks that it is for this worker. It returns an error if the space panics, because the
// architecture may come from anybody.
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
		return r, fmt.Errorf("%w: the request has id %.40q, but its subject has %q", protocol.ErrMalformed, r.ID, t.id)
	}
	if name := s.Space.Name(); r.Space != name {
		return r, fmt.Errorf("this worker evaluates architectures of space %q, not of %.40q", name, r.Space)
	}
	return r, s.Space.Validate(r.Arch)
}

// known returns the stored reply, or nil if there is none.
func (s *serving) known(t task) (r *reply, err error) {
	ctx, stop := s.sending()
	defer stop()
	err = s.link.patiently(ctx, "looking up results", func(ctx context.Context) (err error) {
		r, _, err = s.link.find(ctx, t.id, 0)
		return err
	})
	return r, err
}

// evaluate runs the evaluation and sends the outcome.
func (s *serving) evaluate(t task, request protocol.Request) {
	ctx := s.work
	if s.Deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.Deadline, errLate)
		defer cancel()
	}
	ctx, stop := s.stoppable(ctx, t)
	defer stop()
	r, err := protocol.Answer(ctx, request, s.Space, s.Evaluator, s.report(t))
	switch {
	case err == nil, evaluator.Permanent(ctx, err):
		s.answer(t, r)
	case errors.Is(context.Cause(ctx), evaluator.ErrStopped): // the coordinator does not need the result
		_ = t.Term()
	case s.missed(t): // another worker has the request; handing it back would pass it to a third one
	case s.work.Err() != nil:
		_ = t.Nak()
	case errors.Is(err, evaluator.ErrBroken):
		s.broken(t, err)
	case errors.Is(err, evaluator.ErrUncertain): // another evaluation would probably fail again
		s.answer(t, r, unsureHeader)
	case t.delivered >= s.Deliveries:
		s.deadLetter(t, fmt.Errorf("delivery %d: %w", t.delivered, err))
	default:
		s.link.troubles.logger.Info("an evaluation has failed temporarily", "request", t.id, "delivery", t.delivered, "error", err)
		_ = t.NakWithDelay(s.RetryWait << min(t.delivered-1, 6))
	}
}

// broken ends the worker because its evaluator is broken, and reports the error to the coordinators. The request goes to another
// worker, or becomes a dead letter if it has been delivered too often.
func (s *serving) broken(t task, err error) {
	if t.delivered >= s.Deliveries {
		s.fail(err)
		s.notify(err)
		s.deadLetter(t, fmt.Errorf("delivery %d: %w", t.delivered, err))
		return
	}
	s.handBack(t, err)
}

// notify reports an error to the coordinators.
func (s *serving) notify(err error, headers ...string) {
	m := s.message(done, nobody, nil)
	m.Header.Set(reasonHeader, header(err.Error()))
	for _, h := range headers {
		m.Header.Set(h, "true")
	}
	_ = s.link.nc.PublishMsg(m) // if the report is lost, the worker's own error remains
}

// missed reports whether the queue has passed the request to another worker, because this one has sent no heartbeats.
func (s *serving) missed(t task) bool {
	return s.Deadline > 0 && time.Since(t.begun) > s.Deadline+s.ackWait
}

// unsent returns a request to the queue because a message could not be sent.
func (s *serving) unsent(t task, err error) { s.handBack(t, err, unsentHeader) }

// handBack returns a request to the queue. If the error wraps evaluator.ErrBroken, the worker ends and reports the error to the
// coordinators.
func (s *serving) handBack(t task, err error, headers ...string) {
	if errors.Is(err, evaluator.ErrBroken) {
		s.fail(err)
		s.notify(err, headers...)
		<-s.taken.Done() // if handed back earlier, this worker might get the request again
	}
	_ = t.Nak()
}

// heartbeat sends heartbeats to the server and to the coordinators until end is called or the deadline has passed.
func (s *serving) heartbeat(t task) (end func()) {
	alive := s.message(done, t.id, nil)
	alive.Header.Set(aliveHeader, "true")
	stop := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() {
		var late <-chan time.Time
		if s.Deadline > 0 {
			late = time.After(s.Deadline)
		}
		ticks := time.NewTicker(max(s.ackWait/3, time.Millisecond))
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				_ = t.InProgress() // if it is lost, the next one may arrive
				_ = s.link.nc.PublishMsg(alive)
			case <-late:
				return
			case <-stop:
				return
			}
		}
	})
	return func() {
		close(stop)
		sending.Wait()
	}
}
