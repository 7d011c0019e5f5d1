package generator

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

var _ Model = (*GRAN)(nil)

// GRAN is the paper's generator: a graph recurrent attention network (Liao et al. 2019, arXiv 1910.00760) that makes an
// architecture node after node (GraphPNAS, arXiv 2211.15155, section 3). For node t it passes messages over the graph of
// the nodes so far, with t joined to all of them, and reads off the states
//
//	edges of t         Σ_k α_k Π_j θ_ktj^a (1−θ_ktj)^(1−a): a mixture of Bernoulli products, so that edges depend on one another
//	operation of t     softmax φ_t
//	operation of j→t   softmax ψ_tj, where the edge is present
//
// Every choice is renormalised over what the space's Builder allows, inside each component of the mixture, so that every
// sample is legal and LogProb is exact. Spaces of several parts have a network for each part.
type GRAN struct {
	space       searchspace.Space
	config      Config
	nets        []*network
	params      [][]float32          // of each part
	trainers    []*trainer[weighted] // of each part, made when first needed
	temperature float64
	passes      *pool[pass]
}

// NewGRAN makes a generator for the space, with weights as PyTorch starts them (uniform in ±1/√fanIn). The error wraps
// [ErrWidth] where the hidden width does not suit a part.
func NewGRAN(space searchspace.Space, c Config, rng *rand.Rand) (*GRAN, error) {
	parts := space.Parts()
	if len(parts) == 0 {
		return nil, fmt.Errorf("space %q has no parts", space.Name())
	}
	c = c.withDefaults(parts)
	if err := c.validate(); err != nil {
		return nil, err
	}
	g := &GRAN{
		space: space, config: c, temperature: 1,
		nets: make([]*network, len(parts)), params: make([][]float32, len(parts)), trainers: make([]*trainer[weighted], len(parts)),
		passes: &pool[pass]{},
	}
	for i, part := range parts {
		if err := part.Validate(); err != nil {
			return nil, fmt.Errorf("space %q: %w", space.Name(), err)
		}
		net, err := newNetwork(part, c)
		if err != nil {
			return nil, fmt.Errorf("space %q: %w", space.Name(), err)
		}
		g.nets[i], g.params[i] = net, make([]float32, net.layout.Size)
	}
	g.Reset(rng)
	return g, nil
}

// Space returns the space that the model generates in.
func (g *GRAN) Space() searchspace.Space { return g.space }

// Config returns the sizes, defaults filled in.
func (g *GRAN) Config() Config { return g.config }

// NumParams returns the number of weights in all parts.
func (g *GRAN) NumParams() int {
	n := 0
	for _, p := range g.params {
		n += len(p)
	}
	return n
}

// Reset draws fresh weights and forgets the optimiser's state.
func (g *GRAN) Reset(rng *rand.Rand) {
	for i, net := range g.nets {
		net.layout.Init(g.params[i], rng)
		if g.trainers[i] != nil {
			g.trainers[i].program.Adam.Reset()
		}
	}
}

// WithTemperature returns a view of the same weights whose logits are divided by t: below 1 it prefers what is probable
// anyway, above 1 it explores. Its LogProb is of what it samples. The view shares training with g.
func (g *GRAN) WithTemperature(t float64) (*GRAN, error) {
	if err := checkTemperature(t); err != nil {
		return nil, err
	}
	view := *g
	view.temperature = t
	return &view, nil
}

// checkTemperature tells whether logits can be divided by t.
func checkTemperature(t float64) error {
	if !(t > 0) || math.IsInf(t, 0) {
		return fmt.Errorf("temperature %v is not a positive number", t)
	}
	return nil
}

// exact is the objective whose loss is −LogProb.
func (g *GRAN) exact() objective { return objective{masked: true, temperature: g.temperature} }

// LogProb returns the log-probability of each architecture as the ordered graph that it is.
func (g *GRAN) LogProb(ctx context.Context, archs []searchspace.Arch) ([]float64, error) {
	logProbs, errs := make([]float64, len(archs)), make([]error, len(archs))
	parallel.Do(len(archs), func(i int) {
		if ctx.Err() != nil {
			errs[i] = fmt.Errorf("log-probabilities: %w", context.Cause(ctx))
			return
		}
		targets, err := g.compile(archs[i])
		if err != nil {
			errs[i] = fmt.Errorf("log-probability of architecture %d: %w", i, err)
			return
		}
		run := g.passes.get()
		defer g.passes.put(run)
		for p := range targets {
			z := run.forward(g.nets[p], g.params[p], &targets[p].steps)
			logProbs[i] -= g.nets[p].likelihood(&targets[p], z, g.exact(), nil, 0)
		}
	})
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	return logProbs, nil
}
