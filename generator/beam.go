package generator

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// MostProbable returns the k most probable architectures that a beam search of the given width finds, best first.
func (g *GRAN) MostProbable(ctx context.Context, k, width int) ([]Scored, error) {
	if err := checkBeam(k, width); err != nil {
		return nil, err
	}
	beam := []*draft{newDraft(g.space)}
	current := func() []*draft { return beam }
	err := g.eachNode(ctx, current, g.look, func(part, node int, _ []*draft) error {
		for {
			next, grown, err := widen(beam, part, node)
			if err != nil || !grown {
				return err
			}
			beam = keepBest(next, width)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("most probable architectures: %w", err)
	}
	best, err := scored(beam[:min(k, len(beam))])
	if err != nil {
		return nil, fmt.Errorf("most probable architectures: %w", err)
	}
	return best, nil
}

// widen follows every value of the next decision of each draft that is still at the node; drafts past it stay.
func widen(beam []*draft, part, node int) (next []*draft, grown bool, err error) {
	var few [16]float64
	for _, d := range beam {
		dec, ok := d.atNode(part, node)
		if !ok {
			next = append(next, d)
			continue
		}
		grown = true
		if err := d.choices.net.check(dec); err != nil {
			return nil, false, err
		}
		for i, lp := range d.choices.logProbs(few[:0], dec) {
			branch := &draft{
				path: d.path.clone(), part: d.part, edges: slices.Clone(d.edges), ops: slices.Clone(d.ops),
				choices: d.choices.clone(),
			}
			if err := branch.take(dec, dec.Allowed[i], lp); err != nil {
				return nil, false, err
			}
			next = append(next, branch)
		}
	}
	return next, grown, nil
}

func checkBeam(k, width int) error {
	if k < 1 || width < k {
		return fmt.Errorf("most probable architectures: %d of a beam of width %d", k, width)
	}
	return nil
}

// keepBest returns the most probable drafts, best first; it sorts beam in place.
func keepBest[D drafted](beam []D, width int) []D {
	slices.SortStableFunc(beam, func(a, b D) int { return cmp.Compare(b.taken().logProb, a.taken().logProb) })
	return beam[:min(width, len(beam))]
}

// scored returns the architectures of complete drafts with their log-probabilities.
func scored[D drafted](drafts []D) ([]Scored, error) {
	archs, err := finish(drafts)
	if err != nil {
		return nil, err
	}
	best := make([]Scored, len(drafts))
	for i, d := range drafts {
		best[i] = Scored{Arch: archs[i], LogProb: d.taken().logProb}
	}
	return best, nil
}
