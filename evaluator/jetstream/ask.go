package jetstream

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// patience is how long a server that does not answer is asked again.
const patience = 2 * time.Minute

// Evaluate returns the result that is there, or joins the request under way, or asks the workers. It waits as long as it
// takes, also while the queue is full or the server restarts. Where ctx ends, the request stays in the queue.
//
// The error is a [*protocol.Failure] where a worker says that the evaluation has failed. It wraps [evaluator.ErrTemporary]
// where the request became a dead letter ([ErrDeadLetter]) and where the server has not answered for two minutes, and
// [evaluator.ErrBroken] where the connection or the coordinator is closed.
func (e *Evaluator) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	if err := e.space.Validate(a); err != nil { // the Key of what is no member may be a member's
		return evaluator.Result{}, err
	}
	if e.open.Err() != nil { // what follows would notice late, and might find a result before
		return evaluator.Result{}, context.Cause(e.open)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.open, func() { cancel(context.Cause(e.open)) })()
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
		return evaluator.Result{}, context.Cause(ctx)
	}
	request := e.request(ctx, a)
	text, err := e.link.payload(&request)
	if err != nil {
		return evaluator.Result{}, err
	}
	r, err := e.answer(ctx, request.ID, text)
	if err != nil {
		return evaluator.Result{}, fmt.Errorf("request %s: %w", request.ID, err)
	}
	answer := Answer{Arch: a, Worker: r.worker}
	switch {
	case r.Result != nil:
		answer.Result = *r.Result
	case r.dead:
		answer.Err = fmt.Errorf("%w: %w", ErrDeadLetter, r.Failure)
	default:
		answer.Err = r.Failure
	}
	if e.config.OnAnswer != nil {
		e.config.OnAnswer(answer)
	}
	return answer.Result, answer.Err
}

// request makes the request for an architecture.
func (e *Evaluator) request(ctx context.Context, a searchspace.Arch) protocol.Request {
	r := protocol.NewRequest("", e.space, a)
	r.Budget, r.Seed = e.config.Budget, e.config.Seed
	if passedOn, ok := protocol.RequestFrom(ctx); ok {
		r.Budget, r.Seed = passedOn.Budget, passedOn.Seed
	}
	r.ID = identify(e.config.Objective, e.space.Key(a), r)
	return r
}

// answer waits for the reply to a request. A temporary failure that was there before is none.
func (e *Evaluator) answer(ctx context.Context, id string, text []byte) (*reply, error) {
	woken, leave := e.wait(id)
	defer leave()
	recheck := time.NewTicker(e.config.Recheck)
	defer recheck.Stop()
	for seen, n := uint64(0), 0; ; n++ {
		var found *reply
		err := e.link.patiently(ctx, patience, func(ctx context.Context) (err error) {
			found, seen, err = e.link.find(ctx, id, seen)
			return err
		})
		if err != nil {
			return nil, err
		}
		if found != nil && (found.lasting() || n > 0) {
			return found, nil
		}
		if err := e.ask(ctx, id, text, fmt.Sprintf("%s.%d.%d", id, seen, n)); err != nil {
			return nil, err
		}
		select {
		case <-woken:
		case <-recheck.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// ask puts the request into the queue, unless it is there. Where that takes several attempts, and where coordinators ask at
// the same time, the message's id has the stream take the request once.
func (e *Evaluator) ask(ctx context.Context, id string, text []byte, msgID string) error {
	msg := nats.NewMsg(e.link.topic.subject(requests, id))
	msg.Data = text
	return e.link.patiently(ctx, patience, func(ctx context.Context) error {
		_, err := e.link.js.PublishMsg(ctx, msg, js.WithMsgID(msgID), js.WithExpectLastSequencePerSubject(0))
		if hasCode(err, js.JSErrCodeStreamWrongLastSequence, js.JSErrCodeStreamWrongLastSequenceConstant) {
			return nil // it is in the queue
		}
		return err
	})
}
