package rl

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Past is a list of evaluations from before a search, such as those of a [History] or a store.
type Past struct {
	// Name identifies the list in errors.
	Name string
	// Results lists architectures of the space with their results. Only the fields Arch, Budget,
	// Result and Err are read. Temporary failures (evaluator.ErrTemporary) are ignored, because they
	// say nothing about the architecture.
	Results []evaluator.Outcome
	// OtherObjective marks results for another objective, such as another data set. Methods may use
	// the ranks of such results to guide proposals, but their architectures do not count as
	// evaluated. Without OtherObjective, they do: they are not evaluated again, methods learn from
	// their results as from the search's own, and [History.Best] considers them.
	//
	// Of the results for another objective at several budgets, only those at the largest are used,
	// because ranks at different budgets cannot be compared.
	OtherObjective bool
}

// evaluations checks the results and numbers them from −n to −1.
func (p Past) evaluations(space searchspace.Space, known *beforehand, g goals) ([]Evaluation, error) {
	list := make([]Evaluation, 0, len(p.Results))
	for i, o := range p.Results {
		if err := space.Validate(o.Arch); err != nil {
			return nil, fmt.Errorf("Past %q: result %d: %w", p.Name, i, err)
		}
		if v := o.Result.Value; o.Err == nil && !finite(v) {
			return nil, fmt.Errorf("Past %q: result %d, architecture [%s]: %w: %v",
				p.Name, i, searchspace.Text(space, o.Arch), evaluator.ErrNotFinite, v)
		}
		if err := checkBudget(o.Budget); err != nil {
			return nil, fmt.Errorf("Past %q: result %d: %w", p.Name, i, err)
		}
		if errors.Is(o.Err, evaluator.ErrTemporary) {
			continue
		}
		e := Evaluation{
			Trial: Trial{
				ID: i - len(p.Results), Group: -1, Arch: o.Arch, Key: space.Key(o.Arch), Budget: o.Budget, Source: SourcePast,
			},
			Result: o.Result, Err: o.Err,
		}
		e.Result.Curve = e.Result.Curve.Clean()
		if e.OK() && !p.OtherObjective {
			var err error
			if e.Result, err = g.complete(context.Background(), known, e.Trial, e.Result); err != nil {
				return nil, fmt.Errorf("Past %q: result %d, architecture [%s]: %w", p.Name, i, searchspace.Text(space, o.Arch), err)
			}
		}
		list = append(list, e)
	}
	return list, nil
}

// pasts holds the evaluations from before the search.
type pasts struct {
	known  []Evaluation   // for the search's own objective, each architecture once at each budget
	full   int            // the number of them at the full budget
	others [][]Evaluation // for other objectives, a list for each Past, at its largest budget
}

func newPasts(space searchspace.Space, list []Past, known *beforehand, g goals) (pasts, error) {
	var p pasts
	at := map[string]int{}
	for _, past := range list {
		evaluations, err := past.evaluations(space, known, g)
		if err != nil {
			return pasts{}, err
		}
		if past.OtherObjective {
			p.others = append(p.others, atLargestBudget(evaluations))
			continue
		}
		for _, e := range evaluations {
			i, again := at[e.identity()]
			switch {
			case !again:
				at[e.identity()] = len(p.known)
				p.known = append(p.known, e)
				if isFull(e) {
					p.full++
				}
			case e.OK() && !p.known[i].OK(): // a success replaces an earlier failure
				p.known[i] = e
			}
		}
	}
	for i := range p.known {
		p.known[i].ID = i - len(p.known)
	}
	return p, nil
}

// atLargestBudget returns the evaluations at the largest budget at which any succeeded, or nil if none
// did.
func atLargestBudget(list []Evaluation) []Evaluation {
	good := slices.DeleteFunc(slices.Clone(list), func(e Evaluation) bool { return !e.OK() })
	if len(good) == 0 {
		return nil
	}
	largest := slices.MaxFunc(good, func(a, b Evaluation) int { return compareBudgets(a.Budget, b.Budget) }).Budget
	return slices.DeleteFunc(list, func(e Evaluation) bool { return e.Budget != largest })
}

// split returns the known evaluations at the full budget and those at smaller ones.
func (p pasts) split() (whole, smaller []Evaluation) {
	if p.full == len(p.known) {
		return p.known, nil
	}
	for _, e := range p.known {
		if isFull(e) {
			whole = append(whole, e)
		} else {
			smaller = append(smaller, e)
		}
	}
	return whole, smaller
}
