package predictor

import (
	"context"
	"fmt"
	"sync"

	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Predictor predicts the value of architectures of a space. [Train] and [Load] make one. It is immutable and safe for
// concurrent use.
type Predictor struct {
	encoder *encoder
	net     *network
	scale   *scale
	params  [][]float32 // of each network
	passes  sync.Pool   // of *pass: the memory of predictions
}

// Space returns the space that the Predictor was trained for.
func (p *Predictor) Space() searchspace.Space { return p.encoder.space }

// predictedAtOnce is how many architectures are one batch of a prediction: enough for large products.
const predictedAtOnce = 64

// Predict returns the predicted value of each architecture, in the unit of the examples. A prediction may lie beyond all
// recorded values. Up to rounding in float32, it does not depend on which other architectures are predicted in the same call.
//
// The error wraps searchspace.ErrInvalid if an architecture is not in the space, and the cause of ctx if that has ended.
func (p *Predictor) Predict(ctx context.Context, archs []searchspace.Arch) ([]float64, error) {
	values := make([]float64, len(archs))
	errs := make([]error, (len(archs)+predictedAtOnce-1)/predictedAtOnce)
	parallel.Do(len(errs), func(i int) {
		lo, hi := i*predictedAtOnce, min((i+1)*predictedAtOnce, len(archs))
		errs[i] = p.predict(ctx, archs[lo:hi], values[lo:hi])
	})
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("predicting: %w", err)
		}
	}
	return values, nil
}

// predict writes the values of one batch, which are zero.
func (p *Predictor) predict(ctx context.Context, archs []searchspace.Arch, values []float64) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	batch := make([]*encoded, len(archs))
	for i, a := range archs {
		var err error
		if batch[i], err = p.encoder.encode(a); err != nil {
			return err
		}
	}
	ps, ok := p.passes.Get().(*pass)
	if !ok {
		ps = &pass{}
	}
	defer p.passes.Put(ps)
	for _, flat := range p.params {
		for i, score := range ps.forward(p.net, flat, batch) {
			values[i] += float64(score) / float64(len(p.params))
		}
	}
	for i, score := range values {
		values[i] = p.scale.value(score)
	}
	return nil
}
