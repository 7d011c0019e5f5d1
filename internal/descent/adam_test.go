package descent

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/graphpnas/graphpnas/internal/f32"
)

// Several gradients have the same effect as their sum, to the bit, and are set to zero only if
// requested.
func TestMoveAddsUpGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = piece + 7
	random := func() []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		return x
	}
	for _, clearing := range []bool{false, true} {
		x := random()
		y, mx, my := slices.Clone(x), NewMoments(n), NewMoments(n)
		for step := range 3 {
			grads := [][]float32{random(), random(), random()}
			sum := make([]float32, n)
			f32.Add(sum, grads[0], grads[1])
			f32.Add(sum, sum, grads[2])
			Adam{}.Move(1+step, x, mx, grads, 0.5, clearing)
			Adam{}.Move(1+step, y, my, [][]float32{sum}, 0.5, false)
			assert.Equal(t, clearing, !slices.ContainsFunc(grads[1], func(g float32) bool { return g != 0 }))
		}
		assert.Equal(t, y, x)
		assert.Equal(t, my, mx)
		mx.Clear()
		assert.Equal(t, NewMoments(n), mx)
	}
}

func TestClipScale(t *testing.T) {
	huge := []float32{3e38, 3e38}
	assert.Equal(t, float32(1), ClipScale(0, huge), "no bound")
	assert.Equal(t, float32(1), ClipScale(5, []float32{3}, []float32{4}), "the norm is the bound")
	assert.InDelta(t, 0.5, ClipScale(2.5, []float32{3}, []float32{4}), 1e-7)
	assert.InEpsilon(t, 1/(3e38*math.Sqrt2), ClipScale(1, huge), 1e-6, "the square exceeds float32")
}
