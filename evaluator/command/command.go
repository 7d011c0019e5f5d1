package command

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

var _ evaluator.Evaluator = (*Evaluator)(nil)

// Evaluator has a program evaluate the architectures of one space. Make it with New, and end it with Close. It is safe for
// concurrent use.
type Evaluator struct {
	space   searchspace.Space
	config  Config
	lastID  atomic.Uint64
	slots   chan struct{}   // holds something for each evaluation that may have a process
	open    context.Context // ends with Close
	close   context.CancelFunc
	closing func() error // what Close does, once

	mu      sync.Mutex // guards what follows
	closed  bool
	running sync.WaitGroup // evaluations; none is added once closed
	idle    []*process     // between two evaluations, the latest last
}

// New makes an evaluator. No process is started before the first evaluation.
func New(space searchspace.Space, c Config) (*Evaluator, error) {
	if space == nil {
		return nil, errors.New("command: no space")
	}
	c, err := c.checked()
	if err != nil {
		return nil, fmt.Errorf("command: %w", err)
	}
	e := &Evaluator{space: space, config: c, slots: make(chan struct{}, c.Processes)}
	e.open, e.close = context.WithCancel(context.Background())
	e.closing = sync.OnceValue(e.end)
	return e, nil
}

// Evaluate has the program evaluate the architecture. The error is an [*Error]; the package's documentation says what it
// wraps. Where ctx ends the process is killed, and the error wraps context.Cause(ctx).
func (e *Evaluator) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	result, err := e.evaluate(ctx, a)
	if err == nil {
		return result, nil
	}
	if _, ok := err.(*Error); !ok {
		err = &Error{Program: named(e.config.Command), Err: err}
	}
	return evaluator.Result{}, err
}

func (e *Evaluator) evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
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
	reply, err := e.ask(ctx, a)
	if err != nil {
		return evaluator.Result{}, err
	}
	if reply.Failure != nil {
		return evaluator.Result{}, reply.Failure
	}
	return *reply.Result, nil
}

// ask has a process of its own for one request, and hands it on if all is well.
func (e *Evaluator) ask(ctx context.Context, a searchspace.Arch) (reply protocol.Reply, err error) {
	if t := e.config.Timeout; t > 0 {
		late := fmt.Errorf("%w: no answer within %v", evaluator.ErrTimeout, t)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t, late)
		defer cancel()
	}
	request := e.request(ctx, a)
	line, err := protocol.Line(&request)
	if err != nil {
		return reply, err
	}
	p, err := e.take()
	if err != nil {
		return reply, err
	}
	good := false
	defer func() { // also when a callback panics
		if good {
			e.put(p)
			return
		}
		p.kill()
		if err != nil {
			err = &Error{Program: named(e.config.Command), Err: err, Stderr: p.stderr.text()}
		}
	}()
	reply, err = p.ask(ctx, request.ID, line, func(progress protocol.Progress) {
		if e.config.OnProgress != nil {
			e.config.OnProgress(a, progress)
		}
		protocol.Report(ctx, progress)
	})
	good = err == nil
	return reply, err
}

// request makes the request for an architecture, under an id that this evaluator has not used.
func (e *Evaluator) request(ctx context.Context, a searchspace.Arch) protocol.Request {
	r := protocol.NewRequest(strconv.FormatUint(e.lastID.Add(1), 10), e.space, a)
	r.Budget, r.Seed = e.config.Budget, e.config.Seed
	if passedOn, ok := protocol.RequestFrom(ctx); ok {
		r.Budget, r.Seed = passedOn.Budget, passedOn.Seed
	}
	return r
}

// enter counts an evaluation in, unless the evaluator is closed.
func (e *Evaluator) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.running.Add(1)
	return true
}

// take returns a process that lives and has nothing to do, the last that was used if there is one.
func (e *Evaluator) take() (*process, error) {
	e.mu.Lock()
	for len(e.idle) > 0 {
		p := e.idle[len(e.idle)-1]
		e.idle = e.idle[:len(e.idle)-1]
		if !p.hasExited() {
			e.mu.Unlock()
			p.stderr.reset() // it was about another architecture
			return p, nil
		}
	}
	e.mu.Unlock()
	return start(e.config)
}

func (e *Evaluator) put(p *process) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.idle = append(e.idle, p)
}

// Close ends the processes: evaluations under way fail, with an error that wraps [evaluator.ErrBroken], as do all later
// ones; processes between evaluations see the end of their standard input, and are killed after Config.Grace. The error
// says that one had to be. Close may be called several times.
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
