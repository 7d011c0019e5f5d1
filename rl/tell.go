package rl

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Tell reports the result of a trial that Ask returned, or the error with which its evaluation
// failed. Results may be told in any order. A result counts as a failure if its value, or the
// figure of an objective or a limit, is missing, NaN or infinite. If the first successful result
// lacks such a figure, the search ends with [ErrNoFigure]. The learning curve is cleaned; see
// evaluator.Curve.Clean.
//
// Tell returns an error, and changes nothing, if the trial was not returned by Ask or has already
// been told, if it was stopped early (evaluator.ErrStopped), or if the search is over ([ErrDone]).
// The same holds if err wraps evaluator.ErrBroken, which says nothing about the architecture: the
// trial stays open and may be told later. Any other error comes from the Recorder, the method or a
// callback and ends the search.
func (s *Search) Tell(t Trial, r evaluator.Result, err error) error {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.mu.Lock()
	open, problem := s.open(t)
	s.mu.Unlock()
	if problem != nil {
		return fmt.Errorf("telling the result of trial %d: %w", t.ID, problem)
	}
	if errors.Is(err, evaluator.ErrBroken) {
		return fmt.Errorf("telling the result of trial %d: the trial stays open: %w", t.ID, err)
	}
	if err == nil && !finite(r.Value) {
		err = fmt.Errorf("evaluating [%s]: %w: %v", searchspace.Text(s.space, t.Arch), evaluator.ErrNotFinite, r.Value)
	}
	if err == nil {
		r.Curve = r.Curve.Clean()
		var lack error
		if r, lack = s.goals.complete(context.Background(), s.known, open.Trial, r); lack != nil {
			err = fmt.Errorf("evaluating [%s]: %w", searchspace.Text(s.space, t.Arch), lack)
		}
		if errors.Is(err, ErrNoFigure) && !s.succeeded {
			return s.fail(err)
		}
	}
	if err != nil {
		r = evaluator.Result{}
	} else if r.Curve == nil {
		s.mu.Lock()
		r.Curve = open.curve
		s.mu.Unlock()
	}
	if err := s.record(context.Background(), result{t.ID, newOutcome(r, err)}); err != nil {
		return s.fail(err)
	}
	if err := s.settle(open, r, err); err != nil {
		return err
	}
	return s.judge() // decisions about other trials may have waited for this result
}

// open returns a trial that may be told. The caller must hold mu.
func (s *Search) open(t Trial) (*trial, error) {
	if s.halted {
		return nil, ErrDone
	}
	if t.ID < 0 || t.ID >= len(s.trials) || !s.trials[t.ID].handedOut {
		return nil, errors.New("Ask has not returned this trial")
	}
	open := s.trials[t.ID]
	if !open.Arch.Equal(t.Arch) {
		return nil, fmt.Errorf("its architecture is [%s], not [%s]",
			searchspace.Text(s.space, open.Arch), searchspace.Text(s.space, t.Arch))
	}
	if open.stopped {
		return nil, evaluator.ErrStopped
	}
	if open.told {
		return nil, errors.New("its result has already been told")
	}
	return open, nil
}

// settle enters a result and reports the evaluations that it brings into view. The caller must hold
// telling.
func (s *Search) settle(t *trial, r evaluator.Result, err error) error {
	before := len(s.view)
	s.mu.Lock()
	t.Result, t.Err = r, err
	if r.Curve != nil {
		t.curve = r.Curve
	}
	s.mu.Unlock()
	if s.config.Arrival {
		if err := s.finally(t); err != nil {
			return err
		}
	}
	s.closeTrial(t)
	if err := s.show(); err != nil {
		return err
	}
	var fresh []Evaluation
	for _, e := range s.view[before:] {
		if !e.Repeat {
			fresh = append(fresh, e)
		}
	}
	return s.report(fresh)
}

// closeTrial marks a trial as told and answers its repeats. With Config.Arrival, they come into view.
func (s *Search) closeTrial(t *trial) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.told = true
	for _, repeat := range t.repeats {
		repeat.answer(t.Evaluation)
	}
	s.running = slices.DeleteFunc(s.running, func(other *trial) bool { return other.told })
	if s.config.Arrival {
		s.append(t)
		for _, repeat := range t.repeats {
			s.append(repeat)
		}
	}
	t.repeats = nil
	s.notify()
}

// show brings told trials into view in the order of their IDs, up to the first that is running. The
// caller must hold telling.
func (s *Search) show() error {
	for !s.config.Arrival && len(s.view) < len(s.trials) && s.trials[len(s.view)].told {
		next := s.trials[len(s.view)]
		if err := s.finally(next); err != nil {
			return err
		}
		s.mu.Lock()
		s.append(next)
		s.notify()
		s.mu.Unlock()
	}
	return nil
}

// finally judges the remaining points of a trial's curve, now that the curve is complete. A trial
// that is stopped keeps its full cost. The caller must hold telling.
func (s *Search) finally(t *trial) error {
	if id := s.first[t.identity()]; t.Repeat && id >= 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		t.answer(s.trials[id].Evaluation)
		return nil
	}
	points, err := s.judgeTrial(t)
	if points == 0 || err != nil {
		return err
	}
	return s.stopAfter(t, points, t.Result.Cost)
}

// append adds a trial to the view. The caller must hold mu and telling.
func (s *Search) append(t *trial) {
	t.place = len(s.view)
	s.view = append(s.view, t.Evaluation)
	seen, smaller, cost := s.seen[t.place], s.seenSmaller[t.place], s.cost[t.place]
	if !t.Repeat {
		cost = addCost(cost, t.Result.Cost)
		if isFull(t.Evaluation) {
			s.evaluations, seen = append(s.evaluations, t.Evaluation), seen+1
		} else {
			s.smaller, smaller = append(s.smaller, t.Evaluation), smaller+1
		}
	}
	s.seen, s.seenSmaller, s.cost = append(s.seen, seen), append(s.seenSmaller, smaller), append(s.cost, cost)
}

// log logs an evaluation, unless it is replayed.
func (s *Search) log(e Evaluation) {
	switch {
	case s.replaying:
	case e.Stopped():
		s.config.Logger.Info("evaluation stopped", "trial", e.ID, "cost", e.Result.Cost, "source", e.Source)
	case e.OK():
		fields := []any{"trial", e.ID}
		for _, metric := range s.goals.metrics() {
			v, _ := figure(e.Result, metric)
			fields = append(fields, figureName(metric), v)
		}
		s.config.Logger.Info("evaluated", append(fields, "cost", e.Result.Cost, "source", e.Source)...)
	default:
		fields := []any{"trial", e.ID, "error", e.Err}
		if p := (*evaluator.PanicError)(nil); errors.As(e.Err, &p) {
			fields = append(fields, "stack", string(p.Stack))
		}
		s.config.Logger.Warn("evaluation failed", fields...)
	}
}

// report logs evaluations and calls the callback. The caller must hold telling.
func (s *Search) report(fresh []Evaluation) error {
	for _, e := range fresh {
		s.log(e)
		if err := s.checkCost(e); err != nil {
			return s.cut(e.ID, err)
		}
		if s.config.OnResult != nil {
			if err := guarded(func() error { return s.config.OnResult(e) }); err != nil {
				return s.cut(e.ID, fmt.Errorf("OnResult after trial %d: %w", e.ID, err))
			}
		}
		if err := s.checkSuccess(e); err != nil {
			return s.cut(e.ID, err)
		}
	}
	return nil
}

// checkSuccess returns an error if the first GiveUp evaluations have all failed. During replay it
// only counts, because the cause may have been fixed since.
func (s *Search) checkSuccess(e Evaluation) error {
	if err := s.checkFeasible(e); err != nil {
		return err
	}
	if s.succeeded = s.succeeded || e.OK(); s.succeeded || e.Stopped() {
		return nil
	}
	s.failed++
	if s.config.GiveUp < 0 || s.failed < s.config.GiveUp || s.replaying {
		return nil
	}
	return fmt.Errorf("%w: the first %d evaluations all failed (rl.Config.GiveUp); the last failure: %w", ErrNoSuccess, s.failed, e.Err)
}

// checkFeasible returns an error if the first 10·GiveUp evaluations have all failed or are beyond
// the limits.
func (s *Search) checkFeasible(e Evaluation) error {
	within := e.OK() && s.goals.excesses(e.Result) == nil
	if s.feasible = s.feasible || within; s.feasible || len(s.goals.limits) == 0 {
		return nil
	}
	s.beyond++
	if s.config.GiveUp < 0 || s.beyond/10 < s.config.GiveUp || s.replaying {
		return nil
	}
	return fmt.Errorf("%w: all of the first %d evaluations failed or broke a limit (10·GiveUp); %s", ErrInfeasible, s.beyond, s.goals.miss(e))
}

// checkCost returns an error if MaxCost is set and the first successful evaluation reports no cost.
func (s *Search) checkCost(e Evaluation) error {
	if s.priced || s.config.MaxCost == 0 || !e.OK() {
		return nil
	}
	if e.Result.Cost <= 0 {
		return fmt.Errorf("MaxCost is set, but the evaluation of [%s] cost nothing: %w", searchspace.Text(s.space, e.Arch), ErrNoCost)
	}
	s.priced = true
	return nil
}

// cut halts the search with an error, or without one for ErrStop, and removes from the view what
// came after a trial.
func (s *Search) cut(id int, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exact = true
	if errors.Is(err, ErrStop) {
		s.halt(StopCallback, nil)
	} else {
		s.halt(StopError, fmt.Errorf("searching %s: %w", s.space.Name(), err))
	}
	for len(s.view) > 0 && s.view[len(s.view)-1].ID != id {
		last := len(s.view) - 1
		s.view, s.seen, s.seenSmaller, s.cost = s.view[:last], s.seen[:last+1], s.seenSmaller[:last+1], s.cost[:last+1]
		s.evaluations = s.evaluations[:s.past.full+s.seen[last]]
		s.smaller = s.smaller[:len(s.past.known)-s.past.full+s.seenSmaller[last]]
	}
	return s.err
}

// answer sets the result of a repeat to that of the first trial of its architecture.
func (t *trial) answer(e Evaluation) {
	t.Repeat, t.told, t.Result, t.Err = true, true, e.Result, e.Err
}
