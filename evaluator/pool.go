package evaluator

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"time"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Pool evaluates many architectures in parallel. It has no state, so calls of Run may use the same Pool concurrently.
type Pool struct {
	// Evaluator evaluates the architectures. If nil, every evaluation fails with ErrBroken.
	Evaluator Evaluator
	// Workers is the maximum number of evaluations in parallel; 0 means GOMAXPROCS.
	Workers int
	// Space is the space of the architectures. If it is not nil, errors show architectures in its usual notation; see
	// [searchspace.Text].
	Space searchspace.Space
}

// Outcome is the result or error of one evaluation.
type Outcome struct {
	Index   int              // position of the architecture in the sequence, from 0
	Arch    searchspace.Arch // the architecture
	Budget  float64          // the Amount of the budget, or zero for the evaluator's own
	Result  Result           // zero if Err is not nil
	Err     error            // why the evaluation failed; it names the architecture
	Elapsed time.Duration    // wall-clock time of the evaluation in this process
}

// Job is an evaluation for a Pool to run.
type Job struct {
	Arch   searchspace.Arch
	Budget Budget
	// Context is the context of this evaluation. If nil, the context of RunJobs is used. The evaluation's context also ends if
	// the context of RunJobs does.
	Context context.Context
}

// Run evaluates the architectures of a sequence and yields each outcome as soon as it is available, in the order in which
// evaluations finish. Evaluation begins when the loop over Run begins; every loop iterates over archs from the beginning.
//
// Run takes the next architecture only when a worker is free, so archs may block until it has one. A worker is free again when
// the loop has received its outcome. Run iterates over archs in a separate goroutine and waits for that goroutine, so a
// sequence that blocks must end when ctx ends, when the loop over Run is left, and when an outcome's error wraps [ErrBroken].
//
// After one of these three events Run takes no further architecture, starts no further evaluation, and returns when the running
// evaluations have ended. If ctx has ended or the loop was left, it cancels their contexts; after ErrBroken it lets them
// finish. Unless the loop is left, it receives the outcome of every evaluation that was started. Run leaves no goroutine
// behind.
//
// Evaluations are called through [Try], so panics and objectives that are not finite become errors. If ctx has ended, an
// evaluation's error also wraps context.Cause(ctx).
func (p Pool) Run(ctx context.Context, archs iter.Seq[searchspace.Arch]) iter.Seq[Outcome] {
	return p.RunJobs(ctx, func(yield func(Job) bool) {
		for a := range archs {
			if !yield(Job{Arch: a}) {
				return
			}
		}
	})
}

// RunJobs is like Run, with a budget and a context for each evaluation.
func (p Pool) RunJobs(ctx context.Context, jobs iter.Seq[Job]) iter.Seq[Outcome] {
	return func(yield func(Outcome) bool) {
		ctx, cancel := context.WithCancel(ctx)
		outcomes := p.start(ctx, jobs)
		defer func() { // also when the loop's body panics
			cancel()
			for range outcomes {
			}
		}()
		for o := range outcomes {
			if !yield(o) {
				return
			}
		}
	}
}

// start evaluates in the background. It closes the channel when all evaluations have ended; the caller must read the channel
// until then.
func (p Pool) start(ctx context.Context, jobs iter.Seq[Job]) <-chan Outcome {
	outcomes := make(chan Outcome)
	starting, stop := context.WithCancel(ctx)
	slots := make(chan struct{}, p.workers())
	var running sync.WaitGroup

	run := func(o Outcome, job Job) {
		defer func() { // also if the evaluator calls runtime.Goexit
			if errors.Is(o.Err, ErrBroken) {
				stop()
			}
			outcomes <- o
			<-slots
		}()
		p.evaluate(ctx, &o, job)
	}
	await := func() bool { // waits for a free worker
		select {
		case slots <- struct{}{}:
		case <-starting.Done():
		}
		return starting.Err() == nil
	}
	go func() {
		defer close(outcomes)
		defer stop()
		defer running.Wait()
		if !await() {
			return
		}
		next := 0
		for job := range jobs {
			if starting.Err() != nil { // it ended while jobs blocked
				return
			}
			o := Outcome{Index: next, Arch: job.Arch, Budget: job.Budget.Amount}
			next++
			running.Go(func() { run(o, job) })
			if !await() {
				return
			}
		}
	}()
	return outcomes
}

func (p Pool) workers() int {
	if p.Workers > 0 {
		return p.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// text formats an architecture for an error.
func (p Pool) text(a searchspace.Arch) string {
	if p.Space == nil {
		return a.String()
	}
	return searchspace.Text(p.Space, a)
}

// evaluate runs one evaluation and fills in its outcome, even if the evaluator panics or calls runtime.Goexit.
func (p Pool) evaluate(ctx context.Context, o *Outcome, job Job) {
	begin := time.Now()
	if job.Context != nil {
		pool := ctx
		own, cancel := context.WithCancelCause(job.Context)
		defer cancel(nil)
		defer context.AfterFunc(pool, func() { cancel(context.Cause(pool)) })()
		ctx = own
	}
	err := errGoexit // unless Try returns
	defer func() {
		o.Elapsed = time.Since(begin)
		if err == nil {
			return
		}
		if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
			err = fmt.Errorf("%w: %w", cause, err)
		}
		o.Err = fmt.Errorf("evaluating [%s]: %w", p.text(o.Arch), err)
	}()
	o.Result, err = TryAt(ctx, p.Evaluator, job.Arch, job.Budget)
}
