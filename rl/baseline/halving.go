package baseline

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// SuccessiveHalving evaluates a number of architectures at the smallest budget, the best 1/Eta of
// them at the next budget, and so on up to the full budget (Jamieson & Talwalkar 2016; Li et al.
// 2017, arXiv 1603.06560). Then it starts a new round with new architectures. While it waits for
// the last results at a budget, idle workers start on the next round.
type SuccessiveHalving struct {
	// Budgets lists the budgets below the full one in ascending order, in the evaluator's unit. It
	// must not be empty.
	Budgets []float64
	// Eta is the factor by which the number of architectures shrinks from each budget to the next,
	// at least 2; 0 means 3.
	Eta int
	// Architectures is the number of architectures that a round starts with; 0 means
	// Eta^len(Budgets), which leaves one for the full budget.
	Architectures int
	// Sampler proposes the new architectures. It must not set a budget. The default is RandomSearch.
	Sampler rl.Method
}

// Hyperband runs rounds of successive halving that start at different budgets in turn (Li et al.
// 2017, arXiv 1603.06560): one with many architectures at the smallest budget, one with fewer at
// the next, and finally one with a few at the full budget. It therefore works even if results at
// small budgets are misleading.
type Hyperband struct {
	// Budgets lists the budgets below the full one in ascending order, in the evaluator's unit. It
	// must not be empty.
	Budgets []float64
	// Eta is the factor by which the number of architectures shrinks from each budget to the next,
	// at least 2; 0 means 3.
	Eta int
	// Sampler proposes the new architectures. It must not set a budget. The default is RandomSearch.
	// With a Sampler that learns from the evaluations so far, this is BOHB (Falkner et al. 2018,
	// arXiv 1807.01774).
	Sampler rl.Method
}

var (
	_ rl.Method   = SuccessiveHalving{}
	_ rl.Finisher = SuccessiveHalving{}
	_ rl.Method   = Hyperband{}
	_ rl.Finisher = Hyperband{}
)

// Validate returns an error if a setting is invalid.
func (h SuccessiveHalving) Validate() error {
	if err := checkLadder("SuccessiveHalving", h.Budgets, h.Eta); err != nil {
		return err
	}
	if h.Architectures < 0 {
		return fmt.Errorf("SuccessiveHalving: Architectures must not be negative, got %d", h.Architectures)
	}
	return rl.Validate(h.Sampler)
}

// ValidateFor returns an error if the Sampler cannot search the space.
func (h SuccessiveHalving) ValidateFor(space searchspace.Space) error {
	return rl.ValidateFor(h.Sampler, space)
}

// Finish calls Finish of the Sampler if that is an [rl.Finisher].
func (h SuccessiveHalving) Finish(ctx context.Context, s *rl.State) error {
	return finish(ctx, s, h.Sampler)
}

// Validate returns an error if a setting is invalid.
func (h Hyperband) Validate() error {
	if err := checkLadder("Hyperband", h.Budgets, h.Eta); err != nil {
		return err
	}
	return rl.Validate(h.Sampler)
}

// ValidateFor returns an error if the Sampler cannot search the space.
func (h Hyperband) ValidateFor(space searchspace.Space) error {
	return rl.ValidateFor(h.Sampler, space)
}

// Finish calls Finish of the Sampler if that is an [rl.Finisher].
func (h Hyperband) Finish(ctx context.Context, s *rl.State) error { return finish(ctx, s, h.Sampler) }

// Propose promotes architectures, and starts new ones if there is nothing to promote.
func (h SuccessiveHalving) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	rungs, eta := newLadder(h.Budgets), cmp.Or(h.Eta, 3)
	first := cmp.Or(h.Architectures, int(math.Pow(float64(eta), float64(len(h.Budgets)))))
	return rounds{rungs, eta, h.Sampler, func(int) (int, int) { return 0, first }}.propose(ctx, s, n)
}

// Propose promotes architectures, and starts new ones if there is nothing to promote.
func (h Hyperband) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	rungs, eta := newLadder(h.Budgets), cmp.Or(h.Eta, 3)
	return rounds{rungs, eta, h.Sampler, func(number int) (int, int) {
		rung := number % len(rungs)
		above := len(rungs) - 1 - rung
		size := float64(len(rungs)) / float64(above+1) * math.Pow(float64(eta), float64(above))
		return rung, int(math.Ceil(size))
	}}.propose(ctx, s, n)
}

// rounds runs rounds of successive halving one after the other.
type rounds struct {
	rungs   ladder
	eta     int
	sampler rl.Method
	shape   func(number int) (rung, architectures int) // the first rung of a round and its number of architectures there
}

// round holds the architectures of one round at each rung, in the order in which they were
// proposed.
type round struct {
	first   int // the rung at which it starts
	size    int // the number of architectures at the first rung
	members [][]rl.Trial
}

// follow assigns the trials of a search to rounds.
func (r rounds) follow(s *rl.State) []*round {
	var trials []rl.Trial
	for _, e := range s.Trials() {
		trials = append(trials, e.Trial)
	}
	trials = append(trials, s.Running()...)
	slices.SortFunc(trials, func(a, b rl.Trial) int { return cmp.Compare(a.ID, b.ID) })
	var list []*round
	of := map[string]*round{}
	for _, t := range trials {
		its, again := of[t.Key]
		if !again {
			its = r.filling(&list)
			of[t.Key] = its
		}
		if rung := slices.Index(r.rungs, t.Budget); rung >= its.first {
			its.members[rung] = append(its.members[rung], t)
		}
	}
	return list
}

// filling returns the round that takes new architectures. If the last one is full, it starts
// another.
func (r rounds) filling(list *[]*round) *round {
	if last := len(*list) - 1; last >= 0 {
		if b := (*list)[last]; len(b.members[b.first]) < b.size {
			return b
		}
	}
	first, size := r.shape(len(*list))
	b := &round{first, size, make([][]rl.Trial, len(r.rungs))}
	*list = append(*list, b)
	return b
}

// propose promotes from the rungs whose results are all in view, and otherwise starts new
// architectures.
func (r rounds) propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	list := r.follow(s)
	var trials []rl.Trial
	for _, b := range list {
		trials = append(trials, r.promote(s, b)...)
	}
	if len(trials) >= n {
		return trials[:n], nil
	}
	b := r.filling(&list)
	fresh, err := newcomers(ctx, s, r.sampler, r.rungs[b.first], min(n-len(trials), b.size-len(b.members[b.first])))
	if err != nil {
		return nil, err
	}
	return append(trials, fresh...), nil
}

// promote returns the promotions of a round that are due.
func (r rounds) promote(s *rl.State, b *round) []rl.Trial {
	size := b.size
	if s.Left() == 0 { // the round cannot grow any more
		size = len(b.members[b.first])
	}
	for rung := b.first; rung < len(r.rungs)-1 && size > 0; rung++ {
		members := b.members[rung]
		if len(members) < size {
			return nil
		}
		finished, all := results(s, members)
		if !all {
			return nil
		}
		size = max(1, size/r.eta)
		next := b.members[rung+1]
		if len(next) >= size {
			continue
		}
		var trials []rl.Trial
		best := ranked(s, finished)
		for _, e := range best[:min(size, len(best))] {
			if !slices.ContainsFunc(next, func(t rl.Trial) bool { return t.Key == e.Key }) {
				trials = append(trials, promoted(e.Trial, r.rungs[rung+1]))
			}
		}
		if len(trials) > 0 {
			return trials
		}
		size = len(next) // the others failed
	}
	return nil
}

// results returns the finished evaluations of trials and reports whether all have finished.
func results(s *rl.State, trials []rl.Trial) (list []rl.Evaluation, all bool) {
	for _, t := range trials {
		e, ok := s.FindAt(t.Arch, t.Budget)
		if !ok {
			return nil, false
		}
		list = append(list, e)
	}
	return list, true
}
