package rl

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator"
)

// Run evaluates trials until a limit of the Config is reached, a callback ends the search, the method proposes nothing
// new, ctx ends, or something breaks. Trials are proposed while others are evaluated, as far ahead as Lag allows.
//
// It always returns the History, also together with an error. A failed evaluation is no error, unless the evaluator says
// that it is broken (evaluator.ErrBroken) or no evaluation succeeded ([ErrNoSuccess]).
func (s *Search) Run(ctx context.Context, e evaluator.Evaluator) (*History, error) {
	if e == nil {
		return s.History(), errors.New("running a search: the evaluator is nil")
	}
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var proposer sync.WaitGroup
	proposer.Go(func() {
		defer func() { // also if the method or a callback ended the goroutine
			if over, _ := s.reason(); !over && running.Err() == nil {
				_ = s.fail(fmt.Errorf("method %T, or a callback, ended its goroutine", s.method))
			}
		}()
		s.proposeAhead(running)
	})
	s.evaluate(running, cancel, e)
	if ctx.Err() != nil {
		s.interrupt(context.Cause(ctx))
	}
	cancel(errOver)
	proposer.Wait()
	return s.Finish(ctx)
}

// errOver is why evaluations are cancelled when a callback ends the search.
var errOver = errors.New("the search is over")

// interrupt ends a search that has not come to its end. What runs may still be told.
func (s *Search) interrupt(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	complete := len(s.running) == 0 && (s.over || s.started >= s.config.Evaluations)
	if s.halted || s.err != nil || complete {
		return
	}
	s.over, s.stop, s.queue, s.err = true, StopError, nil, fmt.Errorf("searching %s: %w", s.space.Name(), err)
	s.notify()
}

// evaluate has trials evaluated and tells their results.
func (s *Search) evaluate(ctx context.Context, cancel context.CancelCauseFunc, e evaluator.Evaluator) {
	var mu sync.Mutex
	var begun []Trial
	jobs := func(yield func(evaluator.Job) bool) {
		for t, ok := s.await(ctx); ok; t, ok = s.await(ctx) {
			mu.Lock()
			begun = append(begun, t)
			mu.Unlock()
			if !yield(evaluator.Job{Arch: t.Arch, Budget: t.budget(), Context: s.observed(ctx, t)}) {
				return
			}
		}
	}
	pool := evaluator.Pool{Evaluator: e, Workers: s.config.Workers, Space: s.space}
	for o := range pool.RunJobs(ctx, jobs) {
		mu.Lock()
		t := begun[o.Index]
		mu.Unlock()
		if s.release(t) {
			continue // it was stopped
		}
		if errors.Is(o.Err, evaluator.ErrBroken) {
			s.interrupt(o.Err)
			continue
		}
		if o.Err != nil && ctx.Err() != nil {
			continue // cut short, which is no result
		}
		s.tell(t, o, func() { cancel(errOver) })
	}
}

// observed returns the context of a trial's evaluation, in which the search observes its progress and may stop it.
func (s *Search) observed(ctx context.Context, t Trial) context.Context {
	own, cancel := context.WithCancelCause(ctx)
	s.mu.Lock()
	s.trials[t.ID].cancel = cancel
	s.mu.Unlock()
	return evaluator.WithReport(own, func(p evaluator.Progress) {
		if p.Value != nil {
			_ = s.Observe(t, p) // an error ends the search, or the trial is over
		}
	})
}

// release frees what the context of a trial's evaluation holds, and reports whether the trial was stopped.
func (s *Search) release(t Trial) (stopped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trials[t.ID].cancel(nil)
	return s.isStopped(t.ID)
}

// tell tells an outcome and calls stop if the search is over then, or if a callback ends the goroutine: nothing may wait for
// further trials in either case.
func (s *Search) tell(t Trial, o evaluator.Outcome, stop func()) {
	goes := false
	defer func() {
		if !goes {
			stop()
		}
	}()
	goes = s.Tell(t, o.Result, o.Err) == nil && !s.ended()
}

// ended reports whether the search was halted.
func (s *Search) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halted
}

// await returns the next trial to evaluate. It waits until there is one, and returns false if there will be none.
func (s *Search) await(ctx context.Context) (Trial, bool) {
	for {
		if trials := s.handOut(1); len(trials) > 0 {
			return trials[0], true
		}
		s.mu.Lock()
		over, changed := s.over && len(s.queue) == 0 && (s.restored || s.halted), s.changed
		waits := len(s.queue) > 0
		s.mu.Unlock()
		if over {
			return Trial{}, false
		}
		if waits {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Trial{}, false
		}
	}
}

// proposeAhead proposes groups as soon as the results that they depend on are there. In the order of arrival it keeps
// one group ready for the next worker.
func (s *Search) proposeAhead(ctx context.Context) {
	for ctx.Err() == nil {
		s.mu.Lock()
		changed := s.changed
		full := s.config.Arrival && len(s.queue) > 0
		s.mu.Unlock()
		err := ErrWait
		if !full {
			err = s.propose(ctx, true)
		}
		if errors.Is(err, ErrWait) {
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		if err != nil {
			return
		}
	}
}
