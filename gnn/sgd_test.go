package gnn_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/gnn"
)

// pytorchSGD is the algorithm in the documentation of torch.optim.SGD, in float64.
type pytorchSGD struct {
	rate, momentum, decay, clip float64
	nesterov                    bool
	buffer                      [][]float64
}

func (s *pytorchSGD) step(params, grads [][]float64) {
	scale, square := 1.0, 0.0
	for _, g := range grads {
		square += dot(g, g)
	}
	if norm := math.Sqrt(square); s.clip > 0 && norm > s.clip {
		scale = s.clip / norm
	}
	first := s.buffer == nil
	for i, p := range params {
		if first {
			s.buffer = append(s.buffer, make([]float64, len(p)))
		}
		for j := range p {
			g := scale*grads[i][j] + s.decay*p[j]
			b := &s.buffer[i][j]
			if *b = s.momentum**b + g; first {
				*b = g
			}
			if s.nesterov {
				g += s.momentum * *b
			} else {
				g = *b
			}
			p[j] -= s.rate * g
		}
	}
}

func TestSGDEqualsPyTorch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		book := &pytorchSGD{rate: rapid.Float64Range(0, 0.3).Draw(t, "rate")}
		if rapid.Bool().Draw(t, "with momentum") {
			book.momentum = rapid.Float64Range(0.1, 0.95).Draw(t, "momentum")
			book.nesterov = rapid.Bool().Draw(t, "nesterov")
		}
		if rapid.Bool().Draw(t, "with decay") {
			book.decay = rapid.Float64Range(1e-4, 0.5).Draw(t, "decay")
		}
		if rapid.Bool().Draw(t, "clipped") {
			book.clip = rapid.Float64Range(1e-3, 3).Draw(t, "clip")
		}
		sgd := &gnn.SGD{LearningRate: book.rate, Momentum: book.momentum, Nesterov: book.nesterov, WeightDecay: book.decay, ClipNorm: book.clip}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var params []G.ValueGrad
		var want [][]float64
		for range rapid.IntRange(1, 3).Draw(t, "parameters") {
			shape := tensor.Shape(rapid.SliceOfN(rapid.IntRange(1, 9), 0, 2).Draw(t, "shape"))
			start := randomValues(rng, shape.TotalSize())
			want = append(want, start)
			params = append(params, parameter{value(shape, start), value(shape, make([]float64, len(start)))})
		}
		for step := range 12 {
			grads := make([][]float64, len(params))
			for i, p := range params {
				grads[i] = randomValues(rng, len(want[i]))
				set(p.(parameter).grad, grads[i])
			}
			book.step(want, grads)
			require.NoError(t, sgd.Step(params))
			for i, p := range params {
				require.InDeltaSlice(t, want[i], floats(t, p.Value()), 1e-4, "parameter %d, step %d", i, step)
				grad, _ := p.Grad()
				require.Equal(t, make([]float64, len(want[i])), floats(t, grad), "gradients are left at zero")
			}
		}
	})
}

// TestWeightDecayIsTheGradientOfTheSquare checks that a step with zero gradient descends the
// gradient of WeightDecay/2·|p|².
func TestWeightDecayIsTheGradientOfTheSquare(t *testing.T) {
	const decay, rate, h = 0.3, 0.1, 1e-4
	start := []float64{-2, -0.5, 0, 1, 3}
	penalty := func(p float64) float64 { return decay / 2 * p * p }
	p := parameter{value(tensor.Shape{len(start)}, start), value(tensor.Shape{len(start)}, make([]float64, len(start)))}
	require.NoError(t, (&gnn.SGD{LearningRate: rate, WeightDecay: decay}).Step([]G.ValueGrad{p}))
	for i, after := range floats(t, p.Value()) {
		slope := (penalty(start[i]+h) - penalty(start[i]-h)) / (2 * h)
		assert.InDelta(t, start[i]-rate*slope, after, 1e-6)
	}
}

func TestSGDContinuesFromItsVelocity(t *testing.T) {
	run := func(interrupted bool) []float64 {
		rng := rand.New(rand.NewPCG(1, 2))
		p := parameter{value(tensor.Shape{40}, randomValues(rng, 40)), value(tensor.Shape{40}, make([]float64, 40))}
		sgd := &gnn.SGD{LearningRate: 0.1, Momentum: 0.9, Nesterov: true, WeightDecay: 0.01}
		for step := range 10 {
			if interrupted && step == 5 {
				sgd = &gnn.SGD{LearningRate: 0.1, Momentum: 0.9, Nesterov: true, WeightDecay: 0.01, Velocity: [][]float32{slices.Clone(sgd.Velocity[0])}}
			}
			set(p.grad, randomValues(rng, 40))
			require.NoError(t, sgd.Step([]G.ValueGrad{p}))
		}
		return floats(t, p.value)
	}
	assert.Equal(t, run(false), run(true))
}

func TestSGDRejectsWrongShapes(t *testing.T) {
	vector := func(n int) G.Value { return value(tensor.Shape{n}, make([]float64, n)) }
	assert.ErrorIs(t, (&gnn.SGD{}).Step([]G.ValueGrad{parameter{vector(3), vector(2)}}), gnn.ErrShape)
	assert.ErrorIs(t, (&gnn.SGD{}).Step([]G.ValueGrad{ungraded{}}), errUngraded)
	sgd := &gnn.SGD{}
	require.NoError(t, sgd.Step([]G.ValueGrad{parameter{vector(3), vector(3)}}))
	assert.ErrorIs(t, sgd.Step([]G.ValueGrad{parameter{vector(4), vector(4)}}), gnn.ErrShape)
	assert.ErrorIs(t, sgd.Step(nil), gnn.ErrShape)
}

func TestCosine(t *testing.T) {
	plain := gnn.Cosine{Peak: 0.1, Steps: 8}
	for step, want := range []float64{0.1, 0.0961940, 0.0853553, 0.0691342, 0.05, 0.0308658, 0.0146447, 0.0038060, 0, 0} {
		assert.InDelta(t, want, plain.At(step), 1e-7, "step %d", step)
	}
	warm := gnn.Cosine{Peak: 0.4, WarmUp: 3, Steps: 11}
	for step, want := range []float64{0.1, 0.2, 0.3, 0.4, 0.3847759, 0.3414214, 0.2765367, 0.2, 0.1234633, 0.0585786, 0.0152241, 0} {
		assert.InDelta(t, want, warm.At(step), 1e-7, "step %d", step)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := gnn.Cosine{Peak: rapid.Float64Range(1e-6, 10).Draw(t, "peak"), Steps: rapid.IntRange(1, 200).Draw(t, "steps")}
		c.WarmUp = rapid.IntRange(0, c.Steps-1).Draw(t, "warm-up")
		for step := range c.Steps {
			rate := c.At(step)
			require.Greater(t, rate, 0.0)
			require.LessOrEqual(t, rate, c.Peak)
			switch {
			case step == c.WarmUp:
				require.Equal(t, c.Peak, rate)
			case step < c.WarmUp:
				require.Less(t, rate, c.At(step+1))
			default:
				require.Less(t, rate, c.At(step-1))
			}
		}
	})
}

// TestLargeGradientsAreClipped uses gradients that fit float32 but whose squared norm does not.
func TestLargeGradientsAreClipped(t *testing.T) {
	for _, size := range []float64{1e10, 1e19, 1e30, 8e37} {
		shape := tensor.Shape{2}
		p := parameter{value(shape, []float64{0, 0}), value(shape, []float64{3 * size, -4 * size})}
		small := parameter{value(nil, []float64{0}), value(nil, []float64{1})}
		require.NoError(t, (&gnn.SGD{LearningRate: 1, ClipNorm: 5}).Step([]G.ValueGrad{p, small}))
		assert.InDeltaSlice(t, []float32{-3, 4}, p.value.Data(), 1e-5, "%v", size)
	}
	infinite := parameter{value(tensor.Shape{1}, []float64{0}), value(tensor.Shape{1}, []float64{math.Inf(1)})}
	require.NoError(t, (&gnn.SGD{LearningRate: 1, ClipNorm: 5}).Step([]G.ValueGrad{infinite}))
	assert.True(t, math.IsNaN(float64(infinite.value.Data().([]float32)[0])), "what is infinite is not hidden")
}
