package baseline

import (
	"cmp"
	"context"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ASHA is asynchronous successive halving (Li et al. 2020, arXiv 1810.05934). Every architecture begins at the smallest budget.
// Whenever a worker is free, an architecture that is among the best 1/Eta of all that were evaluated at its budget is promoted to
// the next one, at the largest budget possible; if there is none, a new architecture begins. No worker ever waits for others.
type ASHA struct {
	// Budgets are the budgets below the full one, ascending, in the evaluator's unit. At least one is needed.
	Budgets []float64
	// Eta is the factor by which the number of architectures falls from budget to budget, at least 2; 0 means 3.
	Eta int
	// Sampler proposes the new architectures. It must not propose a budget. If nil, they are drawn as by RandomSearch.
	Sampler rl.Method
}

var _ rl.Method = ASHA{}

// Validate returns what is wrong with the settings.
func (a ASHA) Validate() error {
	if err := checkLadder("ASHA", a.Budgets, a.Eta); err != nil {
		return err
	}
	return rl.Validate(a.Sampler)
}

// Propose promotes, and begins new architectures when there is nothing to promote.
func (a ASHA) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	rungs := newLadder(a.Budgets)
	var trials []rl.Trial
	for k := len(rungs) - 2; k >= 0; k-- {
		trials = append(trials, a.promotable(s, rungs[k], rungs[k+1], n-len(trials))...)
	}
	if len(trials) == n {
		return trials, nil
	}
	fresh, err := newcomers(ctx, s, a.Sampler, rungs[0], n-len(trials))
	if trials = append(trials, fresh...); len(trials) == 0 && s.Left() == 0 && len(s.Running()) == 0 && len(s.At(0)) == 0 {
		return a.last(s, rungs), err
	}
	return trials, err
}

// last promotes the best at the largest budget that any has reached, so that a search of few architectures ends at the full budget.
func (a ASHA) last(s *rl.State, rungs ladder) []rl.Trial {
	for k := len(rungs) - 2; k >= 0; k-- {
		if best := ranked(s, s.At(rungs[k])); len(best) > 0 {
			return []rl.Trial{promoted(best[0].Trial, rungs[k+1])}
		}
	}
	return nil
}

// promotable returns up to n promotions from a budget to the next.
func (a ASHA) promotable(s *rl.State, from, to float64, n int) []rl.Trial {
	finished := s.At(from)
	best := ranked(s, finished)
	best = best[:min(len(best), len(finished)/cmp.Or(a.Eta, 3))]
	var trials []rl.Trial
	for _, e := range best {
		if len(trials) == n {
			break
		}
		if !reached(s, e.Arch, to) {
			trials = append(trials, promoted(e.Trial, to))
		}
	}
	return trials
}

// reached reports whether an architecture has been evaluated, or is running, at a budget or at the full one.
func reached(s *rl.State, a searchspace.Arch, budget float64) bool {
	return s.KnownAt(a, budget) || s.Known(a)
}
