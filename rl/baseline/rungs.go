package baseline

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/rl"
)

// ladder lists the budgets of a method in ascending order. The last is 0, the full budget.
type ladder []float64

func newLadder(smaller []float64) ladder { return append(slices.Clone(smaller), 0) }

// checkLadder returns an error if the smaller budgets or the reduction factor of a method are
// invalid.
func checkLadder(method string, smaller []float64, eta int) error {
	if len(smaller) == 0 {
		return fmt.Errorf("%s: Budgets must have at least one budget below the full one", method)
	}
	for i, b := range smaller {
		if !(b > 0) || math.IsInf(b, 0) || i > 0 && b <= smaller[i-1] {
			return fmt.Errorf("%s: Budgets must be positive and ascending, got %v", method, smaller)
		}
	}
	if eta != 0 && eta < 2 {
		return fmt.Errorf("%s: Eta must be at least 2, got %d", method, eta)
	}
	return nil
}

// newcomers returns up to n trials of new architectures at a budget, within what the search may
// still evaluate.
func newcomers(ctx context.Context, s *rl.State, sampler rl.Method, budget float64, n int) ([]rl.Trial, error) {
	if n = min(n, s.Left()); n <= 0 {
		return nil, nil
	}
	if sampler == nil {
		sampler = RandomSearch{}
	}
	trials, err := sampler.Propose(ctx, s, n)
	for i := range trials {
		trials[i].Budget = budget
	}
	return trials, err
}

// finish calls Finish of a method if it is an rl.Finisher.
func finish(ctx context.Context, s *rl.State, m rl.Method) error {
	if f, ok := m.(rl.Finisher); ok {
		return f.Finish(ctx, s)
	}
	return nil
}

// ranked returns the successful evaluations, best first, ties in their original order.
func ranked(s *rl.State, evaluations []rl.Evaluation) []rl.Evaluation {
	good := slices.DeleteFunc(slices.Clone(evaluations), func(e rl.Evaluation) bool { return !e.OK() })
	scores := s.Scores(good)
	order := make([]int, len(good))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return -cmp.Compare(scores[a], scores[b]) })
	sorted := make([]rl.Evaluation, len(good))
	for k, i := range order {
		sorted[k] = good[i]
	}
	return sorted
}

// promoted returns a trial of the same architecture at a larger budget.
func promoted(e rl.Trial, budget float64) rl.Trial {
	return rl.Trial{Arch: e.Arch, Budget: budget, Source: rl.SourcePromotion}
}
