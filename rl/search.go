package rl

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Search is one search, to be driven by [Search.Run], by [Search.Simulate], or by a program that asks for trials and
// tells their results itself:
//
//	for {
//		trials, err := search.Ask(ctx, 4)
//		if errors.Is(err, rl.ErrDone) {
//			break
//		}
//		// … evaluate the trials, anywhere and in any order; after rl.ErrWait, finish some before asking again …
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
	// stopper is the method if it stops evaluations, else nil, and elapsed what a running trial has cost in simulated time.
	stopper Stopper
	elapsed func(id int) time.Duration
	goals   goals
	known   *beforehand // nil if nothing is known before an evaluation

	proposing chan struct{} // held by the goroutine that proposes
	telling   sync.Mutex    // held while something is recorded and callbacks run
	replaying bool          // the record is replayed: nothing is recorded; guarded by proposing and telling
	opened    bool          // the Recorder has been read; guarded by proposing
	lines     []entry       // of the record, still to be replayed; guarded by proposing
	recorded  int           // lines of the record that have been replayed; guarded by proposing
	priced    bool          // an evaluation has said what it costs; guarded by telling
	succeeded bool          // an evaluation has succeeded; guarded by telling
	failed    int           // how many evaluations failed before that; guarded by telling
	feasible  bool          // an evaluation has succeeded and is within the limits; guarded by telling
	beyond    int           // how many ended otherwise before that; guarded by telling

	mu      sync.Mutex
	begun   time.Time
	trials  []*trial
	first   map[string]int // the first trial of each identity, or the negative ID of an earlier evaluation
	queue   []*trial       // proposed and not handed out
	running []*trial       // not told, in the order of their IDs
	groups  []Group
	started int // different architectures proposed by this search
	small   int // trials at smaller budgets, repeats left out
	// begunKeys are the architectures that started counts, and distinct those and the ones from before the search.
	begunKeys, distinct map[string]bool
	budgets             map[float64]bool // the smaller budgets of all trials, and of earlier evaluations
	refused             int              // trials that were refused because of a limit
	stale               int              // groups in a row that proposed nothing but repeats
	// view holds the trials in the order in which they come into view: the order of their IDs, with no gaps, or the
	// order of arrival.
	view        []Evaluation
	seen        []int           // of each number of trials in view, how many are evaluations at the full budget
	seenSmaller []int           // and at smaller ones
	cost        []time.Duration // of each number of trials in view, what they cost together
	// evaluations are the earlier ones and those in view, without repeats.
	evaluations []Evaluation
	smaller     []Evaluation // the same at smaller budgets
	arrived     int          // how many trials were in view of the last group
	drained     bool         // the next group waits until nothing runs
	restored    bool         // what the Recorder holds has been replayed
	over        bool         // nothing more is proposed
	halted      bool         // and nothing more is told
	exact       bool         // the history ends with the view
	finished    bool         // Finish has been called
	stop        StopReason
	err         error
	changed     chan struct{} // closed and replaced when something of the above changes
}

// trial is a trial and how far it has come.
type trial struct {
	Evaluation
	handedOut, told bool
	place           int             // in the view, if it is there
	curve           evaluator.Curve // what it has reported
	judged          int             // how many points of the curve were judged and not found wanting
	stopped         bool
	begun           time.Time               // when it was handed out
	cancel          context.CancelCauseFunc // of its evaluation, if Run evaluates it
	repeats         []*trial                // later trials that wait for the same result
}

// New returns a search of a space by a method. A method must not be shared by several searches.
func New(space searchspace.Space, m Method, c Config) (*Search, error) {
	if space == nil || m == nil {
		return nil, errors.New("a search needs a space and a method")
	}
	c, err := c.withDefaults()
	if err == nil {
		err = Validate(m)
	}
	var past pasts
	var g goals
	var known *beforehand
	if err == nil {
		g, err = newGoals(c.Objectives, c.Limits)
	}
	if err == nil {
		known = newBeforehand(space, g, c.Figures)
		past, err = newPasts(space, c.Past, known, g)
	}
	if err != nil {
		return nil, fmt.Errorf("configuring a search of %s: %w", space.Name(), err)
	}
	s := &Search{
		space: space, method: m, config: c, past: past, goals: g, known: known, proposing: make(chan struct{}, 1), first: map[string]int{},
		restored: c.Recorder == nil, seen: []int{0}, seenSmaller: []int{0}, cost: []time.Duration{0}, changed: make(chan struct{}),
		begunKeys: map[string]bool{}, distinct: map[string]bool{}, budgets: budgetsOf(past.known, nil),
	}
	s.stopper, _ = m.(Stopper)
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

// Validate calls the Validate() error method of a method, learner or ranker and returns its error. It returns nil if part has
// no such method. New checks its Method.
func Validate(part any) error {
	if v, ok := part.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

// notify wakes all goroutines that wait for a change. It is called with mu held.
func (s *Search) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// end stops proposing. It is called with mu held.
func (s *Search) end(why StopReason) {
	if !s.over {
		s.over, s.stop = true, why
		s.notify()
	}
}

// halt ends the search at once: what is queued is dropped, and nothing more is told. An earlier error stands. It is called
// with mu held.
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

// fail halts the search because of an error, and returns why the search ended: an earlier reason stands.
func (s *Search) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halt(StopError, fmt.Errorf("searching %s: %w", s.space.Name(), err))
	return s.outcome()
}

// outcome returns what Ask returns if the search is over. It is called with mu held.
func (s *Search) outcome() error {
	if s.err != nil {
		return s.err
	}
	return ErrDone
}
