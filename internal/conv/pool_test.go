package conv_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/conv"
)

func drawPool(t *rapid.T) conv.Pool {
	return conv.Pool{In: drawImage(t), Size: rapid.IntRange(1, 5).Draw(t, "window"), Stride: rapid.IntRange(1, 3).Draw(t, "stride")}
}

// pooled computes the mean and the maximum of every window.
func pooled(n int, p conv.Pool, x []float32) (means, largest []float32) {
	out, in := p.Out(), p.In
	means, largest = make([]float32, n*out.Len()), make([]float32, n*out.Len())
	for i := range means {
		c, pixel := i%in.Channels, i/in.Channels
		ox, oy, image := pixel%out.Width, pixel/out.Width%out.Height, pixel/out.Pixels()
		sum, count, best := 0.0, 0, math.Inf(-1)
		for tap := range p.Size * p.Size {
			row, column := oy*p.Stride-(p.Size-1)/2+tap/p.Size, ox*p.Stride-(p.Size-1)/2+tap%p.Size
			if row >= 0 && row < in.Height && column >= 0 && column < in.Width {
				v := float64(x[image*in.Len()+(row*in.Width+column)*in.Channels+c])
				sum, count, best = sum+v, count+1, max(best, v)
			}
		}
		means[i], largest[i] = float32(sum/float64(count)), float32(best)
	}
	return means, largest
}

func TestPool(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng, n, p := drawRand(t), rapid.IntRange(1, 3).Draw(t, "images"), drawPool(t)
		a := arena(p.Scratch())
		x := random(rng, n*p.In.Len())
		for i, place := range rng.Perm(len(x)) { // far enough apart that the steps below do not change their order
			x[i] = float32(place)
		}
		average := func(x []float32) []float32 {
			y := random(rng, n*p.Out().Len())
			p.Average(n, x, y, a)
			return y
		}
		largest := func(x []float32) []float32 {
			y := random(rng, n*p.Out().Len())
			p.Max(n, x, y, a)
			return y
		}
		means, best := pooled(n, p, x)
		requireClose(t, means, average(x), 1e-4, "means")
		requireClose(t, best, largest(x), 0, "largest values")
		unit := random(rng, len(x))
		requireInputGrad(t, rng, average, unit, func(dy, dx []float32, add bool) { p.AverageGrad(n, dy, dx, add, a) }, 0.5)
		requireInputGrad(t, rng, largest, x, func(dy, dx []float32, add bool) { p.MaxGrad(n, x, largest(x), dy, dx, add, a) }, 0.4)
		require.Equal(t, p.Scratch(), a.Len(), "more than the scratch")
	})
}

func TestTheFirstOfEqualValuesTakesTheGradient(t *testing.T) {
	p := conv.Pool{In: conv.Image{Height: 2, Width: 2, Channels: 1}, Size: 2, Stride: 2}
	dx := make([]float32, 4)
	p.MaxGrad(1, []float32{0, 3, 3, 3}, []float32{3}, []float32{5}, dx, false, arena(p.Scratch()))
	requireClose(t, []float32{0, 5, 0, 0}, dx, 0, "gradient")
}
