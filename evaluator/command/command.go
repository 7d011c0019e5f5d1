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

// Evaluator evaluates the architectures of one space by running a program. Create one with New, and call Close to end its
// processes. It is safe for concurrent use.
type Evaluator struct {
	space   searchspace.Space
	config  Config
	record  *record
	slots   chan struct{}   // holds one element for each evaluation that may use a process
	open    context.Context // ends when Close is called
	close   context.CancelFunc
	closing func() error // calls end once

	mu      sync.Mutex // guards the fields below
	closed  bool
	running sync.WaitGroup // running evaluations; none is added after closed is set
	idle    []*process     // processes without a request, the most recently used last
}

// New returns an evaluator. The first evaluation starts the first process. New returns an error if the configuration is not
// valid, but does not check whether the program exists.
func New(space searchspace.Space, c Config) (*Evaluator, error) {
	if space == nil {
		return nil, errors.New("command: the space must not be nil")
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

// Evaluate evaluates the architecture with the program. The error is an [*Error]; the package documentation lists what it
// wraps. If ctx ends, the process is killed and the error wraps context.Cause(ctx).
func (e *Evaluator) Evaluate(ctx context.Context, a searchspace.Arch) (evaluator.Result, error) {
	return e.EvaluateAt(ctx, a, evaluator.Budget{})
}

// Unit returns Config.Unit.
func (e *Evaluator) Unit() string { return e.config.Unit }

// EvaluateAt is like Evaluate, with b.Resume as the request's "resume" and, unless it is zero, with b.Amount as its budget in
// Config.Unit.
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

// failed returns an error that was not caused by a process.
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

// ask sends a request to a process. It sends the request again, to a new process, in two cases: if the process has answered
// before and exits before it reads the request, like a program that exits after each answer, or if it is unclear which request
// the process replied to.
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
	ambiguous := errors.As(err, new(ambiguousError))
	if ambiguous {
		p.ignore("line that may concern an earlier request; a new process gets the current one", "error", err)
	}
	if ambiguous || errors.As(err, new(unreadError)) {
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

// askProcess sends a request to a process. If the process answers, it becomes idle again, otherwise it is killed.
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

// request returns the request for an architecture, with a new id.
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

// newID returns a random id, so that a program cannot answer a request before reading it. The id is a number that a float64
// represents exactly, because some programs read ids as numbers.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return strconv.FormatUint(binary.LittleEndian.Uint64(b[:])>>11, 10)
}

// enter registers an evaluation. It returns false if the evaluator is closed.
func (e *Evaluator) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.running.Add(1)
	return true
}

// take returns the most recently used idle process, or starts one if there is none.
func (e *Evaluator) take() (*process, error) {
	e.mu.Lock()
	for len(e.idle) > 0 {
		p := e.idle[len(e.idle)-1]
		e.idle = e.idle[:len(e.idle)-1]
		if !p.hasExited() {
			e.mu.Unlock()
			p.stdout.reset() // it is about another architecture
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

// Close ends all processes. Evaluations that are running or start later fail with an error that wraps [evaluator.ErrBroken].
// Close closes the standard input of idle processes, waits for them to exit, and kills those that are still running after
// Config.Grace; in that case it returns an error. Close may be called several times.
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
