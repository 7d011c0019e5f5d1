package rl

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
)

// Group is a group of trials that a method proposed together.
type Group struct {
	// Number is the number of the group, from 0.
	Number int `json:"number"`
	// First is the ID of the group's first trial.
	First int `json:"first"`
	// Wanted is the number of trials that the method was asked for.
	Wanted int `json:"wanted"`
	// Trials are the IDs of the group's trials.
	Trials []int `json:"trials"`
	// Seen is the number of the search's finished trials that the method saw, repeats included.
	Seen int `json:"seen"`
	// Diagnostic is what the method passed to [State.Diagnose].
	Diagnostic json.RawMessage `json:"diagnostic,omitempty"`
}

// StopReason is the reason that a search ended.
type StopReason string

// The reasons that a search ends.
const (
	StopBudget    StopReason = "budget"    // Config.Evaluations architectures have been proposed
	StopCost      StopReason = "cost"      // the evaluations have cost Config.MaxCost or more
	StopTime      StopReason = "time"      // Config.MaxTime has passed
	StopExhausted StopReason = "exhausted" // the method has nothing new to propose
	StopCallback  StopReason = "callback"  // a callback returned ErrStop, or Finish was called early
	StopError     StopReason = "error"     // the search failed
)

// History is the record of a search.
type History struct {
	// Space is the name of the space.
	Space string
	// Seed is the Config.Seed of the search.
	Seed uint64
	// Objectives and Limits are those of the search's [Config].
	Objectives []Objective
	Limits     []Limit
	// Evaluations lists the search's evaluations at all budgets, failures included, in the order of
	// their trials, or in the order of arrival if Config.Arrival is set.
	Evaluations []Evaluation
	// Repeats lists the trials that were not evaluated: those whose architecture had been proposed
	// before, with the earlier result, and those beyond a limit, with an error that wraps ErrLimit.
	Repeats []Evaluation
	// Past lists the evaluations of the same objective from before the search.
	Past []Evaluation
	// Groups lists the groups of trials in order.
	Groups []Group
	// Stop is the reason that the search ended. It is empty while the search proposes.
	Stop StopReason
}

// History returns a copy of what the search has done so far.
func (s *Search) History() *History {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := &History{
		Space: s.space.Name(), Seed: s.config.Seed, Past: slices.Clone(s.past.known), Groups: slices.Clone(s.groups),
		Objectives: slices.Clone(s.config.Objectives), Limits: slices.Clone(s.config.Limits),
	}
	if s.over {
		h.Stop = s.stop
	}
	finished := slices.Clone(s.view)
	if !s.config.Arrival && !s.exact {
		for _, t := range s.trials[len(s.view):] { // told, but waiting for an earlier trial
			if t.told {
				finished = append(finished, t.Evaluation)
			}
		}
	}
	if s.exact {
		last := -1
		for _, e := range finished {
			last = max(last, e.Group)
		}
		h.Groups = h.Groups[:last+1]
	}
	for _, e := range finished {
		if e.Repeat {
			h.Repeats = append(h.Repeats, e)
		} else {
			h.Evaluations = append(h.Evaluations, e)
		}
	}
	return h
}

// All iterates over h.Evaluations.
func (h *History) All() iter.Seq[Evaluation] { return slices.Values(h.Evaluations) }

// Failures returns the evaluations that failed. Those that the search stopped early are not among them.
func (h *History) Failures() []Evaluation {
	return h.where(func(e Evaluation) bool { return !e.OK() && !e.Stopped() })
}

// Stopped returns the evaluations that the search stopped early; see [Stopper].
func (h *History) Stopped() []Evaluation { return h.where(Evaluation.Stopped) }

// where returns the evaluations that meet a condition.
func (h *History) where(met func(Evaluation) bool) (list []Evaluation) {
	for _, e := range h.Evaluations {
		if met(e) {
			list = append(list, e)
		}
	}
	return list
}

// Cost returns the total cost of the search's evaluations, saturating at the largest time.Duration.
func (h *History) Cost() time.Duration {
	var sum time.Duration
	for _, e := range h.Evaluations {
		sum = addCost(sum, e.Result.Cost)
	}
	return sum
}

// Best returns the best evaluation at the full budget and within the limits: the one with the
// highest value, or with the best figure of the search's one objective. Ties go to the earliest.
// Past evaluations of the same objective count. It returns false if there is no such evaluation, or
// if the search has several objectives; see Front.
func (h *History) Best() (Evaluation, bool) {
	if len(h.Objectives) > 1 {
		return Evaluation{}, false
	}
	best := h.Top(1)
	if len(best) == 0 {
		return Evaluation{}, false
	}
	return best[0], true
}

// Top returns the n best evaluations at the full budget and within the limits in the order of
// [State.Top], or all if there are fewer. Past evaluations of the same objective count.
func (h *History) Top(n int) []Evaluation {
	g := h.goals()
	best := g.best(full(slices.Concat(h.Past, h.Evaluations)), n)
	for i, e := range best {
		if g.excesses(e.Result) != nil {
			return best[:i]
		}
	}
	return best
}

// Outcomes returns all evaluations as outcomes for [Past], past evaluations of the same objective
// first.
func (h *History) Outcomes() []evaluator.Outcome {
	var list []evaluator.Outcome
	for _, e := range slices.Concat(h.Past, h.Evaluations) {
		list = append(list, evaluator.Outcome{Index: len(list), Arch: e.Arch, Budget: e.Budget, Result: e.Result, Err: e.Err})
	}
	return list
}

// Finish ends the search, lets the method finish, and returns the History. Run and Simulate call
// it; a program that uses Ask and Tell calls it after its last Tell. It returns the error of the
// search, which wraps [ErrNoSuccess] if no evaluation succeeded. Further calls return the same
// values.
//
// Finish waits for an Ask that is proposing. If ctx ends first, Finish returns its cause and the
// search goes on.
func (s *Search) Finish(ctx context.Context) (*History, error) {
	if err := s.awaitProposal(ctx); err != nil {
		return s.History(), err
	}
	defer func() { <-s.proposing }()
	s.mu.Lock()
	if s.finished {
		s.mu.Unlock()
		return s.History(), s.err
	}
	s.finished = true
	if !s.over {
		s.over, s.stop = true, StopCallback
		s.notify()
	}
	s.queue = nil
	err := s.err
	state := s.state(len(s.view))
	s.halted = true
	s.mu.Unlock()
	if err == nil {
		err = s.conclude(ctx, state)
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
	}
	h := s.History()
	s.config.Logger.InfoContext(ctx, "search ended", "stop", h.Stop, "evaluations", len(h.Evaluations), "failed", len(h.Failures()), "stopped", len(h.Stopped()))
	return h, err
}

// awaitProposal takes the lock of proposing, even if ctx has ended, as long as nothing is being
// proposed.
func (s *Search) awaitProposal(ctx context.Context) error {
	select {
	case s.proposing <- struct{}{}:
		return nil
	default:
	}
	select {
	case s.proposing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ended(ctx, "finishing a search while a proposal is being made")
	}
}

// conclude returns an error if no evaluation succeeded, and otherwise lets the method finish.
func (s *Search) conclude(ctx context.Context, state *State) error {
	h := s.History()
	if len(h.Evaluations) == 0 && len(h.Past) == 0 {
		if err := s.known.none(); err != nil && h.Stop == StopExhausted {
			return fmt.Errorf("searching %s: %w", h.Space, err)
		}
		return fmt.Errorf("searching %s: %w: nothing was evaluated (%s)", h.Space, ErrNoSuccess, h.Stop)
	}
	all := slices.Concat(h.Past, h.Evaluations)
	if !slices.ContainsFunc(all, Evaluation.OK) {
		last := all[len(all)-1]
		return fmt.Errorf("searching %s: %w in %d evaluations; the last failure: %w", h.Space, ErrNoSuccess, len(all), last.Err)
	}
	if all = full(all); !slices.ContainsFunc(all, Evaluation.OK) {
		return fmt.Errorf("searching %s: %w at the full budget in %d evaluations", h.Space, ErrNoSuccess, len(h.Evaluations))
	}
	if len(h.Top(1)) == 0 {
		closest := s.goals.best(all, 1)[0]
		return fmt.Errorf("searching %s: %w in %d evaluations; %s", h.Space, ErrInfeasible, len(all), s.goals.miss(closest))
	}
	f, ok := s.method.(Finisher)
	if !ok {
		return nil
	}
	state.ctx = ctx
	if err := guarded(func() error { return f.Finish(ctx, state) }); err != nil {
		return fmt.Errorf("searching %s: finishing: method %T: %w", h.Space, s.method, err)
	}
	return nil
}
