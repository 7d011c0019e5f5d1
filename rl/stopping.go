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
// of the objective that they report while they run. Learning curves contain only values of
// Result.Value, so New returns an error unless the value is the only objective.
//
// The error of a stopped trial wraps evaluator.ErrStopped. The trial keeps its learning curve and
// its cost, counts as known, and does not count as a failure of its architecture.
type Stopper interface {
	// Stop reports whether to stop the evaluation of a trial after the last point of its curve. The
	// slice others holds the curves, up to the same epoch, of the trials with smaller IDs at the
	// same budget, in the order of their IDs; the curve of a trial without reports is empty. With
	// Config.Arrival, it holds the curves so far of all other trials at the same budget. Higher values
	// are better: if the search minimizes, Stop gets negated values. Stop must not depend on anything
	// else, must not change the curves, and must not call Tell or Observe.
	Stop(t Trial, curve evaluator.Curve, others []evaluator.Curve) bool
}

// newStopper returns the method as a Stopper that gets values of which higher are better, or nil if
// the method does not implement Stopper.
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

// judge stops those running trials that the method wants to stop, until the search is halted. The
// caller must hold telling.
func (s *Search) judge() error {
	for !s.ended() {
		t, points, err := s.nextStop()
		if t == nil {
			return err
		}
		if err := s.stopAfter(t, points, s.spent(t)); err != nil {
			return err
		}
		if err := s.settle(t, t.Result, t.Err); err != nil {
			return err
		}
	}
	return nil
}

// nextStop returns the first running trial to stop and the number of points that it keeps, or nil.
// The caller must hold telling.
func (s *Search) nextStop() (*trial, int, error) {
	for _, t := range s.running {
		points, err := s.judgeTrial(t)
		if err != nil {
			return nil, 0, err
		}
		if points > 0 {
			return t, points, nil
		}
	}
	return nil, 0, nil
}

// judgeTrial judges the new points of a trial's curve as far as possible. It returns the number of
// points after which to stop the trial, or 0. The caller must hold telling.
func (s *Search) judgeTrial(t *trial) (points int, err error) {
	for s.stopper != nil && !t.stopped && t.judged < len(t.curve) {
		others, ready := s.others(t, t.curve[t.judged].Epoch)
		if !ready {
			return 0, nil
		}
		stop := false
		err := guarded(func() error {
			stop = s.stopper.Stop(t.Trial, t.curve[:t.judged+1:t.judged+1], others)
			return nil
		})
		if err != nil {
			return 0, s.fail(fmt.Errorf("Stop of trial %d: method %T: %w", t.ID, s.method, err))
		}
		if stop {
			return t.judged + 1, nil
		}
		t.judged++
	}
	return 0, nil
}

// others returns the curves to compare a trial with. It returns false if some of them are not known
// up to the epoch yet. The caller must hold telling.
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

// stopAfter stops a trial after the given number of points of its curve. The caller must hold
// telling.
func (s *Search) stopAfter(t *trial, points int, cost time.Duration) error {
	o, replayed := s.recordedStop(t)
	if !replayed {
		point := t.curve[points-1]
		err := fmt.Errorf("evaluating [%s]: %w at epoch %v with the value %v",
			searchspace.Text(s.space, t.Arch), evaluator.ErrStopped, point.Epoch, point.Value)
		o = newOutcome(evaluator.Result{Cost: cost, Curve: slices.Clone(t.curve[:points])}, err)
		if err := s.record(context.Background(), result{t.ID, o}); err != nil {
			return s.fail(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t.stopped, t.curve, t.judged = true, o.Curve, len(o.Curve)
	t.Result, t.Err = o.read()
	if t.cancel != nil {
		t.cancel(evaluator.ErrStopped)
	}
	return nil
}

// recordedStop returns the outcome of a stopped trial if the next line of the record that is being
// replayed has it, and skips that line.
func (s *Search) recordedStop(t *trial) (outcome, bool) {
	if !s.replaying || len(s.lines) < 2 {
		return outcome{}, false
	}
	r := s.lines[1].Result
	if r == nil || r.Trial != t.ID || !r.Stopped {
		return outcome{}, false
	}
	s.lines, s.recorded = s.lines[1:], s.recorded+1
	return r.outcome, true
}

// spent returns the cost of a running trial so far. It returns 0 for a trial that an earlier process
// evaluated.
func (s *Search) spent(t *trial) time.Duration {
	if s.elapsed != nil {
		return s.elapsed(t.ID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.begun.IsZero() {
		return 0
	}
	return time.Since(t.begun)
}

// isStop reports whether an evaluation with this error was stopped early.
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
