package generator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

var _ Model = (*LSTM)(nil)

// LSTM is the recurrent controller that GraphPNAS is compared with (Zoph & Le 2017, arXiv 1611.01578; in the form of ENAS,
// Pham et al. 2018, arXiv 1802.03268): it makes an architecture decision after decision, as the space's Builder asks for
// them. At decision s
//
//	x_s = E_previous value + E_part and kind + E_node + E_source    the embeddings of what was decided and of what is asked
//	h_s = LSTM(x_s, h_s−1)                                          in as many layers as there are
//	value = softmax(V · tanh(W·a + U·h_s + b))                      V of the part and kind
//
// where a is the anchor of the edge's source, and zero where no edge is decided. A node's anchor is the state at the first
// decision after its own, which has read all of them. Every choice is renormalised over what the Builder allows, so that
// every sample is legal and LogProb is exact; a value that is the only one allowed has probability one, and is read like any
// other.
//
// One network serves all parts and its state goes on from part to part, so that later ones can depend on earlier ones.
//
// Of the two losses, [PaperLoss] weighs edges, node and edge operations as in [GRAN], but renormalises its choices over what
// is allowed as [LogLikelihood] does.
type LSTM struct {
	space       searchspace.Space
	config      LSTMConfig
	net         *lstmNetwork
	params      []float32
	trainer     *trainer[weightedSteps]
	temperature float64
	passes      *pool[lstmPass]
}

// LSTMConfig are the sizes of an LSTM. The defaults are about those of Zoph & Le's controller, two layers of 35.
type LSTMConfig struct {
	// Hidden is the width of the states and the embeddings; 0: 32.
	Hidden int
	// Layers is the number of LSTM layers; 0: 2.
	Layers int
}

func (c LSTMConfig) withDefaults() LSTMConfig {
	if c.Hidden == 0 {
		c.Hidden = 32
	}
	if c.Layers == 0 {
		c.Layers = 2
	}
	return c
}

// NewLSTM makes a controller for the space, with fresh weights.
func NewLSTM(space searchspace.Space, c LSTMConfig, rng *rand.Rand) (*LSTM, error) {
	c = c.withDefaults()
	if c.Hidden < 1 || c.Layers < 1 {
		return nil, fmt.Errorf("an LSTM of hidden width %d and %d layers", c.Hidden, c.Layers)
	}
	parts := space.Parts()
	if len(parts) == 0 {
		return nil, fmt.Errorf("space %q has no parts", space.Name())
	}
	for _, part := range parts {
		if err := part.Validate(); err != nil {
			return nil, fmt.Errorf("space %q: %w", space.Name(), err)
		}
	}
	g := &LSTM{space: space, config: c, net: newLSTMNetwork(parts, c), temperature: 1, passes: &pool[lstmPass]{}}
	g.params = make([]float32, g.net.layout.Size)
	var err error
	if g.trainer, err = newTrainer(&lstmLearner{net: g.net, passes: g.passes}, g.params); err != nil {
		return nil, fmt.Errorf("space %q: %w", space.Name(), err)
	}
	g.Reset(rng)
	return g, nil
}

// Space returns the space that the model generates in.
func (g *LSTM) Space() searchspace.Space { return g.space }

// Config returns the sizes, defaults filled in.
func (g *LSTM) Config() LSTMConfig { return g.config }

// NumParams returns the number of weights.
func (g *LSTM) NumParams() int { return len(g.params) }

// Reset draws fresh weights and forgets the optimiser's state.
func (g *LSTM) Reset(rng *rand.Rand) {
	g.net.layout.Init(g.params, rng)
	g.trainer.program.Adam.Reset()
}

// WithTemperature returns a view of the same weights whose logits are divided by t: below 1 it prefers what is probable
// anyway, above 1 it explores. Its LogProb is of what it samples. The view shares training with g.
func (g *LSTM) WithTemperature(t float64) (*LSTM, error) {
	if err := checkTemperature(t); err != nil {
		return nil, err
	}
	view := *g
	view.temperature = t
	return &view, nil
}

// lstmPiece is how many architectures share a pass.
const lstmPiece = 32

// LogProb returns the log-probability of each architecture as the ordered graph that it is.
func (g *LSTM) LogProb(ctx context.Context, archs []searchspace.Arch) ([]float64, error) {
	logProbs := make([]float64, len(archs))
	errs := make([]error, (len(archs)+lstmPiece-1)/lstmPiece)
	parallel.Do(len(errs), func(i int) {
		lo, hi := i*lstmPiece, min((i+1)*lstmPiece, len(archs))
		if ctx.Err() != nil {
			errs[i] = fmt.Errorf("log-probabilities: %w", context.Cause(ctx))
			return
		}
		sequences := make([][]lstmStep, hi-lo)
		for j := range sequences {
			var err error
			if sequences[j], err = g.compile(archs[lo+j]); err != nil {
				errs[i] = fmt.Errorf("log-probability of architecture %d: %w", lo+j, err)
				return
			}
		}
		g.logProbs(sequences, logProbs[lo:hi])
	})
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return nil, errs[i]
	}
	return logProbs, nil
}

// logProbs fills in the log-probabilities of a few sequences.
func (g *LSTM) logProbs(sequences [][]lstmStep, logProbs []float64) {
	p := g.passes.get()
	defer g.passes.put(p)
	var b lstmBatch
	order := b.pack(sequences)
	logits := p.forward(g.net, g.params, &b)
	for i, number := range order {
		t := tally{o: objective{temperature: g.temperature}}
		g.net.evaluate(&b, i, logits, nil, &t)
		logProbs[number] = -t.loss
	}
}
