package conv

import (
	"math"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// Norm is batch normalisation (Ioffe & Szegedy 2015, arXiv 1502.03167), with ReLU behind it where ReLU is set. A pass
// over a batch is one over its pieces, the moments of all, and another one over the pieces.
type Norm struct {
	Channels int
	ReLU     bool
	Epsilon  float64 // added to the variance
}

// Scratch is how much space of an arena a pass takes at most.
func (b Norm) Scratch() int {
	if !b.ReLU {
		return 0
	}
	return nn.Space(b.blockPixels() * b.Channels)
}

// blockPixels is how many pixels fit the first-level cache.
func (b Norm) blockPixels() int { return max(1, blockValues/2/b.Channels) }

// Affine is a linear function of each channel: scale·x + shift.
type Affine struct{ Scale, Shift []float32 }

// Moments are those of a piece's pixels, as distances from the first of them: a centre among the values keeps the digits
// of a variance that is far from zero.
type Moments struct {
	Pixels              int
	Centre, Sum, Square []float32 // of each channel
}

// Sum computes the moments of m pixels x.
func (b Norm) Sum(m int, x []float32, to *Moments) {
	to.Pixels = m
	copy(to.Centre, x)
	clear(to.Sum)
	clear(to.Square)
	b.blocks(m, func(lo, count int) {
		f32.Moments(count, b.Channels, x[lo*b.Channels:], b.Channels, to.Centre, to.Sum, to.Square)
	})
}

// blocks calls f for stretches of pixels that fit the first-level cache: the kernels go down a column at a time.
func (b Norm) blocks(m int, f func(lo, count int)) {
	size := b.blockPixels()
	for lo := 0; lo < m; lo += size {
		f(lo, min(size, m-lo))
	}
}

// Statistics are a batch's, of each channel.
type Statistics struct {
	Mean, Variance []float32
}

// Finish computes mean and variance from the pieces' moments, in the order of the pieces (Chan, Golub & LeVeque 1979).
func (s Statistics) Finish(pieces []Moments) {
	for j := range s.Mean {
		var n, mean, squares float64
		for i := range pieces {
			p := &pieces[i]
			m := float64(p.Pixels)
			shift := float64(p.Sum[j]) / m
			distance := float64(p.Centre[j]) + shift - mean
			squares += float64(p.Square[j]) - shift*shift*m + distance*distance*n*m/(n+m)
			mean += distance * m / (n + m)
			n += m
		}
		s.Mean[j], s.Variance[j] = float32(mean), float32(max(0, squares/n))
	}
}

// Affine computes what normalisation with the given statistics, scale and shift amounts to.
func (b Norm) Affine(s Statistics, gamma, beta []float32, to Affine) {
	for j := range to.Scale {
		scale := float64(gamma[j]) * b.inverse(s, j)
		to.Scale[j] = float32(scale)
		to.Shift[j] = float32(float64(beta[j]) - float64(s.Mean[j])*scale)
	}
}

// inverse is one over a channel's standard deviation.
func (b Norm) inverse(s Statistics, j int) float64 {
	return 1 / math.Sqrt(float64(s.Variance[j])+b.Epsilon)
}

// Forward computes y of m pixels.
func (b Norm) Forward(m int, x []float32, a Affine, y []float32) {
	apply := f32.ScaleShift
	if b.ReLU {
		apply = f32.ScaleShiftReLU
	}
	b.blocks(m, func(lo, count int) {
		apply(count, b.Channels, x[lo*b.Channels:], b.Channels, a.Scale, a.Shift, y[lo*b.Channels:], b.Channels)
	})
}

// GradSums are sums over a piece's pixels: of the gradient, and of its products with x − mean.
type GradSums struct{ DY, Product []float32 } // of each channel

// GradSums computes the sums of the gradient dy in y, cut off where y is. y is read only where ReLU is set.
func (b Norm) GradSums(m int, x, mean, y, dy []float32, to GradSums, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	clear(to.DY)
	clear(to.Product)
	cut := b.cutter(y, dy, arena)
	b.blocks(m, func(lo, count int) {
		d := cut(lo, count)
		f32.SumRows(count, b.Channels, d, b.Channels, to.DY)
		f32.SumProducts(count, b.Channels, x[lo*b.Channels:], b.Channels, mean, d, b.Channels, to.Product)
	})
}

// cutter returns the function that gives a block of dy behind the ReLU.
func (b Norm) cutter(y, dy []float32, arena *nn.Arena) func(lo, count int) []float32 {
	if !b.ReLU {
		return func(lo, count int) []float32 { return dy[lo*b.Channels : (lo+count)*b.Channels] }
	}
	buffer := arena.Take(b.blockPixels() * b.Channels)
	return func(lo, count int) []float32 {
		from, to := lo*b.Channels, (lo+count)*b.Channels
		d := buffer[:to-from]
		f32.ReLUGrad(d, dy[from:to], y[from:to])
		return d
	}
}

// Slopes say what the gradient in x is: DY·dy + X·x + One.
type Slopes struct{ DY, X, One []float32 }

// FinishGrad computes from the pieces' sums, in their order, the gradients of gamma and beta and the slopes, m being the
// pixels of the batch.
func (b Norm) FinishGrad(m int, s Statistics, gamma []float32, pieces []GradSums, dgamma, dbeta []float32, to Slopes) {
	for j := range gamma {
		var sum, product float64
		for i := range pieces {
			sum += float64(pieces[i].DY[j])
			product += float64(pieces[i].Product[j])
		}
		inverse := b.inverse(s, j)
		dbeta[j], dgamma[j] = float32(sum), float32(product*inverse)
		scale := float64(gamma[j]) * inverse
		x := -scale * inverse * inverse * product / float64(m)
		to.DY[j], to.X[j] = float32(scale), float32(x)
		to.One[j] = float32(-scale*sum/float64(m) - x*float64(s.Mean[j]))
	}
}

// InputGrad computes the gradient in x of m pixels, or adds it to dx.
func (b Norm) InputGrad(m int, x, y, dy []float32, s Slopes, dx []float32, add bool, arena *nn.Arena) {
	defer arena.Release(arena.Mark())
	cut := b.cutter(y, dy, arena)
	c := b.Channels
	b.blocks(m, func(lo, count int) {
		d, to := cut(lo, count), dx[lo*c:]
		if add {
			f32.AddTaps(count, c, 1, d, c, 0, s.DY, to, c)
			f32.AddBias(count, c, to, c, s.One)
		} else {
			f32.ScaleShift(count, c, d, c, s.DY, s.One, to, c)
		}
		f32.AddTaps(count, c, 1, x[lo*c:], c, 0, s.X, to, c)
	})
}
