package baseline

import (
	"cmp"
	"context"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ASHA is asynchronous successive halving (Li et al. 2020, arXiv 1810.05934). Every architecture
// starts at the smallest budget. When a worker becomes free, ASHA looks, from the largest budget
// down, for an architecture among the best 1/Eta evaluated at a budget and promotes it to the next.
// If there is none, it starts a new architecture. Workers never wait for each other.
type ASHA struct {
	// Budgets lists the budgets below the full one in ascending order, in the evaluator's unit. It
	// must not be empty.
	Budgets []float64
	// Eta is the factor by which the number of architectures shrinks from each budget to the next,
	// at least 2; 0 means 3.
	Eta int
	// Sampler proposes the new architectures. It must not set a budget. The default is RandomSearch.
	Sampler rl.Method
}

var (
	_ rl.Method   = ASHA{}
	_ rl.Finisher = ASHA{}
)

// Validate returns an error if a setting is invalid.
func (a ASHA) Validate() error {
	if err := checkLadder("ASHA", a.Budgets, a.Eta); err != nil {
		return err
	}
	return rl.Validate(a.Sampler)
}

// ValidateFor returns an error if the Sampler cannot search the space.
func (a ASHA) ValidateFor(space searchspace.Space) error { return rl.ValidateFor(a.Sampler, space) }

// Finish calls Finish of the Sampler if that is an [rl.Finisher].
func (a ASHA) Finish(ctx context.Context, s *rl.State) error { return finish(ctx, s, a.Sampler) }

// Propose promotes architectures, and starts new ones if there is nothing to promote.
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

// last promotes the best at the largest budget reached so far, so that even a short search ends at
// the full budget.
func (a ASHA) last(s *rl.State, rungs ladder) []rl.Trial {
	for k := len(rungs) - 2; k >= 0; k-- {
		if best := ranked(s, s.At(rungs[k])); len(best) > 0 {
			return []rl.Trial{promoted(best[0].Trial, rungs[k+1])}
		}
	}
	return nil
}

// promotable returns up to n promotions from one budget to the next.
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

// reached reports whether an architecture has been evaluated or is running at a budget or at the
// full one.
func reached(s *rl.State, a searchspace.Arch, budget float64) bool {
	return s.KnownAt(a, budget) || s.Known(a)
}
