package conv_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/conv"
	_ "github.com/graphpnas/graphpnas/internal/race" // fewer cases with the race detector
)

func TestDense(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng, n, in := drawRand(t), rapid.IntRange(1, 3).Draw(t, "images"), drawImage(t)
		d := conv.Dense{In: in, Channels: rapid.IntRange(1, 18).Draw(t, "outputs"), Window: drawWindow(t, in)}
		x, w, a := random(rng, n*in.Len()), random(rng, d.Weights()), arena(d.Scratch())
		forward := func(x, w []float32) []float32 {
			y := random(rng, n*d.Out().Len())
			d.Forward(n, x, w, y, a)
			return y
		}
		requireClose(t, naive(n, in, d.Channels, d.Window, false, x, w), forward(x, w), 1e-3, "forward")

		wt := make([]float32, len(w))
		d.Transpose(w, wt)
		requireInputGrad(t, rng, func(x []float32) []float32 { return forward(x, w) }, x,
			func(dy, dx []float32, add bool) { d.InputGrad(n, dy, wt, dx, add, a) }, 0.5)

		dy, dw := random(rng, n*d.Out().Len()), random(rng, len(w))
		d.WeightGrad(n, x, dy, dw, a)
		requireGradient(t, rng, func(w []float32) []float32 { return forward(x, w) }, w, dy, dw, 0.5, "gradient in the weights")
		require.Equal(t, d.Scratch(), a.Len(), "more than the scratch")
	})
}

func TestDepthwise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng, n, in := drawRand(t), rapid.IntRange(1, 3).Draw(t, "images"), drawImage(t)
		d := conv.Depthwise{In: in, Window: drawWindow(t, in)}
		x, w, a := random(rng, n*in.Len()), random(rng, d.Weights()), arena(d.Scratch())
		forward := func(x, w []float32) []float32 {
			y := random(rng, n*d.Out().Len())
			d.Forward(n, x, w, y, a)
			return y
		}
		requireClose(t, naive(n, in, in.Channels, d.Window, true, x, w), forward(x, w), 1e-3, "forward")
		requireInputGrad(t, rng, func(x []float32) []float32 { return forward(x, w) }, x,
			func(dy, dx []float32, add bool) { d.InputGrad(n, dy, w, dx, add, a) }, 0.5)
		dy, dw := random(rng, n*d.Out().Len()), random(rng, len(w))
		d.WeightGrad(n, x, dy, dw, a)
		requireGradient(t, rng, func(w []float32) []float32 { return forward(x, w) }, w, dy, dw, 0.5, "gradient in the weights")
		require.Equal(t, d.Scratch(), a.Len(), "more than the scratch")
	})
}

func TestStride(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng, n, in := drawRand(t), rapid.IntRange(1, 3).Draw(t, "images"), drawImage(t)
		s := conv.Stride{In: in, Step: rapid.IntRange(1, 3).Draw(t, "stride")}
		s.From = rapid.IntRange(0, s.Step-1).Draw(t, "from")
		forward := func(x []float32) []float32 {
			y := random(rng, n*s.Out().Len())
			s.Forward(n, x, y)
			return y
		}
		x, out := random(rng, n*in.Len()), s.Out()
		want := make([]float32, n*out.Len())
		for i := range want {
			c, pixel := i%out.Channels, i/out.Channels
			column, row, image := pixel%out.Width*s.Step+s.From, pixel/out.Width%out.Height*s.Step+s.From, pixel/out.Pixels()
			if row < in.Height && column < in.Width {
				want[i] = x[image*in.Len()+(row*in.Width+column)*in.Channels+c]
			}
		}
		requireClose(t, want, forward(x), 0, "forward")
		requireInputGrad(t, rng, forward, x, func(dy, dx []float32, add bool) { s.InputGrad(n, dy, dx, add) }, 0.5)
	})
}

func TestMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng, n, in := drawRand(t), rapid.IntRange(1, 3).Draw(t, "images"), drawImage(t)
		forward := func(x []float32) []float32 {
			y := random(rng, n*in.Channels)
			conv.Mean(n, in, x, y)
			return y
		}
		x := random(rng, n*in.Len())
		want := make([]float32, n*in.Channels)
		for i, v := range x {
			want[i/in.Len()*in.Channels+i%in.Channels] += v / float32(in.Pixels())
		}
		requireClose(t, want, forward(x), 1e-4, "forward")
		requireInputGrad(t, rng, forward, x, func(dy, dx []float32, add bool) { conv.MeanGrad(n, in, dy, dx, add) }, 0.5)
	})
}

func TestCopyChannels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng, m, c := drawRand(t), rapid.IntRange(0, 5).Draw(t, "pixels"), rapid.IntRange(1, 5).Draw(t, "channels")
		lds, ldd := c+rapid.IntRange(0, 2).Draw(t, "source"), c+rapid.IntRange(0, 2).Draw(t, "destination")
		src, dst := random(rng, m*lds), random(rng, m*ldd)
		for _, add := range []bool{false, true} {
			want := append([]float32{}, dst...)
			for i := range m {
				for j := range c {
					if !add {
						want[i*ldd+j] = 0
					}
					want[i*ldd+j] += src[i*lds+j]
				}
			}
			conv.CopyChannels(m, c, src, lds, dst, ldd, add)
			requireClose(t, want, dst, 0, "copy")
		}
	})
}

func TestFromPlanes(t *testing.T) {
	in := conv.Image{Height: 1, Width: 2, Channels: 3}
	x := make([]float32, 12)
	conv.FromPlanes(2, in, []float32{0, 1, 10, 11, 20, 21, 5, 6, 15, 16, 25, 26}, x)
	requireClose(t, []float32{0, 10, 20, 1, 11, 21, 5, 15, 25, 6, 16, 26}, x, 0, "images")
}
