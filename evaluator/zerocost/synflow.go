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
// biases count nothing. They are zero here, which makes R as many times larger as the input is; and so are the weights of
// a WeightedSum from their start on.
//
// The sum of a deep network may be beyond float32, and is computed with a smaller input and gradient, up to an R of 2^220; what
// is larger is an error that wraps evaluator.ErrNotFinite. Where nothing goes from input to output, the sum is zero: the
// score is then that of the smallest float32, which is about −103 and below all others.
func NewSynflow(c Config) (*Scorer, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("synflow: %w", err)
	}
	return newScorer(c, network.WithoutNorms(c.Design), 1, synflow), nil
}

func synflow(net *network.Network) (float64, error) {
	linearize(net.Weights())
	in := net.Plan().Input()
	image := make([]float32, in.Channels*in.Height*in.Width)
	for exponent := 0; exponent <= 120; exponent += 40 {
		r, sum, err := flow(net, image, math.Ldexp(1, -exponent))
		if err != nil {
			return 0, err
		}
		const most = 1 << 100 // leaves room for what is summed up in between
		if r <= most && sum <= math.MaxFloat64 {
			return math.Log(max(sum, math.SmallestNonzeroFloat32)) + float64(2*exponent)*math.Ln2, nil
		}
	}
	return 0, fmt.Errorf("synflow of %s: %w: the sum of the logits is beyond 2^220", net.Plan().Arch(), evaluator.ErrNotFinite)
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

// flow computes R and Σ |θ · ∂R/∂θ| with an input and a gradient of the given size: R is that many times as large, the sum its
// square.
func flow(net *network.Network, image []float32, size float64) (r, sum float64, err error) {
	fill(image, float32(size))
	grad, err := net.GradientOf(image, func(logits, dlogits []float32) {
		for _, v := range logits {
			r += float64(v)
		}
		fill(dlogits, float32(size))
	})
	if err != nil {
		return 0, 0, err
	}
	for i, w := range net.Weights().Params {
		sum += float64(w) * float64(grad[i]) // neither is negative
	}
	return r, sum, nil
}

func fill(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}
