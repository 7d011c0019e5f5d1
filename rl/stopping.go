package rl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Stopper is implemented by a Method that stops evaluations while they run, because what they report of the objective is not
// promising.
//
// A stopped trial has an error that wraps evaluator.ErrStopped, and keeps its learning curve and what it cost. It counts as known,
// and not as a failure of its architecture.
type Stopper interface {
	// Stop reports whether to stop the evaluation of a trial after the last point of its curve. The others are the curves of the
	// trials with smaller IDs at the same budget, up to the same epoch, in the order of their IDs; a trial that has reported nothing
	// has an empty one. With Config.Arrival they are those of all other trials at the same budget, as far as they have come. Stop
	// must depend on nothing else, and must not change the curves.
	Stop(t Trial, curve evaluator.Curve, others []evaluator.Curve) bool
}

// Observe hands in the progress of a running trial. It returns evaluator.ErrStopped if the evaluation is to be stopped, now or
// before: then the trial needs no Tell. A trial may be stopped later as well, when others have come as far; [Search.Stopped] tells.
// Other errors are those of Tell. Run and Simulate call it.
//
// If Config.Arrival is not set, a decision waits until all trials with smaller IDs at the same budget have come as far, so that
// it does not depend on which is faster. The trial goes on meanwhile.
func (s *Search) Observe(t Trial, p evaluator.Progress) error {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.mu.Lock()
	open, problem := s.open(t)
	if problem != nil && s.isStopped(t.ID) {
		s.mu.Unlock()
		return evaluator.ErrStopped
	}
	if problem != nil {
		s.mu.Unlock()
		return fmt.Errorf("observing trial %d: %w", t.ID, problem)
	}
	curve := open.curve.Add(p)
	fresh := len(curve) > len(open.curve)
	s.mu.Unlock()
	if !fresh {
		return nil
	}
	if s.stopper != nil {
		if err := s.record(context.Background(), observation{t.ID, curve[len(curve)-1]}); err != nil {
			return s.fail(err)
		}
	}
	s.mu.Lock()
	open.curve = curve
	s.mu.Unlock()
	if err := s.judge(); err != nil {
		return err
	}
	if s.Stopped(t) {
		return evaluator.ErrStopped
	}
	return nil
}

// Stopped reports whether the evaluation of a trial was stopped.
func (s *Search) Stopped(t Trial) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isStopped(t.ID)
}

// isStopped is Stopped with mu held.
func (s *Search) isStopped(id int) bool { return id >= 0 && id < len(s.trials) && s.trials[id].stopped }

// observation is a point of the learning curve of a running trial.
type observation struct {
	Trial int `json:"trial"`
	evaluator.Point
}

// judge stops the running trials that are to be stopped, with telling held.
func (s *Search) judge() error {
	if s.stopper == nil {
		return nil
	}
	for {
		s.mu.Lock()
		t, points := s.nextStop()
		s.mu.Unlock()
		if t == nil {
			return nil
		}
		o := s.stopOutcome(t, points)
		if err := s.record(context.Background(), result{t.ID, o}); err != nil {
			return s.fail(err)
		}
		s.mu.Lock()
		fresh := s.settleStop(t, o)
		s.mu.Unlock()
		if err := s.report(fresh); err != nil {
			return err
		}
	}
}

// nextStop returns the first running trial that is to be stopped and the number of points that it keeps, or nil. It is called with mu
// held.
func (s *Search) nextStop() (*trial, int) {
	for _, t := range s.running {
		if points := s.judgeTrial(t); points > 0 {
			return t, points
		}
	}
	return nil, 0
}

// judgeTrial judges the points of a trial's curve that have not been judged, as far as that is possible. It returns the number of
// points after which the trial is to be stopped, or 0. It is called with mu held.
func (s *Search) judgeTrial(t *trial) int {
	for s.stopper != nil && !t.stopped && t.judged < len(t.curve) {
		epoch := t.curve[t.judged].Epoch
		others, ready := s.others(t, epoch)
		if !ready {
			return 0
		}
		if s.stopper.Stop(t.Trial, t.curve[:t.judged+1:t.judged+1], others) {
			return t.judged + 1
		}
		t.judged++
	}
	return 0
}

// others returns the curves that a trial is compared with. It is false if some of them are not known up to the epoch yet. It is called
// with mu held.
func (s *Search) others(t *trial, epoch float64) (curves []evaluator.Curve, ready bool) {
	trials := s.trials
	if !s.config.Arrival {
		trials = trials[:t.ID]
	}
	for _, u := range trials {
		if u == t || u.Repeat || u.Budget != t.Budget {
			continue
		}
		if !s.config.Arrival && !u.judgedUpTo(epoch) {
			return nil, false
		}
		curves = append(curves, u.curve.UpTo(epoch))
	}
	return curves, true
}

// judgedUpTo reports whether everything that a trial reports up to an epoch is known and has been judged.
func (t *trial) judgedUpTo(epoch float64) bool {
	if t.told && t.judged >= len(t.curve) || t.stopped {
		return true
	}
	return t.judged > 0 && t.curve[t.judged-1].Epoch >= epoch
}

// stopOutcome returns the outcome of a trial that is stopped after so many points. A record that is replayed has it.
func (s *Search) stopOutcome(t *trial, points int) outcome {
	if s.replaying && len(s.lines) > 1 && s.lines[1].Result != nil && s.lines[1].Result.Trial == t.ID && s.lines[1].Result.Stopped {
		o := s.lines[1].Result.outcome
		s.lines = slices.Delete(s.lines, 1, 2)
		return o
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	point := t.curve[points-1]
	err := fmt.Errorf("evaluating [%s]: %w at epoch %v with the value %v", searchspace.Text(s.space, t.Arch), evaluator.ErrStopped, point.Epoch, point.Value)
	o := newOutcome(evaluator.Result{}, err)
	o.Stopped, o.Curve, o.CostNS = true, slices.Clone(t.curve[:points]), int64(s.spent(t))
	return o
}

// spent returns what a running trial has cost so far.
func (s *Search) spent(t *trial) time.Duration {
	if s.elapsed != nil {
		return s.elapsed(t.ID)
	}
	return time.Since(t.begun)
}

// settleStop enters the outcome of a trial that is stopped while it runs. It is called with mu held.
func (s *Search) settleStop(t *trial, o outcome) []Evaluation {
	t.stopped, t.curve = true, o.Curve
	t.judged = len(t.curve)
	if t.cancel != nil {
		t.cancel(evaluator.ErrStopped)
	}
	r, err := o.read()
	return s.settle(t, r, err)
}

// truncate stops a trial whose result is there after some of its points: as if it had been stopped in time, but for its cost. It is
// called with mu held.
func (s *Search) truncate(t *trial, points int) {
	point := t.curve[points-1]
	t.stopped, t.curve = true, t.curve[:points:points]
	t.judged = points
	t.Result = evaluator.Result{Curve: t.curve, Cost: t.Result.Cost}
	t.Err = fmt.Errorf("evaluating [%s]: %w at epoch %v with the value %v", searchspace.Text(s.space, t.Arch), evaluator.ErrStopped, point.Epoch, point.Value)
}

// isStop reports whether an error says that the evaluation was stopped.
func isStop(err error) bool { return errors.Is(err, evaluator.ErrStopped) }

// repeatObservation adds a recorded point, which may stop trials as it did then.
func (s *Search) repeatObservation(o observation) error {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.mu.Lock()
	if o.Trial < 0 || o.Trial >= len(s.trials) || s.trials[o.Trial].told {
		s.mu.Unlock()
		return fmt.Errorf("a point of trial %d, which is not running", o.Trial)
	}
	t := s.trials[o.Trial]
	t.curve = append(t.curve, o.Point)
	s.mu.Unlock()
	return s.judge()
}
