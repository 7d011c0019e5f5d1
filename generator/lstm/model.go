package lstm

import (
	"cmp"
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

// Model is a recurrent controller. Create one with [New] or [Load].
type Model struct {
	space       searchspace.Space
	config      Config
	temperature float64
	net         *network
	params      []float32
	objective   *objective
	trainer     *train.Trainer[example]
	passes      *parallel.FreeList[pass]
}

// Config configures a model. The defaults are close to Zoph & Le's controller, which has two layers
// of width 35.
type Config struct {
	// Hidden is the width of the states and the embeddings; 0 means 32.
	Hidden int
	// Layers is the number of LSTM layers; 0 means 2.
	Layers int
}

func (c Config) withDefaults() Config {
	return Config{Hidden: cmp.Or(c.Hidden, 32), Layers: cmp.Or(c.Layers, 2)}
}

// New returns a controller for the space with random weights. It returns an error if a size is
// negative.
func New(space searchspace.Space, c Config, rng *rand.Rand) (*Model, error) {
	if space == nil || rng == nil {
		return nil, errors.New("the space and the random number generator of a model must not be nil")
	}
	c = c.withDefaults()
	if c.Hidden < 1 || c.Layers < 1 {
		return nil, fmt.Errorf("neither Hidden nor Layers may be negative, got %d and %d", c.Hidden, c.Layers)
	}
	parts := space.Parts()
	if len(parts) == 0 {
		return nil, fmt.Errorf("space %q must have at least one part", space.Name())
	}
	for _, part := range parts {
		if err := part.Validate(); err != nil {
			return nil, fmt.Errorf("space %q: %w", space.Name(), err)
		}
	}
	m := &Model{space: space, config: c, temperature: 1, net: newNetwork(parts, c), passes: &parallel.FreeList[pass]{}}
	m.params = make([]float32, m.net.layout.Size)
	m.objective = &objective{net: m.net, passes: m.passes}
	var err error
	if m.trainer, err = train.New(m.objective, m.params); err != nil {
		return nil, fmt.Errorf("space %q: %w", space.Name(), err)
	}
	m.Reset(rng)
	return m, nil
}

// Space returns the space that the model generates in.
func (m *Model) Space() searchspace.Space { return m.space }

// Config returns the configuration with all defaults filled in.
func (m *Model) Config() Config { return m.config }

// NumParams returns the number of trainable weights.
func (m *Model) NumParams() int { return len(m.params) }

// Reset draws new weights and clears the optimizer state.
func (m *Model) Reset(rng *rand.Rand) {
	m.net.layout.Init(m.params, rng)
	m.trainer.Reset()
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

// archsPerPass is the largest number of architectures that share a pass.
const archsPerPass = 32

// LogProb returns the log-probability of each architecture as an ordered graph.
func (m *Model) LogProb(ctx context.Context, archs []searchspace.Arch) ([]float64, error) {
	logProbs := make([]float64, len(archs))
	errs := make([]error, (len(archs)+archsPerPass-1)/archsPerPass)
	parallel.Do(len(errs), func(i int) {
		lo, hi := i*archsPerPass, min((i+1)*archsPerPass, len(archs))
		if ctx.Err() != nil {
			errs[i] = fmt.Errorf("log-probabilities: %w", context.Cause(ctx))
			return
		}
		sequences := make([][]step, hi-lo)
		for j := range sequences {
			var err error
			if sequences[j], err = m.compile(archs[lo+j]); err != nil {
				errs[i] = fmt.Errorf("log-probability of architecture %d: %w", lo+j, err)
				return
			}
		}
		m.logProbs(sequences, logProbs[lo:hi])
	})
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	return logProbs, nil
}

// logProbs computes the log-probabilities of the sequences of one pass.
func (m *Model) logProbs(sequences [][]step, logProbs []float64) {
	p := m.passes.Get()
	defer m.passes.Put(p)
	var b batch
	order := b.pack(sequences)
	logits := p.forward(m.net, m.params, &b)
	for slot, i := range order {
		sum := likelihood.Sum{Criterion: likelihood.Exact(m.temperature)}
		m.net.evaluate(&b, slot, logits, nil, &sum)
		logProbs[i] = -sum.Loss
	}
}
