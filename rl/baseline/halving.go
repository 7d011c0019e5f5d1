package baseline

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/rl"
)

// SuccessiveHalving evaluates a number of architectures at the smallest budget, the best 1/Eta of them at the next one, and so on
// to the full budget (Jamieson & Talwalkar 2016; Li et al. 2017, arXiv 1603.06560). Then it begins with new ones. While it waits
// for the last results of a budget, workers begin with the next round.
type SuccessiveHalving struct {
	// Budgets are the budgets below the full one, ascending, in the evaluator's unit. At least one is needed.
	Budgets []float64
	// Eta is the factor by which the number of architectures falls from budget to budget, at least 2; 0 means 3.
	Eta int
	// Architectures is how many a round begins with; 0 means as many as leave one for the full budget, Eta^len(Budgets).
	Architectures int
	// Sampler proposes the new architectures. It must not propose a budget. If nil, they are drawn as by RandomSearch.
	Sampler rl.Method
}

// Hyperband runs rounds of successive halving that begin at different budgets in turn (Li et al. 2017, arXiv 1603.06560): many
// architectures at the smallest budget, fewer at the next, and at last a few at the full one. So it does not depend on small
// budgets telling good from bad.
type Hyperband struct {
	// Budgets are the budgets below the full one, ascending, in the evaluator's unit. At least one is needed.
	Budgets []float64
	// Eta is the factor by which the number of architectures falls from budget to budget, at least 2; 0 means 3.
	Eta int
	// Sampler proposes the new architectures. It must not propose a budget. If nil, they are drawn as by RandomSearch. With a
	// model of what was evaluated so far, this is BOHB (Falkner et al. 2018, arXiv 1807.01774).
	Sampler rl.Method
}

var (
	_ rl.Method = SuccessiveHalving{}
	_ rl.Method = Hyperband{}
)

// Validate returns what is wrong with the settings.
func (h SuccessiveHalving) Validate() error {
	if err := checkLadder("SuccessiveHalving", h.Budgets, h.Eta); err != nil {
		return err
	}
	if h.Architectures < 0 {
		return fmt.Errorf("SuccessiveHalving: Architectures must not be negative, got %d", h.Architectures)
	}
	return rl.Validate(h.Sampler)
}

// Validate returns what is wrong with the settings.
func (h Hyperband) Validate() error {
	if err := checkLadder("Hyperband", h.Budgets, h.Eta); err != nil {
		return err
	}
	return rl.Validate(h.Sampler)
}

// Propose promotes, and begins new architectures when there is nothing to promote.
func (h SuccessiveHalving) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	rungs, eta := newLadder(h.Budgets), cmp.Or(h.Eta, 3)
	first := cmp.Or(h.Architectures, int(math.Pow(float64(eta), float64(len(h.Budgets)))))
	return rounds{rungs, eta, h.Sampler, func(int) (int, int) { return 0, first }}.propose(ctx, s, n)
}

// Propose promotes, and begins new architectures when there is nothing to promote.
func (h Hyperband) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	rungs, eta := newLadder(h.Budgets), cmp.Or(h.Eta, 3)
	return rounds{rungs, eta, h.Sampler, func(number int) (int, int) {
		rung := number % len(rungs)
		above := len(rungs) - 1 - rung
		size := float64(len(rungs)) / float64(above+1) * math.Pow(float64(eta), float64(above))
		return rung, int(math.Ceil(size))
	}}.propose(ctx, s, n)
}

// rounds are rounds of successive halving one after the other.
type rounds struct {
	rungs   ladder
	eta     int
	sampler rl.Method
	shape   func(number int) (rung, architectures int) // where a round begins, and with how many
}

// round is one round: its architectures at each rung, in the order in which they were proposed.
type round struct {
	first   int // its first rung
	size    int // how many it begins with
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

// filling returns the round that new architectures belong to, and begins it if the last one is full.
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

// propose promotes where all results of a rung are there, and begins new architectures otherwise.
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
	if s.Left() == 0 { // it gets no more
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
		size = len(next) // the others have failed
	}
	return nil
}

// results returns the evaluations of trials, and whether all have finished.
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
