package rl

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/seed"
	"github.com/graphpnas/graphpnas/searchspace"
)

// State is what a Method knows when it proposes a group of trials. A Search creates a new State for
// each group, and [NewState] creates one from a list of evaluations. It is valid until Propose returns.
//
// A result is in view if the group may see it, which Config.Lag or Config.Arrival determines.
type State struct {
	space   searchspace.Space
	facts   Snapshot
	goals   goals
	figures *beforehand     // nil without Config.Figures
	ctx     context.Context // the context of the method's call; nil means Background
	others  [][]Evaluation
	// trials holds the trials in view, in the order in which they came into view, repeats included.
	// evaluations holds past evaluations of the same objective followed by the trials at the full
	// budget without repeats.
	trials      []Evaluation
	evaluations []Evaluation
	smaller     []Evaluation     // like evaluations, at smaller budgets
	budgets     map[float64]bool // the smaller budgets of all trials
	arrived     int              // trials[:arrived] were in view of the previous group
	lookup      func(identity string) (known bool, e *Evaluation)
	proposed    int
	stale       int
	limited     bool // facts.Left is a limit even if it is zero
	memo        *memo
	diagnostic  json.RawMessage
	refusals    map[string]error // the refusals of the proposed trials, by key
	ordering    sync.Once
	ordered     []int // see order
}

// Snapshot is the progress of a search, from which [NewState] builds a State.
type Snapshot struct {
	// Seed is the Config.Seed of the search.
	Seed uint64
	// Group is the number of the group to propose, from 0.
	Group int
	// Left is the number of architectures that the search may still evaluate; 0 means no limit.
	Left int
	// Lag and Batch are those of the search's [Config]. Zero means 1.
	Lag, Batch int
	// Evaluations lists the finished trials in the order of their IDs.
	Evaluations []Evaluation
	// Running lists the trials whose results are not known yet.
	Running []Trial
	// Past lists evaluations from before the search.
	Past []Past
	// Objectives, Limits and Figures are those of the search's [Config].
	Objectives []Objective
	Limits     []Limit
	Figures    evaluator.Evaluator
}

// NewState builds a State. It computes the keys and returns an error if an architecture is not a
// member of the space.
func NewState(space searchspace.Space, c Snapshot) (*State, error) {
	c.Lag, c.Batch = max(c.Lag, 1), max(c.Batch, 1)
	g, err := newGoals(c.Objectives, c.Limits)
	if err != nil {
		return nil, err
	}
	known := newBeforehand(space, g, c.Figures, -1)
	past, err := newPasts(space, c.Past, known, g)
	if err != nil {
		return nil, err
	}
	c.Evaluations, c.Running = slices.Clone(c.Evaluations), slices.Clone(c.Running)
	s := &State{space: space, facts: c, others: past.others, memo: &memo{}, goals: g, figures: known}
	s.evaluations, s.smaller = past.split()
	at := map[string]*Evaluation{} // by identity; nil if the trial is running
	distinct := map[string]bool{}
	for i, e := range past.known {
		at[e.identity()], distinct[e.Key] = &past.known[i], true
	}
	for _, e := range c.Evaluations {
		if err := space.Validate(e.Arch); err != nil {
			return nil, fmt.Errorf("trial %d: %w", e.ID, err)
		}
		if e.OK() && !finite(e.Result.Value) {
			return nil, fmt.Errorf("trial %d, architecture [%s]: Value must be a finite number, got %v",
				e.ID, searchspace.Text(space, e.Arch), e.Result.Value)
		}
		if err := checkBudget(e.Budget); err != nil {
			return nil, fmt.Errorf("trial %d: %w", e.ID, err)
		}
		e.Key = space.Key(e.Arch)
		if e.OK() {
			if e.Result, err = g.complete(context.Background(), known, e.Trial, e.Result); err != nil {
				return nil, fmt.Errorf("trial %d, architecture [%s]: %w", e.ID, searchspace.Text(space, e.Arch), err)
			}
		}
		_, e.Repeat = at[e.identity()]
		s.trials = append(s.trials, e)
		if e.Repeat {
			continue
		}
		at[e.identity()], distinct[e.Key] = &e, true
		if isFull(e) {
			s.evaluations = append(s.evaluations, e)
		} else {
			s.smaller = append(s.smaller, e)
		}
	}
	for i := range s.facts.Running {
		t := &s.facts.Running[i]
		if err := space.Validate(t.Arch); err != nil {
			return nil, fmt.Errorf("running trial %d: %w", t.ID, err)
		}
		t.Key = space.Key(t.Arch)
		distinct[t.Key] = true
		if _, ok := at[t.identity()]; !ok {
			at[t.identity()] = nil
		}
	}
	s.budgets = budgetsOf(s.smaller, s.facts.Running)
	s.proposed = len(distinct)
	s.lookup = func(identity string) (bool, *Evaluation) {
		e, ok := at[identity]
		return ok, e
	}
	return s, nil
}

// Space returns the space being searched.
func (s *State) Space() searchspace.Space { return s.space }

// Group returns the number of the group to propose, from 0.
func (s *State) Group() int { return s.facts.Group }

// Lag returns the number of trials after which a result may be seen, at least 1: a group that
// starts at trial k sees the results of trials up to k − Lag. With Config.Arrival, it is one more
// than the number of running trials, at least 2.
func (s *State) Lag() int { return s.facts.Lag }

// Batch returns the maximum number of trials of a group, at least 1.
func (s *State) Batch() int { return s.facts.Batch }

// Left returns the number of architectures that the search may still evaluate, or math.MaxInt if
// there is no limit. If a method's proposals depend on Left, its search cannot be resumed with
// another Config.Evaluations.
func (s *State) Left() int {
	if s.facts.Left <= 0 && !s.limited {
		return math.MaxInt
	}
	return s.facts.Left
}

// Proposed returns the number of different architectures proposed so far, including those evaluated
// before the search and excluding those refused because of a limit.
func (s *State) Proposed() int { return s.proposed }

// Stale returns the number of groups in a row, up to the last one, that proposed nothing but
// repeats.
func (s *State) Stale() int { return s.stale }

// Evaluations returns the finished evaluations in view at the full budget, in the order in which
// they came into view: past evaluations of the same objective, followed by the search's own. It
// includes failures but not repeats. Callers must not change the slice.
func (s *State) Evaluations() []Evaluation { return s.evaluations }

// Trials returns the search's own finished trials in view at all budgets, repeats included, in the
// order in which they came into view. Callers must not change the slice.
func (s *State) Trials() []Evaluation { return s.trials }

// Arrived returns the elements of Trials that came into view after the previous group was proposed.
func (s *State) Arrived() []Evaluation { return s.trials[s.arrived:] }

// Running returns the proposed trials whose results are not in view yet, in the order of their IDs.
func (s *State) Running() []Trial { return s.facts.Running }

// Others returns the past evaluations of other objectives, one list for each [Past]. A list has only
// evaluations at one budget, the largest at which any succeeded.
func (s *State) Others() [][]Evaluation { return s.others }

// Top returns the n best successful evaluations at the full budget, or all if there are fewer, best
// first and ties in their original order. With one objective, they are ordered by its figure. With
// several, they are ordered by non-dominated rank (Deb et al. 2002) and within a rank by
// hypervolume contribution (Beume et al. 2007). Evaluations beyond a limit come last, ordered by
// how far they exceed it.
func (s *State) Top(n int) []Evaluation {
	if s.goals.plain() {
		return top(s.evaluations, n)
	}
	return pick(s.evaluations, s.order(), n)
}

// Known reports whether an architecture with the Key of a has been evaluated or is running at the
// full budget.
func (s *State) Known(a searchspace.Arch) bool {
	known, _ := s.lookup(s.space.Key(a))
	return known
}

// Find returns the finished evaluation of an architecture with the Key of a at the full budget, if
// there is one in view.
func (s *State) Find(a searchspace.Arch) (Evaluation, bool) {
	if _, e := s.lookup(s.space.Key(a)); e != nil {
		return *e, true
	}
	return Evaluation{}, false
}

// Rand returns this group's random number generator for a purpose. Every call returns a new one at
// the start of the same stream.
func (s *State) Rand(p Purpose) *rand.Rand {
	return seed.Stream(s.facts.Seed, s.facts.Group, uint64(p))
}

// RandOf returns a random number generator for a computation that several groups share. Its stream
// depends on the seed, the purpose and the name of the computation, but not on the group.
func (s *State) RandOf(p Purpose, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return seed.Stream(s.facts.Seed, int(h.Sum64()), uint64(p))
}

// Diagnose attaches a description of what the method did, such as a training report, to the group's
// entry in the History. encoding/json must be able to marshal v. A second call replaces the first.
func (s *State) Diagnose(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("diagnostic of group %d: %w", s.Group(), err)
	}
	s.diagnostic = text
	return nil
}

// Diagnostic returns what Diagnose attached, or nil.
func (s *State) Diagnostic() json.RawMessage { return s.diagnostic }

// Memo returns the value that compute returned when Memo was first called with this key in the
// search. Use it for values that are slow to compute and depend only on the space or on one
// architecture. Like the key of a context value, key should have an unexported type. Concurrent
// first calls may call compute more than once. A value is not kept if the context of the method's
// call has ended when compute returns, because [Config.Figures] may have been interrupted.
func (s *State) Memo(key any, compute func() any) any {
	if v, ok := s.memo.values.Load(key); ok {
		return v
	}
	v := compute()
	if s.context().Err() == nil {
		v, _ = s.memo.values.LoadOrStore(key, v)
	}
	return v
}

// memo holds values shared by all states of a search.
type memo struct{ values sync.Map }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// ended returns an error with the cause if ctx has ended.
func ended(ctx context.Context, doing string) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
}
