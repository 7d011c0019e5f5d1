package rl

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// A Search runs a [Method] on a space. Run it with [Search.Run] or [Search.Simulate], or ask for trials
// and tell their results:
//
//	for {
//		trials, err := search.Ask(ctx, 4)
//		if errors.Is(err, rl.ErrDone) {
//			break
//		}
//		// … evaluate the trials, anywhere and in any order; after rl.ErrWait, tell some results before asking again …
//		err = search.Tell(trial, result, nil)
//	}
//	history, err := search.Finish(ctx)
//
// Its methods are safe for concurrent use.
type Search struct {
	space  searchspace.Space
	method Method
	config Config
	past   pasts
	memo   memo
	// stopper is nil if the method does not stop evaluations. elapsed returns the simulated cost of a
	// running trial.
	stopper Stopper
	elapsed func(id int) time.Duration
	goals   goals
	known   *beforehand // nil without Config.Figures

	busy      atomic.Bool   // whether Run or Simulate is running
	proposing chan struct{} // a lock held while proposing
	telling   sync.Mutex    // held while recording and while callbacks run
	replaying bool          // the record is being replayed, so nothing is recorded; guarded by proposing and telling
	opened    bool          // the Recorder has been read; guarded by proposing
	lines     []entry       // lines of the record still to replay; guarded by proposing
	recorded  int           // number of lines already replayed; guarded by proposing
	priced    bool          // an evaluation has reported its cost; guarded by telling
	succeeded bool          // an evaluation has succeeded; guarded by telling
	failed    int           // number of failures before the first success; guarded by telling
	feasible  bool          // an evaluation within the limits has succeeded; guarded by telling
	beyond    int           // number of other evaluations before the first of these; guarded by telling

	// The fields below are guarded by mu. The trials, their results and curves, running and view
	// change only while telling is held too, so a caller that holds telling may read these without mu.
	mu      sync.Mutex
	begun   time.Time
	trials  []*trial
	first   map[string]int // the first trial of each identity, or the negative ID of a past evaluation
	queue   []*trial       // proposed and not yet returned by Ask
	running []*trial       // not yet told, in the order of their IDs
	groups  []Group
	started int // number of different architectures proposed by this search
	small   int // number of trials at smaller budgets, without repeats
	// begunKeys are the architectures that started counts. distinct also has those from before the
	// search.
	begunKeys, distinct map[string]bool
	budgets             map[float64]bool // the smaller budgets of all trials and past evaluations
	stale               int              // number of groups in a row that proposed nothing but repeats
	// view holds the trials that are in view, in the order in which they came into view: the order
	// of IDs without gaps, or the order of arrival.
	view        []Evaluation
	seen        []int           // seen[n] is the number of evaluations at the full budget among the first n trials in view
	seenSmaller []int           // the same at smaller budgets
	cost        []time.Duration // cost[n] is the total cost of the first n trials in view
	// evaluations holds the past evaluations and those in view at the full budget, without repeats.
	evaluations []Evaluation
	smaller     []Evaluation // the same at smaller budgets
	arrived     int          // number of trials that the last group saw
	drained     bool         // the next group waits until no trial is running
	restored    bool         // the record has been replayed
	over        bool         // no further groups are proposed
	halted      bool         // no further results are told
	exact       bool         // History contains only trials in view
	finished    bool         // Finish has been called
	stop        StopReason
	err         error
	changed     chan struct{} // closed and replaced when any field above changes
}

// trial is a trial and its progress.
type trial struct {
	Evaluation
	handedOut, told bool
	place           int             // index in the view, if it is in view
	curve           evaluator.Curve // the points reported so far
	judged          int             // number of points of the curve after which Stop returned false; guarded by telling
	stopped         bool
	begun           time.Time               // when Ask returned it
	cancel          context.CancelCauseFunc // cancels its evaluation, if Run evaluates it
	repeats         []*trial                // later trials with the same identity, waiting for its result
}

// New returns a search of a space with a method. Searches must not share a method. It returns an
// error if the space or the method is nil, if a setting of the method or the configuration is out of
// range, if the method does not support the space or the objectives, or if Config.Past does not fit
// the space.
func New(space searchspace.Space, m Method, c Config) (*Search, error) {
	if space == nil || m == nil {
		return nil, errors.New("the space and the method of a search must not be nil")
	}
	c, err := c.withDefaults()
	if err == nil {
		err = Validate(m)
	}
	if err == nil {
		err = ValidateFor(m, space)
	}
	var past pasts
	var g goals
	var known *beforehand
	var stopper Stopper
	if err == nil {
		g, err = newGoals(c.Objectives, c.Limits)
	}
	if err == nil {
		stopper, err = newStopper(m, g)
	}
	if err == nil {
		known = newBeforehand(space, g, c.Figures, c.GiveUp)
		past, err = newPasts(space, c.Past, known, g)
	}
	if err != nil {
		return nil, fmt.Errorf("configuring a search of %s: %w", space.Name(), err)
	}
	s := &Search{
		space: space, method: m, config: c, past: past, goals: g, known: known, stopper: stopper, proposing: make(chan struct{}, 1), first: map[string]int{},
		restored: c.Recorder == nil, seen: []int{0}, seenSmaller: []int{0}, cost: []time.Duration{0}, changed: make(chan struct{}),
		begunKeys: map[string]bool{}, distinct: map[string]bool{}, budgets: budgetsOf(past.known, nil),
	}
	s.evaluations, s.smaller = past.split()
	for _, e := range past.known {
		s.first[e.identity()] = e.ID
		s.distinct[e.Key] = true
		if !isFull(e) {
			s.small++
		}
	}
	return s, nil
}

// Config returns the settings of the search with the defaults filled in.
func (s *Search) Config() Config { return s.config }

// Validate calls the Validate method of a search method, learner or ranker and returns its error, or nil if
// part has no method Validate() error. New calls it for its Method.
func Validate(part any) error {
	if v, ok := part.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

// ValidateFor calls the ValidateFor method of a search method, learner or ranker and returns its error, or
// nil if part has no method ValidateFor(searchspace.Space) error. New calls it for its Method.
func ValidateFor(part any, space searchspace.Space) error {
	if v, ok := part.(interface {
		ValidateFor(searchspace.Space) error
	}); ok {
		return v.ValidateFor(space)
	}
	return nil
}

// notify wakes all goroutines that wait for a change. The caller must hold mu.
func (s *Search) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// end stops proposing. The caller must hold mu.
func (s *Search) end(why StopReason) {
	if !s.over {
		s.over, s.stop = true, why
		s.notify()
	}
}

// halt ends the search at once: it empties the queue, and no further results are told. An error
// that is already set stays. The caller must hold mu.
func (s *Search) halt(why StopReason, err error) {
	if s.halted {
		return
	}
	if s.err == nil {
		s.stop, s.err = why, err
	}
	s.over, s.halted, s.queue = true, true, nil
	s.notify()
}

// fail halts the search with an error and returns the error of the search, which is an earlier one
// if there is one.
func (s *Search) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halt(StopError, fmt.Errorf("searching %s: %w", s.space.Name(), err))
	return s.outcome()
}

// outcome returns the error for Ask when the search is over. The caller must hold mu.
func (s *Search) outcome() error {
	if s.err != nil {
		return s.err
	}
	return ErrDone
}
