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

// Stopper is implemented by a Method that stops unpromising evaluations early, based on the values
// of the objective that they report while they run. Learning curves contain no other figure than
// Result.Value, so New returns an error unless this is the only objective.
//
// The error of a stopped trial wraps evaluator.ErrStopped. The trial keeps its learning curve and
// its cost, counts as known, and does not count as a failure of its architecture.
type Stopper interface {
	// Stop reports whether to stop the evaluation of a trial after the last point of its curve. The
	// slice others holds the curves, up to the same epoch, of the trials with smaller IDs at the
	// same budget, in the order of their IDs; the curve of a trial without reports is empty. With
	// Config.Arrival, it holds the curves so far of all other trials at the same budget. Higher values
	// are better: if the search minimizes, Stop gets negated values. Stop must not depend on anything
	// else and must not change the curves.
	Stop(t Trial, curve evaluator.Curve, others []evaluator.Curve) bool
}

// newStopper returns the Stopper of a search, or nil if its method is none.
func newStopper(m Method, g goals) (Stopper, error) {
	stopper, ok := m.(Stopper)
	switch {
	case !ok:
		return nil, nil
	case len(g.objectives) > 1 || g.objectives[0].Metric != "":
		return nil, fmt.Errorf("%T stops evaluations early by their values, so the only objective must be the value, got %s", m, joined(g.objectives))
	case g.objectives[0].Minimize:
		return negated{stopper}, nil
	}
	return stopper, nil
}

// negated is the Stopper of a search that minimizes Result.Value.
type negated struct{ stopper Stopper }

// Stop passes negated values to the stopper.
func (n negated) Stop(t Trial, curve evaluator.Curve, others []evaluator.Curve) bool {
	negatives := make([]evaluator.Curve, len(others))
	for i, other := range others {
		negatives[i] = negative(other)
	}
	return n.stopper.Stop(t, negative(curve), negatives)
}

func negative(c evaluator.Curve) evaluator.Curve {
	c = slices.Clone(c)
	for i := range c {
		c[i].Value = -c[i].Value
	}
	return c
}

// Observe reports the progress of a running trial. It returns evaluator.ErrStopped if the
// evaluation must stop; such a trial needs no Tell. A trial can also be stopped later, when other
// trials have reached the same epoch; see [Search.Stopped]. Other errors are those of Tell. Run and
// Simulate call Observe.
//
// Unless Config.Arrival is set, the decision is made when all trials with smaller IDs at the same
// budget have reached the same epoch, so that it does not depend on their speed. The trial goes on
// in the meantime.
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

// Stopped reports whether the evaluation of a trial was stopped early.
func (s *Search) Stopped(t Trial) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isStopped(t.ID)
}

// isStopped is Stopped for callers that hold mu.
func (s *Search) isStopped(id int) bool { return id >= 0 && id < len(s.trials) && s.trials[id].stopped }

// observation is a point of the learning curve of a running trial.
type observation struct {
	Trial int `json:"trial"`
	evaluator.Point
}

// judge stops those running trials that the method wants to stop. The caller must hold telling.
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

// nextStop returns the first running trial to stop and the number of points that it keeps, or nil.
// The caller must hold mu.
func (s *Search) nextStop() (*trial, int) {
	for _, t := range s.running {
		if points := s.judgeTrial(t); points > 0 {
			return t, points
		}
	}
	return nil, 0
}

// judgeTrial judges the new points of a trial's curve as far as possible. It returns the number of
// points after which to stop the trial, or 0. The caller must hold mu.
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

// others returns the curves to compare a trial with. It returns false if some of them are not known
// up to the epoch yet. The caller must hold mu.
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

// judgedUpTo reports whether all points of a trial up to an epoch are known and judged.
func (t *trial) judgedUpTo(epoch float64) bool {
	if t.told && t.judged >= len(t.curve) || t.stopped {
		return true
	}
	return t.judged > 0 && t.curve[t.judged-1].Epoch >= epoch
}

// stopOutcome returns the outcome of a trial that is stopped after the given number of points.
// During replay, it comes from the record.
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

// spent returns the cost of a running trial so far.
func (s *Search) spent(t *trial) time.Duration {
	if s.elapsed != nil {
		return s.elapsed(t.ID)
	}
	return time.Since(t.begun)
}

// settleStop enters the outcome of a trial that is stopped while it runs. The caller must hold mu.
func (s *Search) settleStop(t *trial, o outcome) []Evaluation {
	t.stopped, t.curve = true, o.Curve
	t.judged = len(t.curve)
	if t.cancel != nil {
		t.cancel(evaluator.ErrStopped)
	}
	r, err := o.read()
	return s.settle(t, r, err)
}

// truncate stops a finished trial after the given number of points, as if it had been stopped in
// time, but keeps its full cost. The caller must hold mu.
func (s *Search) truncate(t *trial, points int) {
	point := t.curve[points-1]
	t.stopped, t.curve = true, t.curve[:points:points]
	t.judged = points
	t.Result = evaluator.Result{Curve: t.curve, Cost: t.Result.Cost}
	t.Err = fmt.Errorf("evaluating [%s]: %w at epoch %v with the value %v", searchspace.Text(s.space, t.Arch), evaluator.ErrStopped, point.Epoch, point.Value)
}

// isStop reports whether an evaluation was stopped early.
func isStop(err error) bool { return errors.Is(err, evaluator.ErrStopped) }

// repeatObservation replays a recorded point, which may stop the same trials as before.
func (s *Search) repeatObservation(o observation) error {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.mu.Lock()
	if o.Trial < 0 || o.Trial >= len(s.trials) || s.trials[o.Trial].told {
		s.mu.Unlock()
		return fmt.Errorf("an observation of trial %d, which is not running", o.Trial)
	}
	t := s.trials[o.Trial]
	t.curve = append(t.curve, o.Point)
	s.mu.Unlock()
	return s.judge()
}
