package bayes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Screened evaluates the proposals of another method at small budgets first, and at larger ones
// while that is worthwhile.
//
// Results at all budgets are used to predict the normal scores at the full budget. A regression
// over the architectures evaluated at both budgets estimates how informative a smaller budget is:
// an evaluation there counts as an observation with the noise that the regression leaves
// unexplained. If a small budget is misleading, its slope is estimated as zero and it is no longer
// used. The first architectures are evaluated at every budget, so that there is data for the
// estimates.
//
// An index decides which architecture to evaluate next and at which budget, among the proposals of
// Method and the architectures evaluated only at smaller budgets. The index is the largest ratio of
// expected improvement to cost over all plans that evaluate the architecture at a budget, then at a
// larger one if the result is good enough, and so on, and that may stop after each result (compare
// Gittins 1979 and Weitzman 1979). The cost of a budget is the mean cost of the evaluations at it. If
// the evaluator continues training runs (its results have a Resume), a larger budget costs only the
// difference, so that an architecture that is trained to the end costs the same with small budgets
// as without.
//
// The model is that of [ModelAverage]. If Method uses a ModelAverage as its Ranker, it uses the
// same data.
type Screened struct {
	// Budgets lists the budgets below the full one in ascending order, in the evaluator's unit. It
	// must not be empty.
	Budgets []float64
	// Method proposes the new architectures. It must not set a budget. The default is
	// ModelAverage{}.
	Method rl.Method
	// Calibration is the number of architectures that are evaluated at every budget; 0 means 3.
	Calibration int
}

var (
	_ rl.Method   = Screened{}
	_ rl.Finisher = Screened{}
)

// Screening is what Screened attaches to every Group of a History, as JSON: how normal scores at
// the smaller budgets predict those at the full one.
type Screening struct {
	Links []Link `json:"links,omitempty"`
}

// Link describes how scores at a smaller budget predict those at the full one.
type Link struct {
	Budget float64 `json:"budget"`
	Pairs  int     `json:"pairs"` // number of architectures evaluated at both
	Slope  float64 `json:"slope"` // slope of the regression of normal scores, about the rank correlation
	Cost   float64 `json:"cost"`  // from scratch, relative to the full budget
}

// Validate returns an error if a setting is invalid.
func (p Screened) Validate() error {
	if len(p.Budgets) == 0 {
		return errors.New("Screened: Budgets must have at least one budget below the full one")
	}
	for i, b := range p.Budgets {
		if !(b > 0) || math.IsInf(b, 0) || i > 0 && b <= p.Budgets[i-1] {
			return fmt.Errorf("Screened: Budgets must be positive and ascending, got %v", p.Budgets)
		}
	}
	if p.Calibration < 0 {
		return fmt.Errorf("Screened: Calibration must not be negative, got %d", p.Calibration)
	}
	return rl.Validate(p.method())
}

// ValidateFor returns an error if the Method cannot search the space.
func (p Screened) ValidateFor(space searchspace.Space) error {
	return rl.ValidateFor(p.method(), space)
}

func (p Screened) method() rl.Method {
	if p.Method == nil {
		return ModelAverage{}
	}
	return p.Method
}

// Finish calls Finish of the Method if that is an [rl.Finisher].
func (p Screened) Finish(ctx context.Context, s *rl.State) error {
	if f, ok := p.method().(rl.Finisher); ok {
		return f.Finish(ctx, s)
	}
	return nil
}

// Propose returns trials at the budgets with the largest expected improvement for their cost.
func (p Screened) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	trials := p.calibrate(s, n)
	if fresh := min(n-len(trials), s.Left()); fresh > 0 {
		added, err := p.method().Propose(ctx, s, fresh)
		if err != nil {
			return nil, err
		}
		trials = append(trials, added...)
	}
	first := slices.IndexFunc(trials, func(t rl.Trial) bool { return t.Source != rl.SourcePromotion })
	if first < 0 {
		first = len(trials)
	}
	screened, err := p.screen(ctx, s, trials[first:], n-first)
	return append(trials[:first:first], screened...), err
}

// calibrate returns the missing evaluations of the first architectures, each at its smallest
// missing budget.
func (p Screened) calibrate(s *rl.State, n int) []rl.Trial {
	seen := map[string]bool{}
	var trials []rl.Trial
	for _, e := range observed(s) {
		if e.ID < 0 || seen[e.Key] {
			continue
		}
		if seen[e.Key] = true; len(seen) > p.calibration() || len(trials) == n {
			break
		}
		if budget, ok := p.missing(s, e.Arch); ok {
			trials = append(trials, rl.Trial{Arch: e.Arch, Budget: budget, Source: rl.SourcePromotion})
		}
	}
	return trials
}

func (p Screened) calibration() int { return cmp.Or(p.Calibration, 3) }

// missing returns the smallest budget at which an architecture has not been evaluated. It returns
// false if there is none, or if the architecture is running or has failed.
func (p Screened) missing(s *rl.State, a searchspace.Arch) (float64, bool) {
	for _, budget := range append(slices.Clone(p.Budgets), 0) {
		e, ok := s.FindAt(a, budget)
		switch {
		case !ok:
			return budget, !s.KnownAt(a, budget)
		case !e.OK():
			return 0, false
		}
	}
	return 0, false
}

// screen chooses among new architectures and possible promotions, and the budgets to evaluate them
// at.
func (p Screened) screen(ctx context.Context, s *rl.State, fresh []rl.Trial, n int) ([]rl.Trial, error) {
	if n <= 0 {
		return nil, nil
	}
	candidates := append(slices.Clone(fresh), p.promotable(s)...)
	archs := make([]searchspace.Arch, len(candidates))
	for i, t := range candidates {
		archs[i] = t.Arch
	}
	o, err := averaged.outlook(ctx, s, archs)
	if err != nil {
		return nil, err
	}
	costs := costsOf(s, p.Budgets)
	var trials []rl.Trial
	taken := make([]bool, len(candidates))
	for len(trials) < min(n, len(candidates)) {
		at, budget := p.next(o, candidates, taken, costs)
		taken[at] = true
		t := candidates[at]
		if t.Budget = budget; t.Source != rl.SourcePromotion && (o.whole == 0 || s.Proposed() < p.calibration()) {
			t.Budget = p.Budgets[0]
		}
		trials = append(trials, t)
		o.imagine(at)
	}
	return trials, s.Diagnose(p.screening(o, costs))
}

// considered is the number of promotions that compete with new architectures: those with the
// largest expected improvement.
const considered = 16

// next returns the candidate with the largest index among those not taken, and its budget.
func (p Screened) next(o *outlook, candidates []rl.Trial, taken []bool, costs costs) (at int, budget float64) {
	noise := o.noiseVariance()
	results := make([]normal, len(candidates))
	for i, t := range candidates {
		results[i] = o.result(i, t.Key, noise)
	}
	var places []int
	for i := range candidates {
		if !taken[i] {
			places = append(places, i)
		}
	}
	slices.SortStableFunc(places, func(a, b int) int {
		news := func(i int) int {
			if candidates[i].Source == rl.SourcePromotion {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(news(a), news(b)), -cmp.Compare(results[a].improvement(o.best), results[b].improvement(o.best)))
	})
	at = -1
	highest := 0.0
	promotions := 0
	for _, i := range places {
		if candidates[i].Source == rl.SourcePromotion {
			if promotions++; promotions > considered {
				break
			}
		}
		v := p.stages(o, candidates[i].Budget, costs)
		index, stage := v.index(results[i].mean-o.best, results[i].variance)
		if o.succeed != nil {
			index *= o.succeed[i]
		}
		if at < 0 || index > highest {
			at, highest, budget = i, index, v.budgets[stage]
		}
	}
	return at, budget
}

// stages returns the remaining stages of an architecture that has been evaluated at the budget
// reached.
func (p Screened) stages(o *outlook, reached float64, costs costs) stages {
	v := stages{paid: costs.paid(slices.Index(p.Budgets, reached)), resumes: costs.resumes}
	precision := func(budget float64) float64 {
		if _, variance, ok := o.links[budget].observation(0); ok {
			return o.unit * o.unit / variance
		}
		return 0
	}
	last := precision(reached)
	for i, budget := range p.Budgets {
		if gain := precision(budget); budget > reached && gain > last {
			v.budgets, v.costs, v.gains = append(v.budgets, budget), append(v.costs, costs.total[i]), append(v.gains, gain-last)
		}
	}
	v.budgets = append(v.budgets, 0)
	return v
}

// promotable returns the architectures that have only successful evaluations, all at smaller
// budgets, and are not running. Their Budget is that of the largest evaluation.
func (p Screened) promotable(s *rl.State) []rl.Trial {
	largest := map[string]float64{}
	failed := map[string]bool{}
	var order []rl.Evaluation
	for _, e := range s.Smaller() {
		if failed[e.Key] = failed[e.Key] || !e.OK(); largest[e.Key] == 0 {
			order = append(order, e)
		}
		largest[e.Key] = max(largest[e.Key], e.Budget)
	}
	running := map[string]bool{}
	for _, t := range s.Running() {
		running[t.Key] = true
	}
	var trials []rl.Trial
	for _, e := range order {
		if !failed[e.Key] && !running[e.Key] && !s.Known(e.Arch) {
			trials = append(trials, rl.Trial{Arch: e.Arch, Key: e.Key, Budget: largest[e.Key], Source: rl.SourcePromotion})
		}
	}
	return trials
}

// screening describes the links.
func (p Screened) screening(o *outlook, costs costs) Screening {
	var d Screening
	for i, budget := range p.Budgets {
		if l := o.links[budget]; l.pairs > 0 {
			d.Links = append(d.Links, Link{budget, l.pairs, l.slope, costs.total[i]})
		}
	}
	return d
}
