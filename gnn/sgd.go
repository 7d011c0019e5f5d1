package gnn

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/internal/descent"
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/parallel"
	G "gorgonia.org/gorgonia"
)

var _ G.Solver = (*SGD)(nil)

// SGD is stochastic gradient descent with momentum and weight decay as in PyTorch. It is a
// gorgonia.Solver. A parameter p with gradient g is updated as follows:
//
//	g ← g + WeightDecay·p
//	v ← Momentum·v + g
//	p ← p − LearningRate·v, with Nesterov p − LearningRate·(g + Momentum·v)
//
// Every parameter decays, including those of batch normalization, as in the published training of
// NAS-Bench-201. (Gorgonia's own Momentum does not have a Nesterov form, and its weight decay
// applies to the velocity.)
//
// Step returns an error if a setting is invalid. Like Gorgonia's solvers, it leaves the gradients at
// zero.
type SGD struct {
	LearningRate float64 // learning rate of the next step, at least 0; 0 leaves the parameters unchanged
	Momentum     float64 // at least 0 (plain descent) and below 1
	Nesterov     bool    // Nesterov momentum (Sutskever et al. 2013)
	WeightDecay  float64 // at least 0; 0 means none
	// ClipNorm is the maximum Euclidean norm of all gradients together, before the weight decay;
	// larger gradients are scaled down to it. It must not be negative. 0 means no limit.
	ClipNorm float64
	// Velocity is v of each parameter, by its position in the list passed to Step, which must be the
	// same in every step. The first step creates it if it is nil. It is exported so that it can be
	// saved and restored.
	Velocity [][]float32
}

// Step updates every parameter by its gradient.
func (s *SGD) Step(params []G.ValueGrad) error {
	if err := s.validate(); err != nil {
		return fmt.Errorf("SGD: %w", err)
	}
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

func (s *SGD) validate() error {
	return checkSettings(
		setting{"LearningRate", s.LearningRate, 0, math.MaxFloat32},
		setting{"Momentum", s.Momentum, 0, 1},
		setting{"WeightDecay", s.WeightDecay, 0, math.MaxFloat32},
		setting{"ClipNorm", s.ClipNorm, 0, math.MaxFloat32},
	)
}

// move makes the step for some values. It overwrites their gradient.
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

// remember creates the velocity in the first step and checks that it fits in later ones.
func (s *SGD) remember(values [][]float32) error {
	if s.Velocity == nil {
		for _, p := range values {
			s.Velocity = append(s.Velocity, make([]float32, len(p)))
		}
	}
	if len(s.Velocity) != len(values) {
		return fmt.Errorf("%w: got %d parameters, but Velocity has %d", ErrShape, len(values), len(s.Velocity))
	}
	for i, p := range values {
		if len(p) != len(s.Velocity[i]) {
			return fmt.Errorf("parameter %d: %w: got %d values, but its Velocity has %d", i, ErrShape, len(p), len(s.Velocity[i]))
		}
	}
	return nil
}
