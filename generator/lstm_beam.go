package generator

import (
	"cmp"
	"context"
	"fmt"
)

// MostProbable returns the k most probable architectures that a beam search of the given width finds, best first. Drafts
// compete node by node: those that have come further wait.
func (g *LSTM) MostProbable(ctx context.Context, k, width int) ([]Scored, error) {
	if err := checkBeam(k, width); err != nil {
		return nil, err
	}
	beam := []*lstmDraft{g.newDraft()}
	for {
		last, next := hindmost(beam)
		if len(last) == 0 {
			break
		}
		if err := g.look(ctx, last); err != nil {
			return nil, fmt.Errorf("most probable architectures: %w", err)
		}
		for _, d := range last {
			branches, err := d.branch(g.temperature)
			if err != nil {
				return nil, fmt.Errorf("most probable architectures: %s: %w", g.space.Name(), err)
			}
			next = append(next, branches...)
		}
		beam = keepBest(next, width)
	}
	best, err := scored(beam[:min(k, len(beam))])
	if err != nil {
		return nil, fmt.Errorf("most probable architectures: %s: %w", g.space.Name(), err)
	}
	return best, nil
}

// hindmost splits a beam into the drafts whose next decision is about the earliest node of all, and the others; none are
// last where all are complete.
func hindmost(beam []*lstmDraft) (last, others []*lstmDraft) {
	var first *lstmDraft
	for _, d := range beam {
		if d.next() && (first == nil || d.compareNodes(first) < 0) {
			first = d
		}
	}
	for _, d := range beam {
		if d.complete || d.compareNodes(first) > 0 {
			others = append(others, d)
		} else {
			last = append(last, d)
		}
	}
	return last, others
}

// compareNodes compares what the next decisions are about.
func (d *lstmDraft) compareNodes(e *lstmDraft) int {
	return cmp.Or(cmp.Compare(d.decision.Part, e.decision.Part), cmp.Compare(d.decision.Node, e.decision.Node))
}

// branch follows every value of the next decision.
func (d *lstmDraft) branch(temperature float64) (branches []*lstmDraft, err error) {
	var few [16]float64
	for i, lp := range d.logProbs(few[:0], temperature) {
		branch := d.clone()
		if err := branch.take(d.decision.Allowed[i], lp); err != nil {
			return nil, err
		}
		branches = append(branches, branch)
	}
	return branches, nil
}
