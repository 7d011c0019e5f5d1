package generator

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/searchspace"
)

// maxSampleBatch is how many architectures are drawn side by side at the most.
const maxSampleBatch = 256

// Sample draws n architectures, all legal.
func (g *GRAN) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, 0, max(n, 0))
	most := maxSampleBatch
	if g.config.Form == CausalForm {
		for _, net := range g.nets {
			most = max(1, min(most, growingBytes/4/net.perDraft()))
		}
	}
	for len(archs) < n {
		batch, err := g.sampleBatch(ctx, rng, min(n-len(archs), most))
		if err != nil {
			return archs, fmt.Errorf("sampling: %w", err)
		}
		archs = append(archs, batch...)
	}
	return archs, nil
}

func (g *GRAN) sampleBatch(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	drafts := make([]*draft, n)
	for i := range drafts {
		drafts[i] = newDraft(g.space)
	}
	current := func() []*draft { return drafts }
	look := g.look
	if g.config.Form == CausalForm {
		k := &keeper{g: g, drafts: drafts}
		defer k.end()
		look = k.look
	}
	err := g.eachNode(ctx, current, look, func(part, node int, active []*draft) error {
		for _, d := range active {
			if err := d.decide(part, node, rng); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	archs, err := finish(drafts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", g.space.Name(), err)
	}
	return archs, nil
}

// decide draws all decisions of a node.
func (d *draft) decide(part, node int, rng *rand.Rand) error {
	var few [16]float64
	for dec, ok := d.atNode(part, node); ok; dec, ok = d.atNode(part, node) {
		if err := d.choices.net.check(dec); err != nil {
			return err
		}
		logProbs := d.choices.logProbs(few[:0], dec)
		i := 0
		if len(dec.Allowed) > 1 {
			i = draw(logProbs, rng.Float64())
		}
		if err := d.take(dec, dec.Allowed[i], logProbs[i]); err != nil {
			return err
		}
	}
	return nil
}
