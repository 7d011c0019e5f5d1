package conv_test

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/conv"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// drawImage draws the size of a small image.
func drawImage(t *rapid.T) conv.Image {
	size := rapid.IntRange(1, 9)
	return conv.Image{Height: size.Draw(t, "height"), Width: size.Draw(t, "width"), Channels: rapid.IntRange(1, 18).Draw(t, "channels")}
}

// drawWindow draws a window that fits an image.
func drawWindow(t *rapid.T, in conv.Image) conv.Window {
	w := conv.Window{
		Size: rapid.IntRange(1, 5).Draw(t, "kernel"), Stride: rapid.IntRange(1, 3).Draw(t, "stride"),
		Dilation: rapid.IntRange(1, 2).Draw(t, "dilation"),
	}
	w.Padding = rapid.IntRange(0, w.Span()-1).Draw(t, "padding")
	if out := w.Over(in, 1); min(in.Height, in.Width)+2*w.Padding < w.Span() || out.Height < 1 || out.Width < 1 {
		t.Skip("the kernel is larger than the image")
	}
	return w
}

func drawRand(t *rapid.T) *rand.Rand { return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)) }

func random(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// naive implements the formula of convolution, with one channel per group if depthwise is set.
func naive(n int, in conv.Image, channels int, w conv.Window, depthwise bool, x, weights []float32) []float32 {
	out := w.Over(in, channels)
	y := make([]float32, n*out.Len())
	for i := range y {
		c, pixel := i%channels, i/channels
		ox, oy, image := pixel%out.Width, pixel/out.Width%out.Height, pixel/out.Pixels()
		sum := 0.0
		for tap := range w.Size * w.Size {
			row, column := oy*w.Stride-w.Padding+tap/w.Size*w.Dilation, ox*w.Stride-w.Padding+tap%w.Size*w.Dilation
			if row < 0 || row >= in.Height || column < 0 || column >= in.Width {
				continue
			}
			at := image*in.Len() + (row*in.Width+column)*in.Channels
			if depthwise {
				sum += float64(weights[tap*channels+c]) * float64(x[at+c])
				continue
			}
			for j := range in.Channels {
				sum += float64(weights[(tap*in.Channels+j)*channels+c]) * float64(x[at+j])
			}
		}
		y[i] = float32(sum)
	}
	return y
}

func requireClose(t require.TestingT, want, got []float32, tolerance float64, what string) {
	require.Len(t, got, len(want), what)
	for i := range want {
		if math.Abs(float64(want[i])-float64(got[i])) > tolerance*(1+math.Abs(float64(want[i]))) {
			require.Failf(t, what, "[%d] is %v, want %v", i, got[i], want[i])
		}
	}
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// requireGradient compares grad, which should be the gradient of dy·f(x) with respect to x, with
// differences of f along random directions. Where f curves, the difference of two steps bounds their error.
func requireGradient(t require.TestingT, rng *rand.Rand, f func(x []float32) []float32, x, dy, grad []float32, step float64, what string) {
	for range 3 {
		direction := make([]float32, len(x))
		for i := range direction {
			direction[i] = float32(2*rng.IntN(2) - 1)
		}
		moved := func(by float64) []float32 {
			z := slices.Clone(x)
			for i := range z {
				z[i] += float32(by) * direction[i]
			}
			return f(z)
		}
		slope := func(step float64) float64 { return (dot(dy, moved(step)) - dot(dy, moved(-step))) / (2 * step) }
		coarse, fine := slope(step), slope(step/2)
		scale := math.Sqrt(dot(dy, dy))*(1+1e-3/step) + math.Abs(fine) + 1
		require.InDelta(t, fine, dot(grad, direction), 2e-3*scale+math.Abs(coarse-fine), what)
	}
}

// requireInputGrad checks the gradient of f with respect to x, and that it is added if requested.
func requireInputGrad(t require.TestingT, rng *rand.Rand, f func(x []float32) []float32, x []float32, grad func(dy, dx []float32, add bool), step float64) {
	dy, dx := random(rng, len(f(x))), random(rng, len(x))
	before := slices.Clone(dx)
	grad(dy, dx, true)
	sum := slices.Clone(dx)
	grad(dy, dx, false)
	requireGradient(t, rng, f, x, dy, dx, step, "gradient in the input")
	for i := range before {
		before[i] += dx[i]
	}
	requireClose(t, before, sum, 1e-4, "added gradient")
}

// arena returns an arena with the given space, whose memory is not zero.
func arena(space int) *nn.Arena {
	var a nn.Arena
	a.Reserve(space)
	if space > 0 {
		dirty := a.Take(space)
		for i := range dirty {
			dirty[i] = float32(math.NaN())
		}
		a.Reset()
	}
	return &a
}
