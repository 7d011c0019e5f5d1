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

// Evaluate returns the result that is there already, or joins the request that others have made, or asks the workers. It waits
// for the result without a limit as long as workers show that they evaluate, and also while the queue is full of requests for
// this space. If ctx ends, the request stays in the queue.
//
// The error is or wraps a [*protocol.Failure] if a worker reports that the evaluation has failed; it says so if that was known
// before. It wraps [evaluator.ErrTemporary] and [ErrDeadLetter] if the request has become a dead letter, and
// [evaluator.ErrUncertain] if the worker's evaluator has returned such an error. It wraps [evaluator.ErrBroken] if the server has
// been away for [Config].Patience, if other spaces fill the queue for as long, if the workers have ended because of an error and
// none has come for as long, if a permission is missing, if the server takes no message as large as the request, and if the
// connection or the Evaluator is closed.
func (e *Evaluator) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return e.EvaluateAt(ctx, a, evaluator.Budget{})
}

// Unit returns Config.Unit.
func (e *Evaluator) Unit() string { return e.config.Unit }

// EvaluateAt is Evaluate with another Amount of Config.Unit in the request's budget, and with what is to be resumed. Progress
// goes to evaluator.Report. If ctx ends because of [evaluator.ErrStopped], the request leaves the queue, and the worker that
// evaluates it is told to stop.
func (e *Evaluator) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	if err := e.space.Validate(a); err != nil { // Key is only meaningful for valid architectures
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
	answer, err := e.ask(ctx, a, b)
	if err != nil {
		return evaluator.Result{}, err
	}
	if e.config.OnAnswer != nil {
		e.config.OnAnswer(answer)
	}
	return answer.Result, answer.Err
}

// ask asks for an architecture and waits for the answer. The error says why there is none.
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
		if errors.Is(err, evaluator.ErrBroken) {
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
		answer.Err = fmt.Errorf("it failed at %s, and the failure is kept in stream %q (Config.RetryFailures evaluates it again): %w",
			r.time.Local().Format(time.DateTime), e.link.queue.stream(results), r.Failure)
	default:
		answer.Err = r.Failure
	}
	return answer, nil
}

// oversized says that a request is too large for the server, which is not the architecture's fault. An error that wraps
// protocol.ErrMalformed stays: no server would take the request.
func (e *Evaluator) oversized(a searchspace.Arch, err error) error {
	if errors.Is(err, protocol.ErrMalformed) {
		return err
	}
	return fmt.Errorf("%w: the request for an architecture of %d parts cannot be sent: %w", evaluator.ErrBroken, a.NumParts(), err)
}

// giveUp ends the evaluations under way, and all later ones.
func (e *Evaluator) giveUp(err error) {
	e.link.troubles.happened(err.Error(), err)
	e.close(err)
}

// request makes the request for an architecture.
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

// answer waits for the reply to a request. Temporary failures from before do not count. It reports whether the reply was there
// before.
func (e *Evaluator) answer(ctx context.Context, id string, text []byte) (r *reply, known bool, err error) {
	woken, leave := e.wait(id)
	defer leave()
	recheck := time.NewTicker(e.config.Recheck)
	defer recheck.Stop()
	for seen, n := uint64(0), 0; ; n++ {
		err := e.link.patiently(ctx, "looking for results", func(ctx context.Context) (err error) {
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

// look looks for the reply to a request after a place in the stream, as find does. It removes failures that are to be forgotten.
func (e *Evaluator) look(ctx context.Context, id string, after uint64) (r *reply, last uint64, err error) {
	for removed := after; ; removed = last {
		r, last, err = e.link.find(ctx, id, after)
		last = max(last, removed) // the request that follows must have another message id than the one before
		if err != nil || !e.config.RetryFailures || r == nil || r.Failure == nil || !r.lasting() || r.time.After(e.begun) {
			return r, last, err
		}
		if err := e.link.forget(ctx, r); err != nil {
			return nil, after, err
		}
	}
}

// enqueue puts the request into the queue unless it is there. If that takes several attempts, or several coordinators ask at the
// same time, the stream takes the request once because of the message's id.
func (e *Evaluator) enqueue(ctx context.Context, id string, text []byte, msgID string) error {
	msg := nats.NewMsg(e.link.topic.subject(requests, id))
	msg.Data = text
	var blocked blockage
	return e.link.patiently(ctx, "putting requests into the queue", func(ctx context.Context) error {
		_, err := e.link.js.PublishMsg(ctx, msg, js.WithMsgID(msgID), js.WithExpectLastSequencePerSubject(0))
		switch {
		case hasCode(err, js.JSErrCodeStreamWrongLastSequence, js.JSErrCodeStreamWrongLastSequenceConstant):
			return nil // it is in the queue
		case isFull(err):
			return e.link.blocked(ctx, &blocked, err)
		default:
			return err
		}
	})
}
