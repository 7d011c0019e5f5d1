package rl

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator"
)

// Run evaluates trials until a limit of the Config is reached, a callback ends the search, the
// method has nothing new to propose, ctx ends, or an error ends the search. It proposes trials
// while others are being evaluated, as far ahead as Lag allows.
//
// Run always returns the History, even with an error. A failed evaluation does not end the search
// unless it wraps evaluator.ErrBroken. If no evaluation succeeds, the error wraps [ErrNoSuccess].
// While Run or Simulate is running, another call of either returns an error and changes nothing.
func (s *Search) Run(ctx context.Context, e evaluator.Evaluator) (*History, error) {
	if e == nil {
		return s.History(), errors.New("running a search: the evaluator is nil")
	}
	if !s.busy.CompareAndSwap(false, true) {
		return s.History(), errBusy
	}
	defer s.busy.Store(false)
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var proposer sync.WaitGroup
	proposer.Go(func() {
		defer func() { // runs even if the method or a callback calls runtime.Goexit
			if over, _ := s.reason(); !over && running.Err() == nil {
				_ = s.fail(fmt.Errorf("method %T or a callback called runtime.Goexit", s.method))
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

// errBusy is the error of Run and Simulate while either is running.
var errBusy = errors.New("running a search: Run or Simulate is already running it; a second search needs its own New")

// errOver is the cause of cancellation when a callback ends the search.
var errOver = errors.New("the search is over")

// interrupt ends a search before its end. Running trials may still be told.
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

// evaluate evaluates trials and tells their results.
func (s *Search) evaluate(ctx context.Context, cancel context.CancelCauseFunc, e evaluator.Evaluator) {
	var mu sync.Mutex
	var begun []Trial
	stop := func() { cancel(errOver) }
	jobs := func(yield func(evaluator.Job) bool) {
		for t, ok := s.await(ctx); ok; t, ok = s.await(ctx) {
			mu.Lock()
			begun = append(begun, t)
			mu.Unlock()
			if !yield(evaluator.Job{Arch: t.Arch, Budget: t.budget(), Context: s.observed(ctx, t, stop)}) {
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
			continue // the trial was stopped
		}
		if errors.Is(o.Err, evaluator.ErrBroken) {
			s.interrupt(o.Err)
			continue
		}
		if o.Err != nil && ctx.Err() != nil {
			continue // the evaluation was interrupted
		}
		s.tell(t, o, stop)
	}
}

// observed returns the context for evaluating a trial. Through it the search observes the trial's
// progress and may stop it. If that ends the search, observed calls stop.
func (s *Search) observed(ctx context.Context, t Trial, stop func()) context.Context {
	own, cancel := context.WithCancelCause(ctx)
	s.mu.Lock()
	s.trials[t.ID].cancel = cancel
	s.mu.Unlock()
	return evaluator.WithReport(own, func(p evaluator.Progress) {
		if p.Value == nil {
			return
		}
		_ = s.Observe(t, p) // an error has ended the search, or the trial is over
		if s.ended() {
			stop()
		}
	})
}

// release releases the resources of a trial's context and reports whether the trial was stopped.
func (s *Search) release(t Trial) (stopped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trials[t.ID].cancel(nil)
	return s.isStopped(t.ID)
}

// tell tells an outcome. It calls stop if the search is over afterwards or if a callback calls
// runtime.Goexit, so that nothing waits for further trials.
func (s *Search) tell(t Trial, o evaluator.Outcome, stop func()) {
	goes := false
	defer func() {
		if !goes {
			stop()
		}
	}()
	err := s.Tell(t, o.Result, o.Err)
	goes = (err == nil || isStop(err)) && !s.ended() // progress of another trial may just have stopped it
}

// ended reports whether the search was halted.
func (s *Search) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halted
}

// await waits for the next trial to evaluate. It returns false if there are no more.
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

// proposeAhead proposes groups as soon as the results that they depend on are available. With
// Config.Arrival it keeps one group ready for the next free worker.
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
