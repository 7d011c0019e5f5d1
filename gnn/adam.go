package gnn

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/descent"
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
	moments []descent.Moments
}

// Reset forgets the moments, for parameters that start afresh.
func (a *Adam) Reset() {
	a.steps = 0
	for _, m := range a.moments {
		m.Clear()
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
	rule := descent.Adam{LearningRate: a.LearningRate, Beta1: a.Beta1, Beta2: a.Beta2, Epsilon: a.Epsilon}
	scale := descent.ClipScale(a.ClipNorm, grads...)
	for i, v := range values {
		rule.Move(a.steps, v, a.moments[i], grads[i:i+1], scale, true)
	}
	setScalars(params, values, grads)
	return nil
}

// remember makes the moments at the first step and checks at later ones that they fit.
func (a *Adam) remember(values [][]float32) error {
	if a.moments == nil {
		for _, v := range values {
			a.moments = append(a.moments, descent.NewMoments(len(v)))
		}
	}
	if len(a.moments) != len(values) {
		return fmt.Errorf("Adam: %w: %d parameters after %d", ErrShape, len(values), len(a.moments))
	}
	for i, v := range values {
		if len(v) != len(a.moments[i].First) {
			return fmt.Errorf("Adam: parameter %d: %w: %d values after %d", i, ErrShape, len(v), len(a.moments[i].First))
		}
	}
	return nil
}
