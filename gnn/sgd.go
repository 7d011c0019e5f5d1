package gnn

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/descent"
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/parallel"
	G "gorgonia.org/gorgonia"
)

var _ G.Solver = (*SGD)(nil)

// SGD is stochastic gradient descent with momentum and weight decay as PyTorch has it, a gorgonia.Solver. A parameter p
// whose gradient is g moves so:
//
//	g ← g + WeightDecay·p
//	v ← Momentum·v + g
//	p ← p − LearningRate·v, with Nesterov p − LearningRate·(g + Momentum·v)
//
// Every parameter decays, those of batch normalisation too, as in the published trainings of NAS-Bench-201. (Gorgonia's own
// Momentum has no Nesterov form, and its weight decay is that of the velocity.)
//
// As Gorgonia's own solvers do, Step leaves the gradients at zero.
type SGD struct {
	LearningRate float64 // of the next step; 0 leaves the parameters where they are
	Momentum     float64 // from 0, plain descent, to below 1
	Nesterov     bool    // looks a step of the momentum ahead (Sutskever et al. 2013)
	WeightDecay  float64 // 0: none
	// ClipNorm bounds the Euclidean norm of all gradients together, before the weight decay: where it is larger they are
	// scaled down to it. 0: no bound.
	ClipNorm float64
	// Velocity is v of each parameter, by its place in the list given to Step, which must be the same at every step. The first
	// step makes it. It is here to be saved and set again; nil begins afresh.
	Velocity [][]float32
}

// Step moves every parameter by its gradient.
func (s *SGD) Step(params []G.ValueGrad) error {
	values, grads, err := learned(params)
	if err != nil {
		return fmt.Errorf("SGD: %w", err)
	}
	if err := s.remember(values); err != nil {
		return fmt.Errorf("SGD: %w", err)
	}
	scale := descent.ClipScale(s.ClipNorm, grads...)
	for i, p := range values {
		parallel.Do((len(p)+solverPiece-1)/solverPiece, func(piece int) {
			lo, hi := piece*solverPiece, min((piece+1)*solverPiece, len(p))
			s.move(p[lo:hi], s.Velocity[i][lo:hi], grads[i][lo:hi], scale)
		})
	}
	setScalars(params, values, grads)
	return nil
}

// move is the step of some values, whose gradient it uses up.
func (s *SGD) move(p, v, g []float32, scale float32) {
	if scale != 1 {
		f32.Scale(scale, g)
	}
	if s.WeightDecay != 0 {
		f32.Axpy(float32(s.WeightDecay), p, g)
	}
	f32.Scale(float32(s.Momentum), v)
	f32.Add(v, v, g)
	if s.Nesterov {
		f32.Axpy(float32(s.Momentum), v, g)
		f32.Axpy(float32(-s.LearningRate), g, p)
	} else {
		f32.Axpy(float32(-s.LearningRate), v, p)
	}
	clear(g)
}

// remember makes the velocity at the first step and checks at later ones that it fits.
func (s *SGD) remember(values [][]float32) error {
	if s.Velocity == nil {
		for _, p := range values {
			s.Velocity = append(s.Velocity, make([]float32, len(p)))
		}
	}
	if len(s.Velocity) != len(values) {
		return fmt.Errorf("%w: %d parameters with the velocity of %d", ErrShape, len(values), len(s.Velocity))
	}
	for i, p := range values {
		if len(p) != len(s.Velocity[i]) {
			return fmt.Errorf("parameter %d: %w: %d values with a velocity of %d", i, ErrShape, len(p), len(s.Velocity[i]))
		}
	}
	return nil
}
