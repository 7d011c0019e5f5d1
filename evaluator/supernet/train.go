package supernet

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
	"github.com/graphpnas/graphpnas/gnn"
	"github.com/graphpnas/graphpnas/internal/f32"
	"github.com/graphpnas/graphpnas/internal/parallel"
	"github.com/graphpnas/graphpnas/searchspace"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Sampler draws architectures. Every generator.GraphGenerator implements it.
type Sampler interface {
	// Sample returns n architectures. It must use rng for all random decisions.
	Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error)
}

// EpochSteps returns the number of steps in an epoch.
func (s *Supernet) EpochSteps() int { return s.train.epochSteps() }

// Steps returns the total number of steps trained so far.
func (s *Supernet) Steps() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.steps
}

// TotalSteps returns the number of steps in all epochs of the recipe. After them the learning rate is zero.
func (s *Supernet) TotalSteps() int { return s.config.Recipe.Epochs * s.EpochSteps() }

// Train trains for the given number of steps, but not beyond TotalSteps. In each step the sampler draws Recipe.Archs architectures, and
// Train updates the parameters that they use with their mean gradient over a batch. Other parameters do not change, not even by
// momentum or weight decay. Train returns the mean loss and accuracy over steps and architectures, each measured before its update. If
// no step is left, the figures are zero.
//
// The error wraps that of the sampler, oracle.ErrDiverged if a loss is NaN or infinite, context.Cause(ctx) if ctx has ended, or
// evaluator.ErrBroken if an image cannot be read. Steps before the error remain trained.
func (s *Supernet) Train(ctx context.Context, sampler Sampler, steps int) (oracle.Figures, error) {
	if sampler == nil {
		return oracle.Figures{}, errors.New("training a supernet: the sampler is nil")
	}
	var sum oracle.Figures
	trained := 0
	for ; trained < steps && s.steps < s.TotalSteps(); trained++ {
		figures, err := s.step(ctx, sampler)
		if err != nil {
			return oracle.Figures{}, fmt.Errorf("step %d of a supernet: %w", s.steps+1, err)
		}
		sum.Loss, sum.Accuracy = sum.Loss+figures.Loss, sum.Accuracy+figures.Accuracy
	}
	n := float64(max(1, trained))
	return oracle.Figures{Loss: sum.Loss / n, Accuracy: sum.Accuracy / n}, nil
}

func (s *Supernet) step(ctx context.Context, sampler Sampler) (oracle.Figures, error) {
	nets, places, err := s.draw(ctx, sampler)
	if err != nil {
		return oracle.Figures{}, err
	}
	stream, err := s.train.stream(s.steps)
	if err != nil {
		return oracle.Figures{}, err
	}
	var figures oracle.Figures
	err = withBatch(ctx, stream, s.steps, func(b network.Batch) error {
		defer parallel.Warm()()
		s.mu.Lock()
		defer s.mu.Unlock()
		if figures, err = s.descent(nets, b); err != nil {
			return err
		}
		return s.move(places)
	})
	return figures, err
}

// draw draws the architectures of a step, and builds their networks in a common workspace. It also returns the union of the intervals
// of their parameters.
func (s *Supernet) draw(ctx context.Context, sampler Sampler) ([]*network.Network, []interval, error) {
	n := s.config.Recipe.Archs
	archs, err := sampler.Sample(ctx, domain.Stream(s.config.Seed, s.steps, forArchs), n)
	if err == nil && len(archs) != n {
		err = fmt.Errorf("the sampler must return %[2]d architectures, got %[1]d", len(archs), n)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("drawing architectures: %w", err)
	}
	nets := make([]*network.Network, n)
	var all []interval
	for i, a := range archs {
		plan, places, err := s.plan(a)
		if err != nil {
			return nil, nil, err
		}
		if nets[i], err = s.build(plan, &s.training); err != nil {
			return nil, nil, err
		}
		all = append(all, places...)
	}
	return nets, union(all), nil
}

// descent computes the mean gradient of the networks over a batch.
func (s *Supernet) descent(nets []*network.Network, b network.Batch) (oracle.Figures, error) {
	clear(s.gradient)
	var mean oracle.Figures
	share := 1 / float64(len(nets))
	for _, net := range nets {
		report, err := net.Gradient(b, 0)
		if err == nil && (math.IsNaN(report.Loss) || math.IsInf(report.Loss, 0)) {
			err = fmt.Errorf("network of %s: %w: its loss is %v", net.Plan().Arch(), oracle.ErrDiverged, report.Loss)
		}
		if err != nil {
			return mean, err
		}
		grad, err := net.Learned()[0].Grad()
		if err != nil {
			return mean, err
		}
		f32.Axpy(float32(share), grad.Data().([]float32), s.gradient)
		mean.Loss += share * report.Loss
		mean.Accuracy += share * 100 * float64(report.Correct) / float64(len(b.Labels))
	}
	return mean, nil
}

// move updates the parameters in the given intervals.
func (s *Supernet) move(places []interval) error {
	var moved []G.ValueGrad
	var velocity [][]float32
	for _, p := range places {
		moved = append(moved, section{dense(s.weights.Params[p.lo:p.hi]), dense(s.gradient[p.lo:p.hi])})
		velocity = append(velocity, s.velocity[p.lo:p.hi])
	}
	rate := gnn.Cosine{Peak: s.config.Recipe.LearningRate, Steps: s.TotalSteps()}.At(s.steps)
	if err := s.config.Recipe.solver(rate, velocity).Step(moved); err != nil {
		return err
	}
	s.steps++
	return nil
}

// section is a part of the flat parameters with its gradient. It implements gorgonia.ValueGrad.
type section struct{ value, grad *tensor.Dense }

func (s section) Value() G.Value         { return s.value }
func (s section) Grad() (G.Value, error) { return s.grad, nil }

func dense(x []float32) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(x)), tensor.WithBacking(x))
}
