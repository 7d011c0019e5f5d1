package conv_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/internal/conv"
	"github.com/graphpnas/graphpnas/internal/nn"
)

// normPass is a pass over a batch in pieces.
type normPass struct {
	conv.Norm
	sizes      []int // number of pixels of each piece
	statistics conv.Statistics
	y          []float32
	arena      *nn.Arena // arena of the last backward pass
}

func (p *normPass) pieces(f func(i, lo, hi int)) (pixels int) {
	for i, size := range p.sizes {
		f(i, pixels*p.Channels, (pixels+size)*p.Channels)
		pixels += size
	}
	return pixels
}

func (p *normPass) forward(x, gamma, beta []float32) []float32 {
	c := p.Channels
	moments := make([]conv.Moments, len(p.sizes))
	p.pieces(func(i, lo, hi int) {
		moments[i] = conv.Moments{Center: make([]float32, c), Sum: make([]float32, c), Square: make([]float32, c)}
		p.Sum(p.sizes[i], x[lo:hi], &moments[i])
	})
	p.statistics = conv.Statistics{Mean: make([]float32, c), Variance: make([]float32, c)}
	p.statistics.Finish(moments)
	a := conv.Affine{Scale: make([]float32, c), Shift: make([]float32, c)}
	p.Affine(p.statistics, gamma, beta, a)
	p.y = make([]float32, len(x))
	p.pieces(func(i, lo, hi int) { p.Forward(p.sizes[i], x[lo:hi], a, p.y[lo:hi]) })
	return p.y
}

func (p *normPass) backward(x, gamma, dy, dx []float32, add bool) (dgamma, dbeta []float32) {
	c := p.Channels
	p.arena = arena(p.Scratch())
	sums := make([]conv.GradSums, len(p.sizes))
	m := p.pieces(func(i, lo, hi int) {
		sums[i] = conv.GradSums{DY: make([]float32, c), Product: make([]float32, c)}
		p.GradSums(p.sizes[i], x[lo:hi], p.statistics.Mean, p.y[lo:hi], dy[lo:hi], sums[i], p.arena)
	})
	dgamma, dbeta = make([]float32, c), make([]float32, c)
	slopes := conv.Slopes{DY: make([]float32, c), X: make([]float32, c), One: make([]float32, c)}
	p.FinishGrad(m, p.statistics, gamma, sums, dgamma, dbeta, slopes)
	p.pieces(func(i, lo, hi int) {
		p.InputGrad(p.sizes[i], x[lo:hi], p.y[lo:hi], dy[lo:hi], slopes, dx[lo:hi], add, p.arena)
	})
	return dgamma, dbeta
}

func TestNorm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := drawRand(t)
		p := &normPass{
			Norm:  conv.Norm{Channels: rapid.IntRange(1, 18).Draw(t, "channels"), ReLU: rapid.Bool().Draw(t, "relu"), Epsilon: 1e-5},
			sizes: rapid.SliceOfN(rapid.IntRange(1, 30), 1, 4).Draw(t, "pieces"),
		}
		c, m := p.Channels, p.pieces(func(int, int, int) {})
		if m < 10 {
			t.Skip("hardly a batch")
		}
		x, gamma, beta := random(rng, m*c), random(rng, c), random(rng, c)
		mean := float32(rapid.SampledFrom([]int{0, 3, 30}).Draw(t, "mean"))
		for i := range x {
			x[i] += mean
		}
		requireClose(t, normalized(p.Norm, m, x, gamma, beta), p.forward(x, gamma, beta), 2e-3, "forward")

		if p.ReLU { // move the kinks away from the inputs
			for j := range beta {
				beta[j] = 50 * float32(rng.IntN(2)*2-1)
			}
		}
		requireInputGrad(t, rng, func(x []float32) []float32 { return p.forward(x, gamma, beta) }, x, func(dy, dx []float32, add bool) {
			p.forward(x, gamma, beta)
			p.backward(x, gamma, dy, dx, add)
		}, 0.02)
		dy, dx := random(rng, len(x)), make([]float32, len(x))
		p.forward(x, gamma, beta)
		dgamma, dbeta := p.backward(x, gamma, dy, dx, false)
		require.Equal(t, p.Scratch(), p.arena.Len(), "more than the scratch")
		requireGradient(t, rng, func(g []float32) []float32 { return p.forward(x, g, beta) }, gamma, dy, dgamma, 0.1, "gamma")
		requireGradient(t, rng, func(b []float32) []float32 { return p.forward(x, gamma, b) }, beta, dy, dbeta, 0.1, "beta")
	})
}

// normalized implements the formula.
func normalized(b conv.Norm, m int, x, gamma, beta []float32) []float32 {
	y := make([]float32, len(x))
	for j := range b.Channels {
		var mean, square float64
		for i := range m {
			mean += float64(x[i*b.Channels+j]) / float64(m)
		}
		for i := range m {
			square += math.Pow(float64(x[i*b.Channels+j])-mean, 2) / float64(m)
		}
		for i := range m {
			k := i*b.Channels + j
			v := (float64(x[k])-mean)/math.Sqrt(square+b.Epsilon)*float64(gamma[j]) + float64(beta[j])
			if b.ReLU {
				v = max(0, v)
			}
			y[k] = float32(v)
		}
	}
	return y
}

func TestNormGradientIsCutOffWithReLU(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	cut := &normPass{Norm: conv.Norm{Channels: 5, ReLU: true, Epsilon: 1e-5}, sizes: []int{7, 4}}
	plain := &normPass{Norm: conv.Norm{Channels: 5, Epsilon: 1e-5}, sizes: []int{7, 4}}
	x, gamma, beta, dy := random(rng, 55), random(rng, 5), random(rng, 5), random(rng, 55)
	got, want := make([]float32, 55), make([]float32, 55)
	y := cut.forward(x, gamma, beta)
	plain.forward(x, gamma, beta)
	cut.backward(x, gamma, dy, got, false)
	for i := range dy {
		if y[i] <= 0 {
			dy[i] = 0
		}
	}
	plain.backward(x, gamma, dy, want, false)
	requireClose(t, want, got, 1e-6, "gradient")
}

func TestCrossEntropy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng, n := drawRand(t), rapid.IntRange(1, 5).Draw(t, "images")
		l := conv.CrossEntropy{Classes: rapid.IntRange(2, 7).Draw(t, "classes"), Smoothing: rapid.SampledFrom([]float64{0, 0.1}).Draw(t, "smoothing")}
		logits, labels := random(rng, n*l.Classes), make([]int, n)
		want, right := 0.0, 0
		for i := range labels {
			labels[i] = rng.IntN(l.Classes)
			row := logits[i*l.Classes : (i+1)*l.Classes]
			total, best := 0.0, 0
			for j, v := range row {
				total += math.Exp(float64(v))
				if v > row[best] {
					best = j
				}
			}
			for j, v := range row {
				target := l.Smoothing / float64(l.Classes)
				if j == labels[i] {
					target += 1 - l.Smoothing
				}
				want -= target * (float64(v) - math.Log(total))
			}
			if best == labels[i] {
				right++
			}
		}
		loss, correct := l.Loss(n, logits, labels)
		require.InDelta(t, want, loss, 1e-5*(1+want))
		require.Equal(t, right, correct)
		grad := make([]float32, len(logits))
		l.Grad(n, logits, labels, 0.5, grad)
		requireGradient(t, rng, func(z []float32) []float32 {
			loss, _ := l.Loss(n, z, labels)
			return []float32{float32(loss)}
		}, logits, []float32{0.5}, grad, 0.01, "logits")
	})
}
