package rl

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Span is the time in which a worker evaluated a trial, measured from the start of the search.
type Span struct {
	Trial, Worker int
	Start, End    time.Duration
}

// Timeline lists the evaluations of a simulated search in the order in which they ended.
type Timeline []Span

// End returns the time at which the last evaluation ended.
func (t Timeline) End() time.Duration {
	var end time.Duration
	for _, s := range t {
		end = max(end, s.End)
	}
	return end
}

// Busy returns the fraction of the time up to End, from 0 to 1, that the given number of workers
// spent evaluating.
func (t Timeline) Busy(workers int) float64 {
	var busy float64
	for _, s := range t {
		busy += (s.End - s.Start).Seconds()
	}
	if end := t.End().Seconds(); end > 0 && workers > 0 {
		return busy / (end * float64(workers))
	}
	return 0
}

// Simulate is like Run, but in simulated time: an evaluation on one of Config.Workers simulated
// workers takes its Result.Cost, and failed evaluations and proposing take no time. It evaluates
// one architecture at a time. Use it to compare parallel methods on a table that records training
// times.
//
// The error wraps [ErrNoCost] if a successful evaluation costs nothing.
func (s *Search) Simulate(ctx context.Context, e evaluator.Evaluator) (*History, Timeline, error) {
	if !s.busy.CompareAndSwap(false, true) {
		return s.History(), nil, errBusy
	}
	defer s.busy.Store(false)
	c := clock{search: s, evaluator: e, free: make([]int, s.config.Workers)}
	for i := range c.free {
		c.free[i] = len(c.free) - 1 - i
	}
	s.elapsed = c.elapsed
	err := c.run(ctx)
	if err != nil && !errors.Is(err, ErrDone) {
		s.interrupt(err)
	}
	h, err := s.Finish(ctx)
	return h, c.timeline, err
}

// clock simulates workers.
type clock struct {
	search    *Search
	evaluator evaluator.Evaluator
	now       time.Duration
	free      []int // idle workers
	running   runningHeap
	timeline  Timeline
}

// run runs the simulation until Ask has no more trials and none is running.
func (c *clock) run(ctx context.Context) error {
	for {
		asked := c.start(ctx)
		if asked != nil && !errors.Is(asked, ErrWait) && !errors.Is(asked, ErrDone) {
			return asked
		}
		if c.running.Len() == 0 {
			return asked
		}
		next := heap.Pop(&c.running).(simulated)
		c.now = next.at
		if err := c.step(next); err != nil {
			return err
		}
		c.removeStopped()
	}
}

// step delivers the next report of an evaluation, or its result.
func (c *clock) step(e simulated) error {
	if e.seen == len(e.reports()) {
		c.end(e)
		return c.search.Tell(e.trial, e.result, e.err)
	}
	point := e.reports()[e.seen]
	e.seen++
	e.at = e.next()
	heap.Push(&c.running, e)
	progress := evaluator.Progress{Fraction: float64(e.seen) / float64(len(e.reports())), Epoch: point.Epoch, Value: &point.Value}
	if err := c.search.Observe(e.trial, progress); err != nil && !errors.Is(err, evaluator.ErrStopped) {
		return err
	}
	return nil
}

// end ends an evaluation and frees its worker.
func (c *clock) end(e simulated) {
	e.span.End = c.now
	c.free, c.timeline = append(c.free, e.span.Worker), append(c.timeline, e.span)
}

// removeStopped ends the evaluations that the search has stopped.
func (c *clock) removeStopped() {
	if c.search.stopper == nil {
		return
	}
	var going runningHeap
	for _, e := range c.running {
		if c.search.Stopped(e.trial) {
			c.end(e)
		} else {
			going = append(going, e)
		}
	}
	c.running = going
	heap.Init(&c.running)
}

// elapsed returns how long a trial has been running.
func (c *clock) elapsed(id int) time.Duration {
	for _, e := range c.running {
		if e.trial.ID == id {
			return c.now - e.span.Start
		}
	}
	return 0
}

// start starts trials on idle workers while Ask returns any.
func (c *clock) start(ctx context.Context) error {
	for len(c.free) > 0 {
		trials, err := c.search.Ask(ctx, 1)
		if err != nil {
			return err
		}
		worker := c.free[len(c.free)-1]
		c.free = c.free[:len(c.free)-1]
		t := simulated{trial: trials[0], span: Span{Trial: trials[0].ID, Worker: worker, Start: c.now}}
		t.result, t.err = evaluator.TryAt(ctx, c.evaluator, t.trial.Arch, t.trial.budget())
		switch {
		case t.err != nil && ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(t.err, evaluator.ErrBroken):
			return t.err
		case t.err != nil:
			t.err = fmt.Errorf("evaluating [%s]: %w", searchspace.Text(c.search.space, t.trial.Arch), t.err)
		case t.result.Cost <= 0:
			return fmt.Errorf("simulating time: evaluation of [%s]: %w", searchspace.Text(c.search.space, t.trial.Arch), ErrNoCost)
		}
		t.span.End = addCost(c.now, t.result.Cost)
		t.stops = c.search.stopper != nil
		t.at = t.next()
		heap.Push(&c.running, t)
	}
	return nil
}

// simulated is a running evaluation.
type simulated struct {
	trial  Trial
	span   Span
	result evaluator.Result
	err    error
	at     time.Duration // time of the next report or of the end
	seen   int           // number of reports delivered
	stops  bool          // whether the search may stop it, so that reports matter
}

// reports returns the points of the learning curve, if they matter. They are spread over the
// duration of the evaluation in proportion to their epochs.
func (e simulated) reports() evaluator.Curve {
	if !e.stops || e.err != nil {
		return nil
	}
	return e.result.Curve
}

// next returns the time of the next report, or of the end.
func (e simulated) next() time.Duration {
	reports := e.reports()
	if e.seen == len(reports) {
		return e.span.End
	}
	share := reports[e.seen].Epoch / reports[len(reports)-1].Epoch
	return e.span.Start + time.Duration(share*float64(e.span.End-e.span.Start))
}

// runningHeap orders evaluations by the time of their next report or end, ties by trial ID.
type runningHeap []simulated

func (h runningHeap) Len() int { return len(h) }
func (h runningHeap) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[i].at, h[j].at), cmp.Compare(h[i].trial.ID, h[j].trial.ID)) < 0
}
func (h runningHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *runningHeap) Push(x any)   { *h = append(*h, x.(simulated)) }
func (h *runningHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
