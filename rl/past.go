package rl

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Past is a list of earlier evaluations that a search begins from: those of a [History], of a store, or any other.
type Past struct {
	// Name identifies the list in error messages.
	Name string
	// Results are architectures of the search's space with their results. The fields Arch, Budget, Result and Err are read. Failures
	// that were temporary (evaluator.ErrTemporary) are ignored: they say nothing about the architecture.
	Results []evaluator.Outcome
	// OtherObjective marks results of another objective, such as another data set. They guide proposals by their ranks
	// and never make an architecture known. Without it they count as known: their architectures are not evaluated again,
	// methods learn from them as from this search's own, and [History.Best] considers them.
	OtherObjective bool
}

// evaluations checks the results and numbers them −n … −1.
func (p Past) evaluations(space searchspace.Space, known *beforehand, g goals) ([]Evaluation, error) {
	list := make([]Evaluation, 0, len(p.Results))
	for i, o := range p.Results {
		if err := space.Validate(o.Arch); err != nil {
			return nil, fmt.Errorf("earlier evaluations %q: number %d: %w", p.Name, i, err)
		}
		if v := o.Result.Value; o.Err == nil && !finite(v) {
			return nil, fmt.Errorf("earlier evaluations %q: number %d, architecture [%s]: %w: %v",
				p.Name, i, searchspace.Text(space, o.Arch), evaluator.ErrNotFinite, v)
		}
		if err := checkBudget(o.Budget); err != nil {
			return nil, fmt.Errorf("earlier evaluations %q: number %d: %w", p.Name, i, err)
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
		if e.OK() && !p.OtherObjective {
			e.Result = known.complete(context.Background(), e.Trial, e.Result)
			if err := g.check(e.Result); err != nil {
				return nil, fmt.Errorf("earlier evaluations %q: number %d, architecture [%s]: %w", p.Name, i, searchspace.Text(space, o.Arch), err)
			}
		}
		list = append(list, e)
	}
	return list, nil
}

// pasts are all that a search begins from.
type pasts struct {
	known  []Evaluation   // of the search's own objective, each architecture once at each budget
	full   int            // how many of them are at the full budget
	others [][]Evaluation // of other objectives
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
			p.others = append(p.others, evaluations)
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
			case e.OK() && !p.known[i].OK(): // a success outweighs an earlier failure
				p.known[i] = e
			}
		}
	}
	for i := range p.known {
		p.known[i].ID = i - len(p.known)
	}
	return p, nil
}

// split returns the known evaluations at the full budget, and those at smaller ones.
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
