package gran

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/internal/decode"
	"github.com/graphpnas/graphpnas/generator/internal/likelihood"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/internal/train"
	"github.com/graphpnas/graphpnas/searchspace"
)

var _ generator.Model = (*Model)(nil)

// Model is a graph recurrent attention network. Create one with [New] or [Load].
type Model struct {
	space       searchspace.Space
	config      Config
	temperature float64
	// Each of these has one element per part.
	nets       []*network
	params     [][]float32
	objectives []*objective
	trainers   []*train.Trainer[example] // created by the first Fit

	passes *parallel.FreeList[pass]
}

// New returns a model for the space with random weights, uniform in ±1/√fanIn as by default in
// PyTorch. It returns an error if a setting is out of range; the error wraps [ErrWidth] if the hidden
// width is too small for a part.
func New(space searchspace.Space, c Config, rng *rand.Rand) (*Model, error) {
	if space == nil || rng == nil {
		return nil, errors.New("the space and the random number generator of a model must not be nil")
	}
	parts := space.Parts()
	if len(parts) == 0 {
		return nil, fmt.Errorf("space %q must have at least one part", space.Name())
	}
	c = c.withDefaults(parts)
	if err := c.validate(); err != nil {
		return nil, err
	}
	m := &Model{
		space: space, config: c, temperature: 1,
		nets: make([]*network, len(parts)), params: make([][]float32, len(parts)),
		objectives: make([]*objective, len(parts)), trainers: make([]*train.Trainer[example], len(parts)),
		passes: &parallel.FreeList[pass]{},
	}
	for i, part := range parts {
		if err := part.Validate(); err != nil {
			return nil, fmt.Errorf("space %q: %w", space.Name(), err)
		}
		net, err := newNetwork(parts[:i+1], c)
		if err != nil {
			return nil, fmt.Errorf("space %q: %w", space.Name(), err)
		}
		m.nets[i], m.params[i] = net, make([]float32, net.layout.Size)
		m.objectives[i] = &objective{net: net, passes: m.passes}
	}
	m.Reset(rng)
	return m, nil
}

// Space returns the space that the model generates in.
func (m *Model) Space() searchspace.Space { return m.space }

// Config returns the configuration with all defaults filled in.
func (m *Model) Config() Config { return m.config }

// NumParams returns the number of trainable weights in all parts.
func (m *Model) NumParams() int {
	n := 0
	for _, p := range m.params {
		n += len(p)
	}
	return n
}

// Reset draws new weights and clears the optimizer state.
func (m *Model) Reset(rng *rand.Rand) {
	for i, net := range m.nets {
		net.layout.Init(m.params[i], rng)
		if m.trainers[i] != nil {
			m.trainers[i].Reset()
		}
	}
}

// WithTemperature returns a model that shares the weights and training of m and divides all logits
// by t. A temperature below 1 sharpens the distribution, and one above 1 flattens it. The LogProb
// of the returned model describes its own samples. It returns an error unless t is finite and at
// least 1e-30.
func (m *Model) WithTemperature(t float64) (*Model, error) {
	if err := decode.CheckTemperature(t); err != nil {
		return nil, err
	}
	view := *m
	view.temperature = t
	return &view, nil
}

// Temperature returns the temperature given to WithTemperature, 1 by default.
func (m *Model) Temperature() float64 { return m.temperature }

// LogProb returns the log-probability of each architecture as an ordered graph.
func (m *Model) LogProb(ctx context.Context, archs []searchspace.Arch) ([]float64, error) {
	logProbs, errs := make([]float64, len(archs)), make([]error, len(archs))
	parallel.Do(len(archs), func(i int) {
		if ctx.Err() != nil {
			errs[i] = fmt.Errorf("log-probabilities: %w", context.Cause(ctx))
			return
		}
		targets, err := m.compile(archs[i])
		if err != nil {
			errs[i] = fmt.Errorf("log-probability of architecture %d: %w", i, err)
			return
		}
		run := m.passes.Get()
		defer m.passes.Put(run)
		for p := range targets {
			z := run.infer(m.nets[p], m.params[p], &targets[p].steps)
			loss, _ := m.nets[p].evaluate(&targets[p], z, likelihood.Exact(m.temperature), nil, 0)
			logProbs[i] -= loss
		}
	})
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	return logProbs, nil
}
