package gnn

import (
	"cmp"
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/internal/descent"
	G "gorgonia.org/gorgonia"
)

var _ G.Solver = (*Adam)(nil)

// Adam is the optimizer of Kingma & Ba 2014 (arXiv 1412.6980), implemented as one fused pass over
// each parameter. It is a gorgonia.Solver. The zero Adam uses the published constants. It keeps a
// first and a second moment for each parameter, by its position in the list passed to Step, which
// must be the same in every step. Step returns an error if a setting is invalid. Like Gorgonia's
// solvers, it leaves the gradients at zero, because machines that bind dual values add to them.
type Adam struct {
	LearningRate float64 // positive; 0 means 1e-3
	Beta1        float64 // positive and below 1; 0 means 0.9
	Beta2        float64 // positive and below 1; 0 means 0.999
	Epsilon      float64 // at least 1e-38; 0 means 1e-8
	// ClipNorm is the maximum Euclidean norm of all gradients together; larger gradients are scaled
	// down to it. It must not be negative. 0 means no limit.
	ClipNorm float64

	steps   int
	moments []descent.Moments
}

// Reset clears the moments. Call it when the parameters have been reinitialized.
func (a *Adam) Reset() {
	a.steps = 0
	for _, m := range a.moments {
		m.Clear()
	}
}

// Step updates every parameter by its gradient.
func (a *Adam) Step(params []G.ValueGrad) error {
	if err := a.validate(); err != nil {
		return fmt.Errorf("Adam: %w", err)
	}
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

func (a *Adam) validate() error {
	return checkSettings(
		setting{"LearningRate", a.LearningRate, 0, math.MaxFloat32},
		setting{"Beta1", a.Beta1, 0, 1},
		setting{"Beta2", a.Beta2, 0, 1},
		setting{"Epsilon", cmp.Or(a.Epsilon, 1e-8), 1e-38, math.MaxFloat32},
		setting{"ClipNorm", a.ClipNorm, 0, math.MaxFloat32},
	)
}

// remember creates the moments in the first step and checks that they fit in later ones.
func (a *Adam) remember(values [][]float32) error {
	if a.moments == nil {
		for _, v := range values {
			a.moments = append(a.moments, descent.NewMoments(len(v)))
		}
	}
	if len(a.moments) != len(values) {
		return fmt.Errorf("Adam: %w: got %d parameters, want %d as in the first step", ErrShape, len(values), len(a.moments))
	}
	for i, v := range values {
		if len(v) != len(a.moments[i].First) {
			return fmt.Errorf("Adam: parameter %d: %w: got %d values, want %d as in the first step", i, ErrShape, len(v), len(a.moments[i].First))
		}
	}
	return nil
}
