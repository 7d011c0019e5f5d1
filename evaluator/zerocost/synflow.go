package zerocost

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
)

// NewSynflow scores by log Σ |θ · ∂R/∂θ| over all weights θ, where R is the sum of the logits for one image of ones in a
// network whose weights have been replaced by their absolute values (Tanaka et al. 2020, arXiv 2006.05467). In every layer of
// a chain the sum is R itself: the score is how much the layers carry from input to output, and no images are needed.
//
// As Abdelfattah et al. 2021 (arXiv 2101.08134) have it, the network has no batch normalisation (network.WithoutNorms) and
// biases count nothing: they are zero here, as the weights of a WeightedSum are from their start on.
//
// The sum of a deep network is beyond float32, for DARTS's 20 cells 2^600, and is computed in a balanced network
// (network.Network.Balance). An error wraps evaluator.ErrNotFinite where that does not help, since skip connections join values
// that are too far apart. Where nothing goes from input to output, the sum is zero: the score is then the logarithm of the
// smallest float32, which is about −103 and below all others.
func NewSynflow(c Config) (*Scorer, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("synflow: %w", err)
	}
	return newScorer(c, network.WithoutNorms(c.Design), 1, synflow), nil
}

func synflow(net *network.Network) (float64, error) {
	linearize(net.Weights())
	exponent, err := net.Balance()
	if err != nil {
		return 0, err
	}
	in := net.Plan().Input()
	image := make([]float32, in.Channels*in.Height*in.Width)
	fill(image, 1)
	r, sum, halvings := 0.0, 0.0, 0
	grad, err := net.GradientOf(image, func(logits, dlogits []float32) {
		for _, v := range logits {
			r += float64(v)
		}
		_, halvings = math.Frexp(r)
		fill(dlogits, float32(math.Ldexp(1, -halvings))) // which has products of weights and gradients stay near 1
	})
	if err != nil {
		return 0, err
	}
	for i, w := range net.Weights().Params {
		sum += float64(w) * float64(grad[i]) // neither is negative
	}
	if sum == 0 && exponent == 0 { // not for being out of range
		sum = math.SmallestNonzeroFloat32
	}
	if !(sum > 0 && sum <= math.MaxFloat64) {
		return 0, fmt.Errorf("synflow of %s: %w: values beyond float32", net.Plan().Arch(), evaluator.ErrNotFinite)
	}
	return math.Log(sum) + float64(exponent+halvings)*math.Ln2, nil
}

// linearize makes all weights positive and all biases zero. Biases are the vectors among the parameters.
func linearize(w *network.Weights) {
	for _, p := range w.Layout.Parameters() {
		values := w.Of(p.Name)
		if len(p.Shape) == 1 {
			clear(values)
		}
		for i, v := range values {
			values[i] = max(v, -v)
		}
	}
}

func fill(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}
