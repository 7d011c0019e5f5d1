package conv

import (
	"math"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// Norm is batch normalization (Ioffe & Szegedy 2015, arXiv 1502.03167), followed by ReLU if ReLU is
// set. A pass over a batch consists of a pass over its pieces for their moments, the combination of
// these, and another pass over the pieces.
type Norm struct {
	Channels int
	ReLU     bool
	Epsilon  float64 // added to the variance
}

// Scratch returns the maximum arena space of a pass.
func (b Norm) Scratch() int {
	if !b.ReLU {
		return 0
	}
	return nn.Space(b.blockPixels() * b.Channels)
}

// blockPixels returns the number of pixels that fit the first-level cache.
func (b Norm) blockPixels() int { return max(1, blockValues/2/b.Channels) }

// Affine is a linear function of each channel: scale·x + shift.
type Affine struct{ Scale, Shift []float32 }

// Moments are the moments of the pixels in a piece, relative to its first pixel. A center among the
// values preserves the precision of a variance if the mean is far from zero.
type Moments struct {
	Pixels              int
	Center, Sum, Square []float32 // for each channel
}

// Sum computes the moments of m pixels x.
func (b Norm) Sum(m int, x []float32, to *Moments) {
	to.Pixels = m
	copy(to.Center, x)
	clear(to.Sum)
	clear(to.Square)
	b.blocks(m, func(lo, count int) {
		f32.Moments(count, b.Channels, x[lo*b.Channels:], b.Channels, to.Center, to.Sum, to.Square)
	})
}

// blocks calls f for ranges of pixels that fit the first-level cache, because kernels process one
// column at a time.
func (b Norm) blocks(m int, f func(lo, count int)) {
	size := b.blockPixels()
	for lo := 0; lo < m; lo += size {
		f(lo, min(size, m-lo))
	}
}

// Statistics are the statistics of a batch, for each channel.
type Statistics struct {
	Mean, Variance []float32
}

// Finish computes mean and variance from the moments of the pieces, in order (Chan, Golub & LeVeque
// 1979).
func (s Statistics) Finish(pieces []Moments) {
	for j := range s.Mean {
		var n, mean, squares float64
		for i := range pieces {
			p := &pieces[i]
			m := float64(p.Pixels)
			shift := float64(p.Sum[j]) / m
			distance := float64(p.Center[j]) + shift - mean
			squares += float64(p.Square[j]) - shift*shift*m + distance*distance*n*m/(n+m)
			mean += distance * m / (n + m)
			n += m
		}
		s.Mean[j], s.Variance[j] = float32(mean), float32(max(0, squares/n))
	}
}

// Affine computes the linear function that is equivalent to normalization with the given
// statistics, scale and shift.
func (b Norm) Affine(s Statistics, gamma, beta []float32, to Affine) {
	for j := range to.Scale {
		scale := float64(gamma[j]) * b.inverse(s, j)
		to.Scale[j] = float32(scale)
		to.Shift[j] = float32(float64(beta[j]) - float64(s.Mean[j])*scale)
	}
}

// inverse returns the reciprocal of a channel's standard deviation.
func (b Norm) inverse(s Statistics, j int) float64 {
	return 1 / math.Sqrt(float64(s.Variance[j])+b.Epsilon)
}

// Forward computes y for m pixels.
func (b Norm) Forward(m int, x []float32, a Affine, y []float32) {
	apply := f32.ScaleShift
	if b.ReLU {
		apply = f32.ScaleShiftReLU
	}
	b.blocks(m, func(lo, count int) {
		apply(count, b.Channels, x[lo*b.Channels:], b.Channels, a.Scale, a.Shift, y[lo*b.Channels:], b.Channels)
	})
}

// GradSums are sums over the pixels of a piece: of the gradient, and of its products with x − mean.
type GradSums struct{ DY, Product []float32 } // for each channel

// GradSums computes the sums for the gradient dy of y after the ReLU is applied backward. y is read
// only if ReLU is set.
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

// cutter returns a function that returns a block of dy after applying the ReLU backward.
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

// Slopes are the coefficients of the gradient of x: DY·dy + X·x + One.
type Slopes struct{ DY, X, One []float32 }

// FinishGrad computes the gradients of gamma and beta and the slopes from the sums of the pieces,
// in order. m is the number of pixels of the batch.
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

// InputGrad computes the gradient of x for m pixels. If add is set, it is added to dx.
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
