package zerocost

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
)

// NewSynflow returns the score log Σ |θ · ∂R/∂θ| over all weights θ, where R is the sum of the logits for
// one image of ones in a network whose weights have been replaced by their absolute values (Tanaka et al.
// 2020, arXiv 2006.05467). For each layer of a chain the sum is R itself, so the score measures how much
// the layers pass on from input to output. It needs no images.
//
// As in Abdelfattah et al. 2021 (arXiv 2101.08134), the network has no batch normalization (see
// network.WithoutNorms), and biases do not count; they are set to zero. The weights of a
// WeightedSum are zero at initialization.
//
// The sum of a deep network exceeds the range of float32; for the 20 cells of DARTS it is 2^600. It
// is therefore computed in a balanced network (see network.Network.Balance). If that does not
// suffice, because skip connections join values of very different magnitude, the error of the
// evaluation wraps evaluator.ErrNotFinite. If there is no path from input to output, the sum is
// zero, and the score is the logarithm of the smallest float32, about −103, which is lower than any
// other score.
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
		fill(dlogits, float32(math.Ldexp(1, -halvings))) // keeps the products of weights and gradients near 1
	})
	if err != nil {
		return 0, err
	}
	for i, w := range net.Weights().Params {
		sum += float64(w) * float64(grad[i]) // both are at least 0
	}
	if sum == 0 && exponent == 0 { // zero, not an underflow
		sum = math.SmallestNonzeroFloat32
	}
	if !(sum > 0 && sum <= math.MaxFloat64) {
		return 0, fmt.Errorf("synflow of %s: %w: values exceed the range of float32", net.Plan().Arch(), evaluator.ErrNotFinite)
	}
	return math.Log(sum) + float64(exponent+halvings)*math.Ln2, nil
}

// linearize replaces all weights by their absolute values and all biases by zero. Parameters with one dimension are biases.
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
