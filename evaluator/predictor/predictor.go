package predictor

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Predictor predicts the values of architectures of a space. [Train], [TrainProcess] and [Load] return one. It is immutable and safe
// for concurrent use.
type Predictor struct {
	space searchspace.Space
	scale *scale
	model model
}

// model predicts scores.
type model interface {
	// predict adds the scores of architectures to scores. Its error wraps searchspace.ErrInvalid if one is not in the space.
	predict(archs []searchspace.Arch, scores []float64) error
	saver
}

// Space returns the space that the Predictor was trained for.
func (p *Predictor) Space() searchspace.Space { return p.space }

// predictedAtOnce is the number of architectures in a batch of predictions.
const predictedAtOnce = 64

// Predict returns the predicted value of each architecture, in the unit of the examples. Predictions are always within the range of the
// examples' values; see the package documentation. Up to rounding, a prediction does not depend on the other architectures of the call.
//
// The error wraps searchspace.ErrInvalid if an architecture is not in the space, and context.Cause(ctx) if ctx has ended.
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

// predict computes the values of one batch. values must be zero.
func (p *Predictor) predict(ctx context.Context, archs []searchspace.Arch, values []float64) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := p.model.predict(archs, values); err != nil {
		return err
	}
	for i, score := range values {
		values[i] = p.scale.value(score)
	}
	return nil
}
