// Package descent contains code shared by the optimizers of this module: the step of Adam, and
// gradient clipping.
package descent

import (
	"cmp"
	"math"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/parallel"
)

// Adam contains the constants of the optimizer of Kingma & Ba 2014 (arXiv 1412.6980).
type Adam struct {
	LearningRate float64 // 0 means 1e-3
	Beta1        float64 // 0 means 0.9
	Beta2        float64 // 0 means 0.999
	Epsilon      float64 // 0 means 1e-8
}

// Moments are running means of a vector's gradients and of their squares.
type Moments struct{ First, Second []float32 }

// NewMoments returns zero moments for a vector of n values.
func NewMoments(n int) Moments { return Moments{make([]float32, n), make([]float32, n)} }

// Clear sets the moments to zero.
func (m Moments) Clear() {
	clear(m.First)
	clear(m.Second)
}

// piece is the number of values that one processor updates at a time.
const piece = 1 << 14

// maxGradients is the largest number of gradients that Move sums.
const maxGradients = 8

// Move makes a step, counted from 1, for the sum of 1 to 8 gradients times scale. If clearing is
// set, it sets the gradients to zero.
func (a Adam) Move(step int, x []float32, m Moments, grads [][]float32, scale float32, clearing bool) {
	beta1, beta2, epsilon := cmp.Or(a.Beta1, 0.9), cmp.Or(a.Beta2, 0.999), cmp.Or(a.Epsilon, 1e-8)
	size := cmp.Or(a.LearningRate, 1e-3) / (1 - math.Pow(beta1, float64(step)))
	root := math.Sqrt(1 - math.Pow(beta2, float64(step)))
	parallel.Do((len(x)+piece-1)/piece, func(i int) {
		lo, hi := i*piece, min((i+1)*piece, len(x))
		var parts [maxGradients][]float32
		for k, g := range grads {
			parts[k] = g[lo:hi]
		}
		f32.Adam(x[lo:hi], m.First[lo:hi], m.Second[lo:hi], parts[:len(grads)], scale,
			float32(beta1), float32(beta2), float32(size), float32(root), float32(epsilon))
		if clearing {
			for _, g := range parts[:len(grads)] {
				clear(g)
			}
		}
	})
}
