package gran

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator/internal/decode"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Sample draws n architectures. All are valid.
func (m *Model) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	size := decode.MaxBatch
	if m.config.Form == CausalForm {
		for _, net := range m.nets {
			size = max(1, min(size, cacheBytes/4/net.cacheSize()))
		}
	}
	return decode.InBatches(n, size, func(n int) ([]searchspace.Arch, error) { return m.sampleBatch(ctx, rng, n) })
}

func (m *Model) sampleBatch(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	drafts := make([]*draft, n)
	for i := range drafts {
		drafts[i] = newDraft(m.space)
	}
	current := func() []*draft { return drafts }
	predict := m.predict
	if m.config.Form == CausalForm {
		c := &cachedPredictor{model: m, drafts: drafts}
		defer c.release()
		predict = c.predict
	}
	err := m.eachNode(ctx, current, predict, func(part, node int, active []*draft) error {
		return m.decide(part, node, active, rng)
	})
	if err != nil {
		return nil, err
	}
	archs, err := decode.Archs(drafts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.space.Name(), err)
	}
	return archs, nil
}

// decide draws all decisions of a node. In the paper's form, it processes one draft after another.
// In the causal form, it computes the logits of all drafts' next decisions together.
func (m *Model) decide(part, node int, drafts []*draft, rng *rand.Rand) error {
	for waiting := drafts; len(waiting) > 0; {
		var next []*draft
		for _, d := range waiting {
			waits, err := d.decide(part, node, rng)
			if err != nil {
				return err
			}
			if waits {
				next = append(next, d)
			}
		}
		m.answer(part, next)
		waiting = next
	}
	return nil
}

// decide draws the decisions of a node whose logits are available, and reports whether it needs
// further logits to go on.
func (d *draft) decide(part, node int, rng *rand.Rand) (waits bool, err error) {
	var buffer [16]float64
	for {
		d.skip(part, node)
		dec, ok := d.atNode(part, node)
		if !ok {
			return false, nil
		}
		if err := d.choices.net.check(dec); err != nil {
			return false, err
		}
		if !d.choices.ready(dec) {
			return true, nil
		}
		logProbs := d.choices.logProbs(buffer[:0], dec, &d.content)
		i := decode.Draw(rng, logProbs)
		if err := d.take(dec, dec.Allowed[i], logProbs[i]); err != nil {
			return false, err
		}
	}
}
