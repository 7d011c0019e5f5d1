package conv_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/conv"
)

// drawPool draws a pooling whose windows all have a pixel of the image.
func drawPool(t *rapid.T) conv.Pool {
	p := conv.Pool{
		In: drawImage(t), Size: rapid.IntRange(1, 4).Draw(t, "window"), Stride: rapid.IntRange(1, 3).Draw(t, "stride"),
		Ceil: rapid.Bool().Draw(t, "ceil"),
	}
	p.Padding = rapid.IntRange(0, p.Size/2).Draw(t, "padding")
	out := p.Out()
	for _, n := range []int{min(p.In.Height, p.In.Width) + 2*p.Padding - p.Size, p.In.Height + p.Padding - 1 - (out.Height-1)*p.Stride, p.In.Width + p.Padding - 1 - (out.Width-1)*p.Stride} {
		if n < 0 {
			t.Skip("a window beyond the image")
		}
	}
	return p
}

// pooled computes mean and largest value of every window.
func pooled(n int, p conv.Pool, x []float32) (means, largest []float32) {
	out, in := p.Out(), p.In
	means, largest = make([]float32, n*out.Len()), make([]float32, n*out.Len())
	for i := range means {
		c, pixel := i%in.Channels, i/in.Channels
		ox, oy, image := pixel%out.Width, pixel/out.Width%out.Height, pixel/out.Pixels()
		sum, count, best := 0.0, 0, math.Inf(-1)
		for tap := range p.Size * p.Size {
			row, column := oy*p.Stride-p.Padding+tap/p.Size, ox*p.Stride-p.Padding+tap%p.Size
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
		rng, n, p, a := drawRand(t), rapid.IntRange(1, 3).Draw(t, "images"), drawPool(t), arena()
		x := random(rng, n*p.In.Len())
		for i, place := range rng.Perm(len(x)) { // no two so near that the steps below swap them
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
	})
}

func TestTheFirstOfEqualValuesTakesTheGradient(t *testing.T) {
	p := conv.Pool{In: conv.Image{Height: 2, Width: 2, Channels: 1}, Size: 2, Stride: 2}
	dx := make([]float32, 4)
	p.MaxGrad(1, []float32{0, 3, 3, 3}, []float32{3}, []float32{5}, dx, false, arena())
	requireClose(t, []float32{0, 5, 0, 0}, dx, 0, "gradient")
}
