package generator

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/internal/nn"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/searchspace"
)

// lossOf is what Fit minimises with the given options, of one part and all data as one batch, as a function of the
// part's weights.
type lossOf struct {
	function gnn.Function
	value    *float64 // of the last forward pass
	weights  []float32
	layout   *nn.Layout
}

// newLoss lets Fit set the loss up, with steps too small to move the weights.
func newLoss(t require.TestingT, m Model, part int, data []Example, o FitOptions) lossOf {
	o.LearningRate, o.BatchSize, o.Epochs = 1e-30, len(data), 1
	fit(t, m, 1, data, o)
	switch m := m.(type) {
	case *GRAN:
		loss := m.trainers[part].loss
		return lossOf{loss, &loss.value, m.params[part], &m.nets[part].layout}
	case *LSTM:
		return lossOf{m.trainer.loss, &m.trainer.loss.value, m.params, &m.net.layout}
	}
	panic("a model without a loss")
}

func (l lossOf) at(t require.TestingT, weights []float32) float64 {
	require.NoError(t, l.function.Forward(make([]float32, 1), [][]float32{weights}))
	return *l.value
}

// gradient is scaled by the gradient dout in the loss.
func (l lossOf) gradient(t require.TestingT, dout float32) []float32 {
	out, in, grad := make([]float32, 1), [][]float32{l.weights}, make([]float32, len(l.weights))
	require.NoError(t, l.function.Forward(out, in))
	require.NoError(t, l.function.Backward([][]float32{grad}, in, out, []float32{dout}))
	return grad
}

// slopes are the loss's differences along a direction: to both sides, and central. Where a ReLU's kink is so near that
// the others miss it, one side has the gradient's slope.
func (l lossOf) slopes(t require.TestingT, direction []float64, step float64) [3]float64 {
	moved := func(step float64) float64 {
		w := make([]float32, len(l.weights))
		for i := range w {
			w[i] = l.weights[i] + float32(step*direction[i])
		}
		return l.at(t, w)
	}
	down, here, up := moved(-step), moved(0), moved(step)
	return [3]float64{(up - down) / (2 * step), (up - here) / step, (here - down) / step}
}

// requireGradient checks the gradient where the weights are, or, as they may lie among kinks, elsewhere.
func requireGradient(t require.TestingT, g Model, part int, data []Example, o FitOptions, rng *rand.Rand) {
	err := checkGradient(t, g, part, data, o, rng)
	if err != nil {
		g.Reset(rng)
		err = checkGradient(t, g, part, data, o, rng)
	}
	require.NoError(t, err)
}

// checkGradient compares the gradient with the loss's slope, for each parameter in a random direction and along the
// parameter's own part of the gradient, where the slope is steepest.
func checkGradient(t require.TestingT, g Model, part int, data []Example, o FitOptions, rng *rand.Rand) error {
	l := newLoss(t, g, part, data, o)
	grad := l.gradient(t, 1)
	scale := 0.0
	for _, x := range data {
		scale += (math.Abs(x.Weight) + o.Entropy) / float64(len(data))
	}
	direction := make([]float64, len(grad))
	for _, p := range l.layout.Params {
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

// checkSlope compares the gradient with the slope along one direction, for a loss of about the given scale.
func (l lossOf) checkSlope(t require.TestingT, grad []float32, direction []float64, scale float64) error {
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
	for _, step := range []float64{0.01, 0.001, 0.0001} { // a long one may cross kinks, a short one drowns in rounding
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

func TestGradientOfTheLoss(t *testing.T) {
	if race.Enabled {
		t.Skip("too long under the race detector, which other tests run under")
	}
	rapid.Check(t, func(t *rapid.T) {
		s := smallSpace(t)
		rng := newRand(rapid.Uint64().Draw(t, "seed"))
		g := anyModel(t, s, rng.Uint64())
		data := examples(0, sample(t, g, rng.Uint64(), rapid.IntRange(1, 4).Draw(t, "architectures"))...)
		for i := range data {
			data[i].Weight = rapid.SampledFrom([]float64{1, -1, 0.1, -0.5, 2, 0}).Draw(t, "weight")
		}
		o := FitOptions{
			Loss:    rapid.SampledFrom([]Loss{PaperLoss, LogLikelihood}).Draw(t, "loss"),
			Entropy: rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, "entropy"),
		}
		for part := range s.Parts() {
			requireGradient(t, g, part, data, o, rng)
		}
	})
}

func TestGradientOnTheBenchmarks(t *testing.T) {
	for _, s := range benchmarks {
		for _, loss := range []Loss{PaperLoss, LogLikelihood} {
			for _, entropy := range []float64{0, 0.5} {
				t.Run(fmt.Sprint(s.Name(), loss, entropy), func(t *testing.T) {
					for _, g := range []Model{newGRAN(t, s, Config{Layers: 3, Attention: 16}, 1), newLSTM(t, s, 1)} {
						data := examples(0.7, sample(t, g, 2, 5)...)
						requireGradient(t, g, 0, data, FitOptions{Loss: loss, Entropy: entropy}, newRand(3))
					}
				})
			}
		}
	}
}

func TestGradientIsScaledByTheOneBehindIt(t *testing.T) {
	g := newGRAN(t, searchspace.NASBench201{}, little, 1)
	l := newLoss(t, g, 0, examples(1, sample(t, g, 2, 3)...), FitOptions{})
	once, thrice := l.gradient(t, 1), l.gradient(t, 3)
	for i := range once {
		require.InDelta(t, 3*once[i], thrice[i], 1e-5)
	}
}

// TestEntropyIsThatOfThePath compares what the loss says of a space with one decision with that decision's entropy.
func TestEntropyIsThatOfThePath(t *testing.T) {
	for name, s := range map[string]searchspace.Space{
		"node operation": space(t, nil, searchspace.Part{Name: "cell", MaxNodes: 1, NodeOps: []string{"a", "b", "c"}}),
		"edge operation": space(t, func(_ *searchspace.Draft, d searchspace.Decision) []int {
			if d.Kind == searchspace.EdgePresence {
				return d.Allowed[1:]
			}
			return d.Allowed
		}, searchspace.Part{Name: "cell", MaxNodes: 2, EdgeOps: []string{"none", "x", "y", "z"}}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, make := range models {
				g, all := make(t, s, 1), enumerate(t, s)
				want := 0.0
				for _, lp := range logProbs(t, g, all...) {
					want -= lp * math.Exp(lp)
				}
				l := newLoss(t, g, 0, examples(0, all[0]), FitOptions{Loss: LogLikelihood, Entropy: 1})
				require.InDelta(t, -want, l.at(t, l.weights), 1e-5, "the weight is zero: nothing but the entropy counts")
			}
		})
	}
}
