package gran

import (
	"context"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/decode"
)

// MostProbable returns the k most probable architectures that a beam search of the given width finds, best first.
func (m *Model) MostProbable(ctx context.Context, k, width int) ([]generator.Scored, error) {
	if err := decode.CheckBeam(k, width); err != nil {
		return nil, err
	}
	beam := []*draft{newDraft(m.space)}
	current := func() []*draft { return beam }
	err := m.eachNode(ctx, current, m.predict, func(part, node int, _ []*draft) error {
		for {
			if err := m.answerBeam(beam, part, node); err != nil {
				return err
			}
			next, grown, err := expand(beam, part, node)
			if err != nil || !grown {
				return err
			}
			beam = decode.Prune(next, width)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("most probable architectures: %w", err)
	}
	best, err := decode.Scored(beam[:min(k, len(beam))])
	if err != nil {
		return nil, fmt.Errorf("most probable architectures: %w", err)
	}
	return best, nil
}

// answerBeam computes the logits of the next decisions of the drafts that are still at the node.
func (m *Model) answerBeam(beam []*draft, part, node int) error {
	var waiting []*draft
	for _, d := range beam {
		dec, ok := d.atNode(part, node)
		if !ok {
			continue
		}
		if err := d.choices.net.check(dec); err != nil {
			return err
		}
		if !d.choices.ready(dec) {
			waiting = append(waiting, d)
		}
	}
	m.answer(part, waiting)
	return nil
}

// expand replaces each draft that is still at the node by one draft for every value of its next
// decision. Other drafts stay.
func expand(beam []*draft, part, node int) (next []*draft, grown bool, err error) {
	var buffer [16]float64
	for _, d := range beam {
		dec, ok := d.atNode(part, node)
		if !ok {
			next = append(next, d)
			continue
		}
		grown = true
		for i, lp := range d.choices.logProbs(buffer[:0], dec, &d.content) {
			branch := d.clone()
			if err := branch.take(dec, dec.Allowed[i], lp); err != nil {
				return nil, false, err
			}
			next = append(next, branch)
		}
	}
	return next, grown, nil
}

func (d *draft) clone() *draft {
	return &draft{
		Hypothesis: d.Hypothesis.Clone(), part: d.part, content: d.content.clone(), choices: d.choices.clone(),
		earlier: slices.Clip(d.earlier), sums: d.sums, sum: slices.Clone(d.sum), counted: d.counted,
	}
}
