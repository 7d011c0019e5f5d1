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
	// Number counts the groups of a search from 0.
	Number int `json:"number"`
	// First is the ID of the group's first trial.
	First int `json:"first"`
	// Wanted is how many trials the method was asked for.
	Wanted int `json:"wanted"`
	// Trials are the IDs of the group's trials.
	Trials []int `json:"trials"`
	// Seen is how many finished trials of the search the method saw, repeats included.
	Seen int `json:"seen"`
	// Diagnostic is what the method attached by [State.Diagnose].
	Diagnostic json.RawMessage `json:"diagnostic,omitempty"`
}

// StopReason says why a search ended.
type StopReason string

// Why a search ends.
const (
	StopBudget    StopReason = "budget"    // Evaluations architectures have been proposed
	StopCost      StopReason = "cost"      // the evaluations cost MaxCost or more
	StopTime      StopReason = "time"      // MaxTime is over
	StopExhausted StopReason = "exhausted" // the method proposes nothing new any more
	StopCallback  StopReason = "callback"  // a callback returned ErrStop, or Finish was called early
	StopError     StopReason = "error"     // the search failed
)

// History is what a search has done.
type History struct {
	// Space is the name of the space.
	Space string
	// Seed is the search's.
	Seed uint64
	// Objectives and Limits are the search's; see [Config].
	Objectives []Objective
	Limits     []Limit
	// Evaluations are the evaluations of the search in the order of their trials, or of their arrival if the search was
	// configured so, at all budgets. Failures are among them.
	Evaluations []Evaluation
	// Repeats are the trials that were not evaluated: of architectures that had been proposed before, with the earlier results,
	// and of those that are beyond a limit, with an error that wraps ErrLimit.
	Repeats []Evaluation
	// Past are the earlier evaluations of the same objective that the search began from.
	Past []Evaluation
	// Groups are the groups of trials, in order.
	Groups []Group
	// Stop says why the search ended. It is empty as long as the search proposes.
	Stop StopReason
}

// History returns what the search has done so far: a copy that does not change any more.
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
		for _, t := range s.trials[len(s.view):] { // those that wait for an earlier one
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

// All iterates over the evaluations of the search, in their order.
func (h *History) All() iter.Seq[Evaluation] { return slices.Values(h.Evaluations) }

// Failures returns the evaluations that failed.
func (h *History) Failures() []Evaluation {
	var failed []Evaluation
	for _, e := range h.Evaluations {
		if !e.OK() {
			failed = append(failed, e)
		}
	}
	return failed
}

// Cost returns what all evaluations of the search cost together, at most the longest time.Duration.
func (h *History) Cost() time.Duration {
	var sum time.Duration
	for _, e := range h.Evaluations {
		sum = addCost(sum, e.Result.Cost)
	}
	return sum
}

// Best returns the evaluation at the full budget and within the limits that has the highest value, or the best figure of the
// search's one objective, the first of equal ones. Earlier evaluations of the same objective that the search began from count. It
// returns false if no such evaluation has succeeded, or if there are several objectives: then see Front.
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

// Top returns the n best evaluations at the full budget and within the limits, best first, equal ones in their order, as
// [State.Top] orders them; fewer if fewer have succeeded. Earlier evaluations of the same objective that the search began from
// count.
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

// Outcomes returns the evaluations, earlier ones of the same objective first, in the form that [Past] takes.
func (h *History) Outcomes() []evaluator.Outcome {
	var list []evaluator.Outcome
	for _, e := range slices.Concat(h.Past, h.Evaluations) {
		list = append(list, evaluator.Outcome{Index: len(list), Arch: e.Arch, Budget: e.Budget, Result: e.Result, Err: e.Err})
	}
	return list
}

// Finish ends the search, lets the method finish, and returns the History. Run and Simulate call it; a program that asks
// and tells calls it when it has told everything. The error is that of the search; if no evaluation succeeded it wraps
// [ErrNoSuccess]. A second call returns the same again.
func (s *Search) Finish(ctx context.Context) (*History, error) {
	s.proposing <- struct{}{}
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
	s.config.Logger.InfoContext(ctx, "search ended", "stop", h.Stop, "evaluations", len(h.Evaluations), "failed", len(h.Failures()))
	return h, err
}

// conclude checks that something succeeded and lets the method finish.
func (s *Search) conclude(ctx context.Context, state *State) error {
	h := s.History()
	if len(h.Evaluations) == 0 && len(h.Past) == 0 {
		if err := s.known.none(); err != nil && h.Stop == StopExhausted {
			return fmt.Errorf("searching %s: %w", h.Space, err)
		}
		return nil
	}
	all := slices.Concat(h.Past, h.Evaluations)
	if !slices.ContainsFunc(all, Evaluation.OK) {
		last := all[len(all)-1]
		return fmt.Errorf("searching %s: %w in %d evaluations; the last failed: %w", h.Space, ErrNoSuccess, len(all), last.Err)
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
	if err := f.Finish(ctx, state); err != nil {
		return fmt.Errorf("searching %s: finishing: %w", h.Space, err)
	}
	return nil
}
