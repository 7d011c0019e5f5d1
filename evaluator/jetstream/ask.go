package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Evaluate returns the stored result if there is one. Otherwise it puts a request into the queue, unless the same request is
// already there, and waits for the result. It waits without limit as long as workers show that they are evaluating, or while
// the queue is full of requests for this space. If ctx ends, the request stays in the queue.
//
// If a worker reports that the evaluation failed, the error is or wraps a [*protocol.Failure]; it contains the time of the
// failure if that happened before this coordinator asked. The error wraps [evaluator.ErrTemporary] and [ErrDeadLetter] if the
// request has become a dead letter, and [evaluator.ErrUncertain] if the worker's evaluator returned such an error.
//
// The error wraps [evaluator.ErrBroken] if
//
//   - the server has not answered for [Config].Patience,
//   - requests of other spaces have filled the queue for that time,
//   - the workers have ended because of an error and no other worker has appeared for that time,
//   - the user lacks a permission,
//   - the request is larger than the server allows, or
//   - the connection or the Evaluator is closed.
func (e *Evaluator) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return e.EvaluateAt(ctx, a, evaluator.Budget{})
}

// Unit returns Config.Unit.
func (e *Evaluator) Unit() string { return e.config.Unit }

// EvaluateAt is like Evaluate, with b.Resume as the request's Resume and, unless it is zero, with b.Amount as its budget in
// Config.Unit. Progress is passed to evaluator.Report. If ctx ends with the cause [evaluator.ErrStopped], the request is removed
// from the queue, and the worker that is evaluating it is told to stop.
func (e *Evaluator) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	if err := e.space.Validate(a); err != nil { // Key is only meaningful for valid architectures
		return evaluator.Result{}, err
	}
	if e.open.Err() != nil { // the code below would notice late, and might return a stored result
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
	answer, err := e.ask(ctx, a, b)
	if err != nil {
		return evaluator.Result{}, err
	}
	if e.config.OnAnswer != nil {
		e.config.OnAnswer(answer)
	}
	return answer.Result, answer.Err
}

// ask requests an evaluation and waits for the answer. It returns an error if there is no answer.
func (e *Evaluator) ask(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (Answer, error) {
	request, err := e.request(ctx, a, b)
	if err != nil {
		return Answer{}, err
	}
	text, err := e.link.payload(requests, &request)
	if err != nil {
		return Answer{}, e.oversized(a, err)
	}
	defer e.progress.add(request.ID, func(p protocol.Progress) { evaluator.Report(ctx, p) })()
	r, known, err := e.answer(ctx, request.ID, text)
	if isTooLarge(err) {
		return Answer{}, e.oversized(a, err)
	}
	if err != nil {
		if ctx.Err() == nil && errors.Is(err, evaluator.ErrBroken) { // the cause of ctx may wrap ErrBroken too
			e.giveUp(err)
		}
		e.withdraw(ctx, request.ID)
		return Answer{}, fmt.Errorf("request %s: %w", request.ID, err)
	}
	answer := Answer{Arch: a, Worker: r.worker}
	switch {
	case r.Result != nil:
		answer.Result = *r.Result
	case r.dead:
		answer.Err = fmt.Errorf("%w: %w", ErrDeadLetter, r.Failure)
		e.link.troubles.happened(request.ID, fmt.Errorf("%w: %s: %w", ErrDeadLetter, searchspace.Text(e.space, a), r.Failure))
	case r.unsure:
		answer.Err = fmt.Errorf("%w: %w", evaluator.ErrUncertain, r.Failure)
	case known:
		answer.Err = fmt.Errorf("the evaluation failed at %s; the failure is stored in stream %q (set Config.RetryFailures to evaluate again): %w",
			r.time.Local().Format(time.DateTime), e.link.queue.stream(results), r.Failure)
	default:
		answer.Err = r.Failure
	}
	return answer, nil
}

// oversized returns the error of a request that cannot be sent. If the request is too large for this server, the architecture is
// not at fault, so the error wraps evaluator.ErrBroken. An error that wraps protocol.ErrMalformed is returned unchanged, because
// the request is too large for any server.
func (e *Evaluator) oversized(a searchspace.Arch, err error) error {
	if errors.Is(err, protocol.ErrMalformed) {
		return err
	}
	return fmt.Errorf("%w: the request for an architecture of %d parts cannot be sent: %w", evaluator.ErrBroken, a.NumParts(), err)
}

// giveUp ends running evaluations, and all later ones, with an error.
func (e *Evaluator) giveUp(err error) {
	e.link.troubles.happened(err.Error(), err)
	e.close(err)
}

// request returns the request for an architecture.
func (e *Evaluator) request(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (protocol.Request, error) {
	r := protocol.NewRequest("", e.space, a)
	r.Budget, r.Seed = e.config.Budget, e.config.Seed
	if passedOn, ok := protocol.RequestFrom(ctx); ok {
		r.Budget, r.Resume, r.Seed, r.Plan = passedOn.Budget, passedOn.Resume, passedOn.Seed, passedOn.Plan
	}
	r = r.At(e.config.Unit, b)
	r.ID = identify(e.config.Objective, e.space.Key(a), r)
	if r.Plan != nil || e.config.Plan == nil {
		return r, nil
	}
	var err error
	r.Plan, err = e.config.Plan(a)
	return r, err
}

// answer waits for the reply to a request, and reports whether the reply was stored before. It ignores earlier temporary failures.
func (e *Evaluator) answer(ctx context.Context, id string, text []byte) (r *reply, known bool, err error) {
	woken, leave := e.wait(id)
	defer leave()
	recheck := time.NewTicker(e.config.Recheck)
	defer recheck.Stop()
	for seen, n := uint64(0), 0; ; n++ {
		err := e.link.patiently(ctx, "looking up results", func(ctx context.Context) (err error) {
			r, seen, err = e.look(ctx, id, seen)
			return err
		})
		if err != nil {
			return nil, false, err
		}
		if r != nil && (r.lasting() || n > 0) {
			e.answered()
			return r, n == 0, nil
		}
		if err := e.enqueue(ctx, id, text, fmt.Sprintf("%s.%d.%d", id, seen, n)); err != nil {
			return nil, false, err
		}
		select {
		case <-woken:
		case <-recheck.C:
		case <-ctx.Done():
			return nil, false, context.Cause(ctx)
		}
	}
}

// look looks for the reply to a request after a place in the stream, like find. With RetryFailures it removes old failures.
func (e *Evaluator) look(ctx context.Context, id string, after uint64) (r *reply, last uint64, err error) {
	for removed := after; ; removed = last {
		r, last, err = e.link.find(ctx, id, after)
		last = max(last, removed) // the next request needs a new message id
		if err != nil || !e.config.RetryFailures || r == nil || r.Failure == nil || !r.lasting() || r.time.After(e.begun) {
			return r, last, err
		}
		if err := e.link.forget(ctx, r); err != nil {
			return nil, after, err
		}
	}
}

// enqueue puts the request into the queue unless it is already there. If that takes several attempts, or several coordinators do
// so at the same time, the message id ensures that the stream stores the request once.
func (e *Evaluator) enqueue(ctx context.Context, id string, text []byte, msgID string) error {
	msg := nats.NewMsg(e.link.topic.subject(requests, id))
	msg.Data = text
	var blocked blockage
	return e.link.patiently(ctx, "queueing requests", func(ctx context.Context) error {
		_, err := e.link.js.PublishMsg(ctx, msg, js.WithMsgID(msgID), js.WithExpectLastSequencePerSubject(0))
		switch {
		case hasCode(err, js.JSErrCodeStreamWrongLastSequence, js.JSErrCodeStreamWrongLastSequenceConstant):
			return nil // it is already in the queue
		case isFull(err):
			return e.link.blocked(ctx, &blocked, err)
		default:
			return err
		}
	})
}
