package command

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

var _ evaluator.Budgeted = (*Evaluator)(nil)

// Evaluator evaluates the architectures of one space by running a program. Use New to make one and Close to end it. It is
// safe for concurrent use.
type Evaluator struct {
	space   searchspace.Space
	config  Config
	record  *record
	slots   chan struct{}   // has an element for each evaluation that may have a process
	open    context.Context // ends with Close
	close   context.CancelFunc
	closing func() error // what Close does, once

	mu      sync.Mutex // guards the fields below
	closed  bool
	running sync.WaitGroup // evaluations; none is added after closed is set
	idle    []*process     // between two evaluations, the last used one at the end
}

// New returns an evaluator. No process is started before the first evaluation.
func New(space searchspace.Space, c Config) (*Evaluator, error) {
	if space == nil {
		return nil, errors.New("command: the space is nil")
	}
	c, err := c.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("command: %w", err)
	}
	e := &Evaluator{space: space, config: c, record: newRecord(c.GiveUp), slots: make(chan struct{}, c.Processes)}
	e.open, e.close = context.WithCancel(context.Background())
	e.closing = sync.OnceValue(e.end)
	return e, nil
}

// Evaluate evaluates the architecture with the program. The error is an [*Error]; the package documentation says what it
// wraps. If ctx ends, the process is killed, and the error wraps context.Cause(ctx).
func (e *Evaluator) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return e.EvaluateAt(ctx, a, evaluator.Budget{})
}

// Unit returns Config.Unit.
func (e *Evaluator) Unit() string { return e.config.Unit }

// EvaluateAt is Evaluate with another Amount of Config.Unit in the request's budget, and with what is to be resumed.
func (e *Evaluator) EvaluateAt(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	result, err := e.evaluate(ctx, a, b)
	if err == nil {
		return result, nil
	}
	var known *Error
	if !errors.As(err, &known) {
		err = e.failed(err)
	}
	return evaluator.Result{}, err
}

// failed returns an error that no process has to do with.
func (e *Evaluator) failed(err error) *Error {
	return &Error{Program: named(e.config.Command), Err: err}
}

func (e *Evaluator) evaluate(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (evaluator.Result, error) {
	if !e.enter() {
		return evaluator.Result{}, errClosed
	}
	defer e.running.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.open, func() { cancel(errClosed) })()

	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return evaluator.Result{}, context.Cause(ctx)
	}
	if err := e.record.verdict(); err != nil {
		return evaluator.Result{}, err
	}
	var values evaluator.Recording
	reply, err := e.ask(values.Context(ctx), a, b)
	if err != nil {
		return evaluator.Result{}, err
	}
	if reply.Failure != nil {
		failed := e.failed(reply.Failure)
		e.record.refusal(a.String(), failed, reply.Failure)
		return evaluator.Result{}, failed
	}
	e.record.success()
	if reply.Result.Curve == nil {
		reply.Result.Curve = values.Curve()
	}
	return *reply.Result, nil
}

// ask sends a request to a process. If the process has answered before and ends before it reads the request, as programs do that
// evaluate one architecture each time they are run, or if it is doubtful which request it replied to, ask sends the request again,
// to a new process.
func (e *Evaluator) ask(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (protocol.Reply, error) {
	if t := e.config.Timeout; t > 0 {
		late := fmt.Errorf("%w: no answer within %v", evaluator.ErrTimeout, t)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t, late)
		defer cancel()
	}
	request, err := e.request(ctx, a, b)
	if err != nil {
		return protocol.Reply{}, err
	}
	line, err := protocol.Line(&request)
	if err != nil {
		return protocol.Reply{}, err
	}
	p, err := e.take()
	if err != nil {
		return protocol.Reply{}, err
	}
	reply, err := e.askProcess(ctx, p, a, request.ID, line)
	doubtful := errors.As(err, new(doubtfulError))
	if doubtful {
		p.ignore("line that may concern an earlier request; a new process gets the current one", "error", err)
	}
	if doubtful || errors.As(err, new(unreadError)) {
		if p, err = start(e.config); err != nil {
			return protocol.Reply{}, err
		}
		reply, err = e.askProcess(ctx, p, a, request.ID, line)
	}
	if err == nil || err == context.Cause(ctx) && !errors.Is(err, evaluator.ErrTimeout) {
		return reply, err
	}
	failed := p.failed(err)
	e.record.fault(failed)
	return reply, failed
}

// askProcess sends a request to a process, and makes the process available to others if it answers.
func (e *Evaluator) askProcess(ctx context.Context, p *process, a searchspace.Arch, id string, line []byte) (protocol.Reply, error) {
	answered := false
	defer func() { // also if a callback panics
		if answered {
			e.put(p)
		} else {
			p.kill()
		}
	}()
	defer p.remark()()
	reply, err := p.ask(ctx, id, line, func(progress protocol.Progress) {
		if e.config.OnProgress != nil {
			e.config.OnProgress(a, progress)
		}
		evaluator.Report(ctx, progress)
	})
	answered = err == nil
	if err != nil && err == context.Cause(ctx) && errors.Is(err, evaluator.ErrTimeout) {
		err = p.late(err)
	}
	return reply, err
}

// request returns the request for an architecture, with an id of its own.
func (e *Evaluator) request(ctx context.Context, a searchspace.Arch, b evaluator.Budget) (protocol.Request, error) {
	r := protocol.NewRequest(newID(), e.space, a)
	r.Budget, r.Seed = e.config.Budget, e.config.Seed
	if passedOn, ok := protocol.RequestFrom(ctx); ok {
		r.Budget, r.Resume, r.Seed, r.Plan = passedOn.Budget, passedOn.Resume, passedOn.Seed, passedOn.Plan
	}
	r = r.At(e.config.Unit, b)
	if r.Plan != nil || e.config.Plan == nil {
		return r, nil
	}
	var err error
	r.Plan, err = e.config.Plan(a)
	return r, err
}

// newID returns an id that a program cannot guess, so that it cannot answer before it is asked. It is a number that fits into a
// float64, because some programs read ids as numbers.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return strconv.FormatUint(binary.LittleEndian.Uint64(b[:])>>11, 10)
}

// enter counts an evaluation that begins. It returns false if the evaluator is closed.
func (e *Evaluator) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.running.Add(1)
	return true
}

// take returns an idle process, the last used one if there are several, or starts one.
func (e *Evaluator) take() (*process, error) {
	e.mu.Lock()
	for len(e.idle) > 0 {
		p := e.idle[len(e.idle)-1]
		e.idle = e.idle[:len(e.idle)-1]
		if !p.hasExited() {
			e.mu.Unlock()
			p.stdout.reset() // it concerned another architecture
			p.stderr.reset()
			return p, nil
		}
		p.stdin.Close()
	}
	e.mu.Unlock()
	return start(e.config)
}

func (e *Evaluator) put(p *process) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.idle = append(e.idle, p)
}

// Close ends the processes. Running evaluations and all later ones fail with an error that wraps [evaluator.ErrBroken]. The
// standard input of idle processes is closed, and those that have not ended after Config.Grace are killed, which is an
// error. Close may be called several times.
func (e *Evaluator) Close() error { return e.closing() }

func (e *Evaluator) end() error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.close()
	e.running.Wait()

	errs := make([]error, len(e.idle))
	var ending sync.WaitGroup
	for i, p := range e.idle {
		ending.Go(func() { errs[i] = p.end(e.config.Grace) })
	}
	ending.Wait()
	e.idle = nil
	return errors.Join(errs...)
}
