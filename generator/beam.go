package generator

import (
	"context"
	"fmt"
	"slices"
)

// MostProbable returns the k most probable architectures that a beam search of the given width finds, best first.
func (g *GRAN) MostProbable(ctx context.Context, k, width int) ([]Scored, error) {
	if k < 1 || width < k {
		return nil, fmt.Errorf("most probable architectures: %d of a beam of width %d", k, width)
	}
	beam := []*draft{newDraft(g.space)}
	current := func() []*draft { return beam }
	err := g.eachNode(ctx, current, g.look, func(part, node int, _ []*draft) error {
		for {
			next, grown, err := widen(beam, part, node)
			if err != nil || !grown {
				return err
			}
			slices.SortStableFunc(next, func(a, b *draft) int {
				switch {
				case a.logProb > b.logProb:
					return -1
				case a.logProb < b.logProb:
					return 1
				}
				return 0
			})
			beam = next[:min(width, len(next))]
		}
	})
	if err != nil {
		return nil, fmt.Errorf("most probable architectures: %w", err)
	}
	best := make([]Scored, min(k, len(beam)))
	for i := range best {
		a, err := beam[i].builder.Arch()
		if err != nil {
			return nil, fmt.Errorf("most probable architectures: %w", err)
		}
		best[i] = Scored{Arch: a, LogProb: beam[i].logProb}
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
				builder: d.builder.Clone(), part: d.part, edges: slices.Clone(d.edges), ops: slices.Clone(d.ops),
				logProb: d.logProb, choices: d.choices.clone(),
			}
			if err := branch.take(dec, dec.Allowed[i], lp); err != nil {
				return nil, false, err
			}
			next = append(next, branch)
		}
	}
	return next, grown, nil
}
