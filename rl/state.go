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

// State is everything that a Method may know when it proposes a group of trials. A Search makes one for every group, and
// [NewState] makes one of a list of evaluations. It is valid while Propose runs.
type State struct {
	space   searchspace.Space
	facts   Snapshot
	goals   goals
	figures *beforehand     // nil if nothing is known before an evaluation
	ctx     context.Context // of the method's call, for figures; nil means Background
	others  [][]Evaluation
	// trials holds every trial that is visible, in the order in which results came into view, repeats included;
	// evaluations the same without repeats and with earlier evaluations of the same objective before.
	trials      []Evaluation
	evaluations []Evaluation
	smaller     []Evaluation     // at smaller budgets
	budgets     map[float64]bool // the smaller budgets of all trials
	arrived     int              // trials before this one were visible to the group before
	lookup      func(identity string) (known bool, e *Evaluation)
	proposed    int
	stale       int
	limited     bool // facts.Left is a limit, even if zero
	memo        *memo
	diagnostic  json.RawMessage
	ordering    sync.Once
	ordered     []int // see order
}

// Snapshot is the progress of a search, from which [NewState] builds a State.
type Snapshot struct {
	// Seed is the search's.
	Seed uint64
	// Group is the number of the group to propose, from 0.
	Group int
	// Left is how many more architectures the search may evaluate; 0 means no limit.
	Left int
	// Lag and Batch are the search's; see [Config]. Zero means 1.
	Lag, Batch int
	// Evaluations are the finished trials, in the order of their IDs.
	Evaluations []Evaluation
	// Running are the trials whose results are not known yet.
	Running []Trial
	// Past are evaluations from before the search.
	Past []Past
	// Objectives, Limits and Figures are the search's; see [Config].
	Objectives []Objective
	Limits     []Limit
	Figures    evaluator.Evaluator
}

// NewState builds a State. It computes the keys, and returns an error if an architecture is not a member of the space.
func NewState(space searchspace.Space, c Snapshot) (*State, error) {
	c.Lag, c.Batch = max(c.Lag, 1), max(c.Batch, 1)
	g, err := newGoals(c.Objectives, c.Limits)
	if err != nil {
		return nil, err
	}
	known := newBeforehand(space, g, c.Figures)
	past, err := newPasts(space, c.Past, known, g)
	if err != nil {
		return nil, err
	}
	c.Evaluations, c.Running = slices.Clone(c.Evaluations), slices.Clone(c.Running)
	s := &State{space: space, facts: c, others: past.others, memo: &memo{}, goals: g, figures: known}
	s.evaluations, s.smaller = past.split()
	at := map[string]*Evaluation{} // by identity; nil if it is running
	distinct := map[string]bool{}
	for i, e := range past.known {
		at[e.identity()], distinct[e.Key] = &past.known[i], true
	}
	for _, e := range c.Evaluations {
		if err := space.Validate(e.Arch); err != nil {
			return nil, fmt.Errorf("trial %d: %w", e.ID, err)
		}
		if e.OK() && !finite(e.Result.Value) {
			return nil, fmt.Errorf("trial %d, architecture [%s]: its value must be a finite number, got %v",
				e.ID, searchspace.Text(space, e.Arch), e.Result.Value)
		}
		if err := checkBudget(e.Budget); err != nil {
			return nil, fmt.Errorf("trial %d: %w", e.ID, err)
		}
		e.Key = space.Key(e.Arch)
		if e.OK() {
			e.Result = known.complete(context.Background(), e.Trial, e.Result)
			if err := g.check(e.Result); err != nil {
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

// Space returns the space that is searched.
func (s *State) Space() searchspace.Space { return s.space }

// Group returns the number of the group to propose, from 0.
func (s *State) Group() int { return s.facts.Group }

// Lag returns how many trials later a result may be seen, at least 1: a group that starts at trial k sees the results of
// trials up to k − Lag. In the order of arrival it is one more than the number of running trials, at least 2.
func (s *State) Lag() int { return s.facts.Lag }

// Batch returns how many trials a group has at most, at least 1.
func (s *State) Batch() int { return s.facts.Batch }

// Left returns how many more architectures the search may evaluate, math.MaxInt if there is no limit. A method whose
// proposals depend on Left cannot be resumed with another Config.Evaluations.
func (s *State) Left() int {
	if s.facts.Left <= 0 && !s.limited {
		return math.MaxInt
	}
	return s.facts.Left
}

// Proposed returns how many different architectures have been proposed so far, those evaluated before the search
// included and those that were refused because of a limit left out.
func (s *State) Proposed() int { return s.proposed }

// Stale returns how many groups in a row, up to the last one, proposed nothing but repeats.
func (s *State) Stale() int { return s.stale }

// Evaluations returns the finished evaluations at the full budget that may be seen, in the order in which they came into view:
// those from before the search that have its objective, then its own. Failures are among them, repeats are not. Callers must not
// change the slice.
func (s *State) Evaluations() []Evaluation { return s.evaluations }

// Trials returns the search's own finished trials at all budgets that may be seen, repeats included, in the order in which they came into
// view. Callers must not change the slice.
func (s *State) Trials() []Evaluation { return s.trials }

// Arrived returns those of Trials that came into view after the group before was proposed.
func (s *State) Arrived() []Evaluation { return s.trials[s.arrived:] }

// Running returns the trials that have been proposed and whose results may not be seen yet, in the order of their IDs.
func (s *State) Running() []Trial { return s.facts.Running }

// Others returns the evaluations of other objectives that the search was given, a list for each [Past].
func (s *State) Others() [][]Evaluation { return s.others }

// Top returns the n best successful evaluations at the full budget, best first, equal ones in their order; fewer if fewer have
// succeeded. The best have the highest values, or whatever the search's one objective is. With several objectives they are ordered
// by non-dominated rank (Deb et al. 2002), and those of equal rank by how much of the hypervolume they add to the others (Beume
// et al. 2007). Evaluations beyond a limit come last, those that exceed it least first.
func (s *State) Top(n int) []Evaluation {
	if s.goals.plain() {
		return top(s.evaluations, n)
	}
	return pick(s.evaluations, s.order(), n)
}

// Known reports whether an architecture, or one with the same Key, has been evaluated or is running at the full budget.
func (s *State) Known(a searchspace.Arch) bool {
	known, _ := s.lookup(s.space.Key(a))
	return known
}

// Find returns the evaluation of an architecture, or of one with the same Key, at the full budget if it has finished and may be
// seen.
func (s *State) Find(a searchspace.Arch) (Evaluation, bool) {
	if _, e := s.lookup(s.space.Key(a)); e != nil {
		return *e, true
	}
	return Evaluation{}, false
}

// Rand returns the random numbers of this group for a purpose. Every call returns the same stream from its start.
func (s *State) Rand(p Purpose) *rand.Rand {
	return seed.Stream(s.facts.Seed, s.facts.Group, uint64(p))
}

// RandOf returns random numbers for a computation that several groups share. They depend on the search's seed, the purpose and a
// text that names the computation, and not on the group.
func (s *State) RandOf(p Purpose, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return seed.Stream(s.facts.Seed, int(h.Sum64()), uint64(p))
}

// Diagnose attaches a description of what the method did in this group, such as how a training went, to the group's entry
// in the History. It must be a value that encoding/json can write. A second call replaces the first.
func (s *State) Diagnose(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("diagnostic of group %d: %w", s.Group(), err)
	}
	s.diagnostic = text
	return nil
}

// Diagnostic returns what Diagnose attached, nil if nothing.
func (s *State) Diagnostic() json.RawMessage { return s.diagnostic }

// Memo returns the value that compute returned when Memo was first called with this key in the search. Use it for values
// that are slow to compute and depend only on the space or on one architecture. Like the key of a context value, key
// should have an unexported type of the caller's. Concurrent first calls may call compute more than once.
func (s *State) Memo(key any, compute func() any) any {
	if v, ok := s.memo.values.Load(key); ok {
		return v
	}
	v, _ := s.memo.values.LoadOrStore(key, compute())
	return v
}

// memo is what the states of one search share.
type memo struct{ values sync.Map }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// ended returns the cause if ctx has ended, and says what was being done.
func ended(ctx context.Context, doing string) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
}
