package modeltest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Loss is what Fit minimizes with the given options, for one part and with all data as one batch,
// as a function of the part's weights.
type Loss struct {
	Function gnn.Function
	Value    *float64 // result of the last forward pass
	Weights  []float32
	Layout   *nn.Layout
}

// At returns the loss at the given weights.
func (l Loss) At(t require.TestingT, weights []float32) float64 {
	require.NoError(t, l.Function.Forward(make([]float32, 1), [][]float32{weights}))
	return *l.Value
}

// Gradient returns the gradient at the current weights, multiplied by dout.
func (l Loss) Gradient(t require.TestingT, dout float32) []float32 {
	out, in, grad := make([]float32, 1), [][]float32{l.Weights}, make([]float32, len(l.Weights))
	require.NoError(t, l.Function.Forward(out, in))
	require.NoError(t, l.Function.Backward([][]float32{grad}, in, out, []float32{dout}))
	return grad
}

// slopes returns the forward, backward and central difference quotients of the loss along a
// direction. Close to the kink of a ReLU, only one side may have the gradient's slope.
func (l Loss) slopes(t require.TestingT, direction []float64, step float64) [3]float64 {
	moved := func(step float64) float64 {
		w := make([]float32, len(l.Weights))
		for i := range w {
			w[i] = l.Weights[i] + float32(step*direction[i])
		}
		return l.At(t, w)
	}
	down, here, up := moved(-step), moved(0), moved(step)
	return [3]float64{(up - down) / (2 * step), (up - here) / step, (here - down) / step}
}

// LossFunc returns the loss of a model on a part of the data, which is one batch, as set up by the
// model's Fit without changing the weights.
type LossFunc[M generator.Model] func(t require.TestingT, m M, part int, data []generator.Example, o generator.FitOptions) Loss

// RequireGradient compares the gradient with difference quotients at the current weights or, if
// they are close to the kink of a ReLU, at others.
func RequireGradient[M generator.Model](t require.TestingT, m M, newLoss LossFunc[M], part int, data []generator.Example, o generator.FitOptions, rng *rand.Rand) {
	err := checkGradient(t, newLoss(t, m, part, data, o), data, o, rng)
	if err != nil {
		m.Reset(rng)
		err = checkGradient(t, newLoss(t, m, part, data, o), data, o, rng)
	}
	require.NoError(t, err)
}

// checkGradient compares the gradient with the loss's slope, for each parameter in a random
// direction and along the parameter's part of the gradient, where the slope is steepest.
func checkGradient(t require.TestingT, l Loss, data []generator.Example, o generator.FitOptions, rng *rand.Rand) error {
	grad := l.Gradient(t, 1)
	scale := 0.0
	for _, x := range data {
		scale += (math.Abs(x.Weight) + o.Entropy) / float64(len(data))
	}
	direction := make([]float64, len(grad))
	for _, p := range l.Layout.Params {
		clear(direction)
		for i := range p.Size() {
			direction[p.Offset+i] = rng.NormFloat64()
		}
		if err := l.checkSlope(t, grad, direction, scale); err != nil {
			return fmt.Errorf("%s, random direction: %w", p.Name, err)
		}
		clear(direction)
		for i, v := range p.In(grad) {
			direction[p.Offset+i] = float64(v)
		}
		if err := l.checkSlope(t, grad, direction, scale); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

// checkSlope compares the gradient with the slope along one direction. The loss is of about the
// given scale.
func (l Loss) checkSlope(t require.TestingT, grad []float32, direction []float64, scale float64) error {
	want, norm := 0.0, 0.0
	for i, d := range direction {
		want += d * float64(grad[i])
		norm = math.Hypot(norm, d)
	}
	if norm == 0 {
		return nil
	}
	want /= norm
	var tried [][3]float64
	for _, step := range []float64{0.01, 0.001, 0.0001} { // a long one may cross kinks, a short one suffers from rounding
		tolerance := 0.01*math.Abs(want) + (2e-5+1e-8/step)*scale
		slopes := l.slopes(t, direction, step/norm)
		for i := range slopes {
			slopes[i] /= norm
			if math.Abs(slopes[i]-want) <= tolerance {
				return nil
			}
		}
		tried = append(tried, slopes)
	}
	return fmt.Errorf("gradient %v, slopes %v", want, tried)
}

// RequireGradients draws a space, data and options and checks the gradient of a model on them.
func RequireGradients[M generator.Model](t *rapid.T, newModel func(s searchspace.Space, seed uint64) M, newLoss LossFunc[M]) {
	s := SmallSpace(t)
	rng := Rand(rapid.Uint64().Draw(t, "seed"))
	m := newModel(s, rng.Uint64())
	data := Examples(0, Sample(t, m, rng.Uint64(), rapid.IntRange(1, 4).Draw(t, "architectures"))...)
	for i := range data {
		data[i].Weight = rapid.SampledFrom([]float64{1, -1, 0.1, -0.5, 2, 0}).Draw(t, "weight")
	}
	o := generator.FitOptions{
		Loss:    rapid.SampledFrom([]generator.Loss{generator.PaperLoss, generator.LogLikelihood}).Draw(t, "loss"),
		Entropy: rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, "entropy"),
	}
	for part := range s.Parts() {
		RequireGradient(t, m, newLoss, part, data, o, rng)
	}
}

// RequireBenchmarkGradients checks the gradient of a model on the benchmarks, for both losses with and without entropy.
func RequireBenchmarkGradients[M generator.Model](t *testing.T, newModel func(s searchspace.Space, seed uint64) M, newLoss LossFunc[M]) {
	for _, s := range Benchmarks {
		for _, loss := range []generator.Loss{generator.PaperLoss, generator.LogLikelihood} {
			for _, entropy := range []float64{0, 0.5} {
				t.Run(fmt.Sprint(s.Name(), loss, entropy), func(t *testing.T) {
					m := newModel(s, 1)
					data := Examples(0.7, Sample(t, m, 2, 5)...)
					RequireGradient(t, m, newLoss, 0, data, generator.FitOptions{Loss: loss, Entropy: entropy}, Rand(3))
				})
			}
		}
	}
}

// RequireEntropy compares the entropy in the loss with the entropy of the only decision of a space.
func RequireEntropy[M generator.Model](t *testing.T, newModel func(s searchspace.Space, seed uint64) M, newLoss LossFunc[M]) {
	for name, s := range map[string]searchspace.Space{
		"node operation": Space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 1, NodeOps: []string{"a", "b", "c"}}),
		"edge operation": Space(t, searchspace.RuleFunc(func(_ *searchspace.Draft, d searchspace.Decision) []int {
			if d.Kind == searchspace.EdgePresence {
				return d.Allowed[1:]
			}
			return d.Allowed
		}), searchspace.Part{Name: "cell", MaxNodes: 2, EdgeOps: []string{"none", "x", "y", "z"}}),
		"node field": Space(t, nil, searchspace.Params("cell", searchspace.Ordered("rate", 1, 2, 3))),
		"edge field": Space(t, nil, searchspace.Part{
			Name: "cell", MaxNodes: 2, Rules: searchspace.Chain("cell", 2, 2, nil).Rules,
			EdgeFields: []searchspace.Field{searchspace.Choice("scale", "a", "b", "c", "d")},
		}),
	} {
		t.Run(name, func(t *testing.T) {
			m, all := newModel(s, 1), Enumerate(t, s)
			want := 0.0
			for _, lp := range LogProbs(t, m, all...) {
				want -= lp * math.Exp(lp)
			}
			l := newLoss(t, m, 0, Examples(0, all[0]), generator.FitOptions{Loss: generator.LogLikelihood, Entropy: 1})
			require.InDelta(t, -want, l.At(t, l.Weights), 1e-5, "only the entropy counts because the weight is zero")
		})
	}
}
