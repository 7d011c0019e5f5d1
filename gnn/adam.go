package gnn

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/parallel"
	G "gorgonia.org/gorgonia"
)

var _ G.Solver = (*Adam)(nil)

// Adam is the optimiser of Kingma & Ba 2014 (arXiv 1412.6980) as one fused pass over each parameter, a gorgonia.Solver.
// The zero Adam has the published constants. It keeps a first and a second moment for each parameter, by its place in the
// list given to Step, which must be the same at every step. As Gorgonia's own solvers do, Step leaves the gradients at
// zero, since a machine that binds dual values adds to them.
type Adam struct {
	LearningRate float64 // 0: 1e-3
	Beta1        float64 // 0: 0.9
	Beta2        float64 // 0: 0.999
	Epsilon      float64 // 0: 1e-8
	// ClipNorm bounds the Euclidean norm of all gradients together: where it is larger they are scaled down to it.
	// 0: no bound.
	ClipNorm float64

	steps   int
	moments []moments
}

type moments struct{ first, second []float32 }

// Reset forgets the moments, for parameters that start afresh.
func (a *Adam) Reset() {
	a.steps = 0
	for _, m := range a.moments {
		clear(m.first)
		clear(m.second)
	}
}

// Step moves every parameter by its gradient.
func (a *Adam) Step(params []G.ValueGrad) error {
	values, grads, err := learned(params)
	if err != nil {
		return fmt.Errorf("Adam: %w", err)
	}
	if err := a.remember(values); err != nil {
		return err
	}
	a.steps++
	beta1, beta2 := orDefault(a.Beta1, 0.9), orDefault(a.Beta2, 0.999)
	stepSize := orDefault(a.LearningRate, 1e-3) / (1 - math.Pow(beta1, float64(a.steps)))
	root := math.Sqrt(1 - math.Pow(beta2, float64(a.steps)))
	scale := clipScale(grads, a.ClipNorm)
	for i, v := range values {
		m, g := a.moments[i], grads[i]
		parallel.Do((len(v)+solverPiece-1)/solverPiece, func(piece int) {
			lo, hi := piece*solverPiece, min((piece+1)*solverPiece, len(v))
			f32.Adam(v[lo:hi], m.first[lo:hi], m.second[lo:hi], [][]float32{g[lo:hi]}, scale,
				float32(beta1), float32(beta2), float32(stepSize), float32(root), float32(orDefault(a.Epsilon, 1e-8)))
			clear(g[lo:hi])
		})
	}
	setScalars(params, values, grads)
	return nil
}

// remember makes the moments at the first step and checks at later ones that they fit.
func (a *Adam) remember(values [][]float32) error {
	if a.moments == nil {
		for _, v := range values {
			a.moments = append(a.moments, moments{make([]float32, len(v)), make([]float32, len(v))})
		}
	}
	if len(a.moments) != len(values) {
		return fmt.Errorf("Adam: %w: %d parameters after %d", ErrShape, len(values), len(a.moments))
	}
	for i, v := range values {
		if len(v) != len(a.moments[i].first) {
			return fmt.Errorf("Adam: parameter %d: %w: %d values after %d", i, ErrShape, len(v), len(a.moments[i].first))
		}
	}
	return nil
}

func orDefault(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return v
}
