package rl

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// identify returns the identity of a trial within a search: its key and, unless it is the full
// budget, its budget.
func identify(key string, budget float64) string {
	if budget == 0 {
		return key
	}
	return key + "\x00" + strconv.FormatFloat(budget, 'g', -1, 64)
}

func (t Trial) identity() string { return identify(t.Key, t.Budget) }

// budget returns the budget to evaluate the trial with.
func (t Trial) budget() evaluator.Budget { return evaluator.Budget{Amount: t.Budget, Resume: t.Resume} }

// compareBudgets orders budgets by amount. Zero means the full budget, which is the largest.
func compareBudgets(a, b float64) int {
	switch {
	case a == b:
		return 0
	case a == 0:
		return 1
	case b == 0 || a < b:
		return -1
	}
	return 1
}

// checkBudget returns an error if a budget is neither zero nor a positive finite number.
func checkBudget(budget float64) error {
	if !(budget >= 0) || math.IsInf(budget, 0) {
		return fmt.Errorf("a budget must be a positive number, or 0 for the full budget, got %v", budget)
	}
	return nil
}

// isFull reports whether an evaluation used the full budget.
func isFull(e Evaluation) bool { return e.Budget == 0 }

// full returns the evaluations at the full budget.
func full(evaluations []Evaluation) []Evaluation {
	if !slices.ContainsFunc(evaluations, func(e Evaluation) bool { return !isFull(e) }) {
		return evaluations
	}
	var list []Evaluation
	for _, e := range evaluations {
		if isFull(e) {
			list = append(list, e)
		}
	}
	return list
}

// Budgets returns the budgets of the search's evaluations in ascending order. Zero means the full
// budget and comes last.
func (h *History) Budgets() []float64 {
	seen := map[float64]bool{}
	for _, e := range h.Evaluations {
		seen[e.Budget] = true
	}
	return slices.SortedFunc(maps.Keys(seen), compareBudgets)
}

// At returns the search's evaluations at a budget, failures included, in the order of Evaluations.
// Zero is the full budget.
func (h *History) At(budget float64) []Evaluation {
	var list []Evaluation
	for _, e := range h.Evaluations {
		if e.Budget == budget {
			list = append(list, e)
		}
	}
	return list
}

// Smaller returns the finished evaluations at budgets below the full one, in the order in which
// they came into view, failures included.
func (s *State) Smaller() []Evaluation { return s.smaller }

// At returns the finished evaluations at a budget, failures included, in the order in which they
// came into view. Zero is the full budget.
func (s *State) At(budget float64) []Evaluation {
	if budget == 0 {
		return s.evaluations
	}
	var list []Evaluation
	for _, e := range s.smaller {
		if e.Budget == budget {
			list = append(list, e)
		}
	}
	return list
}

// KnownAt reports whether an architecture with the Key of a has been evaluated or is running at the
// budget. Zero is the full budget.
func (s *State) KnownAt(a searchspace.Arch, budget float64) bool {
	known, _ := s.lookup(identify(s.space.Key(a), budget))
	return known
}

// FindAt returns the finished evaluation of an architecture with the Key of a at the budget, if
// there is one in view.
func (s *State) FindAt(a searchspace.Arch, budget float64) (Evaluation, bool) {
	if _, e := s.lookup(identify(s.space.Key(a), budget)); e != nil {
		return *e, true
	}
	return Evaluation{}, false
}

// Tried reports whether an architecture with the Key of a has been evaluated or is running at any
// budget.
func (s *State) Tried(a searchspace.Arch) bool { return s.tried(s.space.Key(a)) }

// tried is Tried by key.
func (s *State) tried(key string) bool {
	if known, _ := s.lookup(key); known {
		return true
	}
	if s.budgets == nil {
		return false
	}
	for budget := range s.budgets {
		if known, _ := s.lookup(identify(key, budget)); known {
			return true
		}
	}
	return false
}

// resume returns the Result.Resume of the architecture's evaluation at the largest smaller budget,
// or "" if there is none.
func (s *State) resume(t Trial) string {
	best := Evaluation{}
	for budget := range s.budgets {
		_, e := s.lookup(identify(t.Key, budget))
		if e != nil && e.OK() && e.Result.Resume != "" && compareBudgets(budget, t.Budget) < 0 && budget > best.Budget {
			best = *e
		}
	}
	return best.Result.Resume
}

// budgetsOf returns the set of budgets below the full one among some trials.
func budgetsOf(evaluations []Evaluation, running []Trial) map[float64]bool {
	var budgets map[float64]bool
	add := func(t Trial) {
		if t.Budget != 0 {
			if budgets == nil {
				budgets = map[float64]bool{}
			}
			budgets[t.Budget] = true
		}
	}
	for _, e := range evaluations {
		add(e.Trial)
	}
	for _, t := range running {
		add(t)
	}
	return budgets
}

// affordable drops trials of new architectures beyond Config.Evaluations. The caller must hold mu.
func (s *Search) affordable(trials []Trial) []Trial {
	if s.small == 0 {
		return trials // the method was asked for no more than are left
	}
	left := s.config.Evaluations - s.started
	fresh := map[string]bool{}
	return slices.DeleteFunc(trials, func(t Trial) bool {
		if s.begunKeys[t.Key] || fresh[t.Key] {
			return false
		}
		if _, known := s.first[t.identity()]; known {
			return false // answered by an earlier evaluation
		}
		if len(fresh) >= left {
			return true
		}
		fresh[t.Key] = true
		return false
	})
}

// count counts a trial that will be evaluated. The caller must hold mu.
func (s *Search) count(t Trial) {
	if t.Budget != 0 {
		s.small++
		if s.budgets == nil {
			s.budgets = map[float64]bool{}
		}
		s.budgets[t.Budget] = true
	}
	if !s.begunKeys[t.Key] {
		s.begunKeys[t.Key] = true
		s.started++
	}
	s.distinct[t.Key] = true
}
