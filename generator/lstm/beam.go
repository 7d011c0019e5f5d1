package lstm

import (
	"cmp"
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/decode"
)

// MostProbable returns the k most probable architectures that a beam search of the given width
// finds, best first. The beam is pruned after every decision. Drafts that are a node ahead of the
// others wait for them.
func (m *Model) MostProbable(ctx context.Context, k, width int) ([]generator.Scored, error) {
	if err := decode.CheckBeam(k, width); err != nil {
		return nil, err
	}
	beam := []*draft{m.newDraft()}
	for {
		active, next := earliest(beam)
		if len(active) == 0 {
			break
		}
		if err := m.predict(ctx, active); err != nil {
			return nil, fmt.Errorf("most probable architectures: %w", err)
		}
		for _, d := range active {
			branches, err := d.branch(m.temperature)
			if err != nil {
				return nil, fmt.Errorf("most probable architectures: %s: %w", m.space.Name(), err)
			}
			next = append(next, branches...)
		}
		beam = decode.Prune(next, width)
	}
	best, err := decode.Scored(beam[:min(k, len(beam))])
	if err != nil {
		return nil, fmt.Errorf("most probable architectures: %s: %w", m.space.Name(), err)
	}
	return best, nil
}

// earliest splits a beam into the drafts whose next decision is about the earliest node, and the
// others. If all are complete, active is empty.
func earliest(beam []*draft) (active, waiting []*draft) {
	var first *draft
	for _, d := range beam {
		if d.next() && (first == nil || d.compareNodes(first) < 0) {
			first = d
		}
	}
	for _, d := range beam {
		if d.complete || d.compareNodes(first) > 0 {
			waiting = append(waiting, d)
		} else {
			active = append(active, d)
		}
	}
	return active, waiting
}

// compareNodes compares drafts by the part and node of the next decision.
func (d *draft) compareNodes(e *draft) int {
	return cmp.Or(cmp.Compare(d.decision.Part, e.decision.Part), cmp.Compare(d.decision.Node, e.decision.Node))
}

// branch returns a draft for every value of the next decision.
func (d *draft) branch(temperature float64) (branches []*draft, err error) {
	var buffer [16]float64
	for i, lp := range d.logProbs(buffer[:0], temperature) {
		branch := d.clone()
		if err := branch.take(d.decision.Allowed[i], lp); err != nil {
			return nil, err
		}
		branches = append(branches, branch)
	}
	return branches, nil
}
