package predictor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/train"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestGradientOfTheLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := newRand(rapid.Uint64().Draw(t, "seed"))
		l := newLoss(t, anySpace(t), rng, rapid.IntRange(1, 5).Draw(t, "architectures"), rapid.IntRange(1, 3).Draw(t, "layers"))
		var err error
		for range 3 { // tries other weights if some are too close to kinks
			if err = checkGradient(t, l, rng); err == nil {
				return
			}
		}
		require.NoError(t, err)
	})
}

// loss computes the loss of a network on one batch.
type loss struct {
	train.Loss[target]
	net *network
}

// newLoss returns the loss of a small network on random architectures and targets.
func newLoss(t require.TestingT, s searchspace.Space, rng *rand.Rand, archs, layers int) *loss {
	e, err := newEncoder(s)
	require.NoError(t, err)
	l := &loss{net: newNetwork(e, 6, layers)}
	l.Objective = &objective{net: l.net}
	for _, a := range randomArchs(t, s, rng, archs) {
		g, err := e.encode(a)
		require.NoError(t, err)
		l.Batch = append(l.Batch, target{g, float32(rng.NormFloat64())})
	}
	return l
}

// checkGradient compares the gradient at random weights with finite differences of the loss, for each parameter along its own gradient
// and along a random direction.
func checkGradient(t require.TestingT, l *loss, rng *rand.Rand) error {
	flat := make([]float32, l.net.layout.Size)
	l.net.layout.Init(flat, rng)
	grad := gradient(t, l, flat, 1)
	for _, p := range l.net.layout.Params {
		random := make([]float32, len(flat))
		for i := range p.In(random) {
			p.In(random)[i] = float32(rng.NormFloat64())
		}
		steepest := make([]float32, len(flat))
		copy(p.In(steepest), p.In(grad))
		for _, direction := range [][]float32{steepest, random} {
			if err := checkSlope(t, l, flat, grad, direction); err != nil {
				return fmt.Errorf("%s: %w", p.Name, err)
			}
		}
	}
	return nil
}

func lossAt(t require.TestingT, l *loss, flat []float32) float64 {
	out := make([]float32, 1)
	require.NoError(t, l.Forward(out, [][]float32{flat}))
	return float64(out[0])
}

// gradient returns the gradient in the parameters, given the gradient dout in the loss.
func gradient(t require.TestingT, l *loss, flat []float32, dout float32) []float32 {
	grad := make([]float32, len(flat))
	for i := range grad {
		grad[i] = float32(math.NaN()) // the previous content must not matter
	}
	lossAt(t, l, flat)
	require.NoError(t, l.Backward([][]float32{grad}, [][]float32{flat}, nil, []float32{dout}))
	return grad
}

// checkSlope compares the gradient with central differences along one direction.
func checkSlope(t require.TestingT, l *loss, flat, grad, direction []float32) error {
	var norm, want float64
	for i, d := range direction {
		norm = math.Hypot(norm, float64(d))
		want += float64(d) * float64(grad[i])
	}
	if norm == 0 {
		return nil
	}
	want /= norm
	var slopes []float64
	for _, step := range []float64{0.02, 0.005, 0.001} { // a long step may cross kinks; a short one is dominated by rounding
		up, down := slices.Clone(flat), slices.Clone(flat)
		for i, d := range direction {
			up[i] += float32(step * float64(d) / norm)
			down[i] -= float32(step * float64(d) / norm)
		}
		slope := (lossAt(t, l, up) - lossAt(t, l, down)) / (2 * step)
		if math.Abs(slope-want) <= 0.01*math.Abs(want)+2e-4 {
			return nil
		}
		slopes = append(slopes, slope)
	}
	return fmt.Errorf("gradient %v, slopes %v", want, slopes)
}

func TestGradientIsScaledByTheOutputGradient(t *testing.T) {
	rng := newRand(1)
	l := newLoss(t, searchspace.NASBench101{}, rng, 4, 2)
	flat := make([]float32, l.net.layout.Size)
	l.net.layout.Init(flat, rng)
	once, thrice := gradient(t, l, flat, 1), gradient(t, l, flat, 3)
	for i := range once {
		require.InDelta(t, 3*once[i], thrice[i], 1e-5)
	}
}
