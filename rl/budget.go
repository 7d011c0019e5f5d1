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

// identify returns what identifies a trial among those of a search: the key, and the budget unless it is the full one.
func identify(key string, budget float64) string {
	if budget == 0 {
		return key
	}
	return key + "\x00" + strconv.FormatFloat(budget, 'g', -1, 64)
}

func (t Trial) identity() string { return identify(t.Key, t.Budget) }

// budget returns what the trial's evaluation is given.
func (t Trial) budget() evaluator.Budget { return evaluator.Budget{Amount: t.Budget, Resume: t.Resume} }

// compareBudgets orders budgets. Zero is the full one and the largest.
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

// checkBudget refuses budgets that are no amounts.
func checkBudget(budget float64) error {
	if !(budget >= 0) || math.IsInf(budget, 0) {
		return fmt.Errorf("a budget must be a positive number, or 0 for the full budget, got %v", budget)
	}
	return nil
}

// isFull reports whether an evaluation is at the full budget.
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

// Budgets returns the budgets that the search has evaluated at, ascending. Zero is the full one and comes last.
func (h *History) Budgets() []float64 {
	seen := map[float64]bool{}
	for _, e := range h.Evaluations {
		seen[e.Budget] = true
	}
	return slices.SortedFunc(maps.Keys(seen), compareBudgets)
}

// At returns the evaluations of the search at a budget, in their order; zero is the full budget. Failures are among them.
func (h *History) At(budget float64) []Evaluation {
	var list []Evaluation
	for _, e := range h.Evaluations {
		if e.Budget == budget {
			list = append(list, e)
		}
	}
	return list
}

// Smaller returns the finished evaluations at smaller budgets than the full one that may be seen, as Evaluations does for the
// full budget.
func (s *State) Smaller() []Evaluation { return s.smaller }

// At returns the finished evaluations at a budget that may be seen, in the order in which they came into view; zero is the full
// budget. Failures are among them.
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

// KnownAt reports whether an architecture, or one with the same Key, has been evaluated or is running at a budget; zero is the
// full budget.
func (s *State) KnownAt(a searchspace.Arch, budget float64) bool {
	known, _ := s.lookup(identify(s.space.Key(a), budget))
	return known
}

// FindAt returns the evaluation of an architecture, or of one with the same Key, at a budget, if it has finished and may be seen.
func (s *State) FindAt(a searchspace.Arch, budget float64) (Evaluation, bool) {
	if _, e := s.lookup(identify(s.space.Key(a), budget)); e != nil {
		return *e, true
	}
	return Evaluation{}, false
}

// Tried reports whether an architecture, or one with the same Key, has been evaluated or is running at any budget.
func (s *State) Tried(a searchspace.Arch) bool { return s.tried(s.space.Key(a)) }

// tried is Tried for a key.
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

// resume returns what the largest evaluation at a smaller budget has left for a trial.
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

// budgetsOf returns the smaller budgets of some trials.
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

// affordable drops trials of new architectures beyond the limit of Evaluations. It is called with mu held.
func (s *Search) affordable(trials []Trial) []Trial {
	if s.small == 0 {
		return trials // no more were asked for than are left
	}
	left := s.config.Evaluations - s.started
	fresh := map[string]bool{}
	return slices.DeleteFunc(trials, func(t Trial) bool {
		if s.begunKeys[t.Key] || fresh[t.Key] {
			return false
		}
		if _, known := s.first[t.identity()]; known {
			return false // answered from earlier evaluations
		}
		if len(fresh) >= left {
			return true
		}
		fresh[t.Key] = true
		return false
	})
}

// count counts a trial that is evaluated. It is called with mu held.
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
