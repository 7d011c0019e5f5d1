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

// Sampler draws architectures. Every generator.GraphGenerator is one, the learned ones among them.
type Sampler interface {
	// Sample returns n architectures. What is random about them follows from rng.
	Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error)
}

// EpochSteps is how many steps an epoch has.
func (s *Supernet) EpochSteps() int { return s.train.epochSteps() }

// Steps is how many steps have been trained in all.
func (s *Supernet) Steps() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.steps
}

// TotalSteps is how many steps the recipe's epochs have. After them the learning rate is zero.
func (s *Supernet) TotalSteps() int { return s.config.Recipe.Epochs * s.EpochSteps() }

// Train trains for some steps, as many as are left of TotalSteps at most. Each has the sampler draw the recipe's number of
// architectures and moves those weights that one of them has, by the mean gradient over a batch; others stay as they are,
// momentum and decay of theirs too. It returns the means over steps and architectures, of networks as they were before their
// step; zero where no step is left.
//
// The error wraps the sampler's, oracle.ErrDiverged where a loss is no finite number, the cause of ctx where that has ended,
// and evaluator.ErrBroken where an image cannot be read. The steps before it are trained.
func (s *Supernet) Train(ctx context.Context, sampler Sampler, steps int) (oracle.Figures, error) {
	if sampler == nil {
		return oracle.Figures{}, errors.New("training a supernet: nothing draws architectures")
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

// draw draws a step's architectures, and builds their networks in one memory. It also returns where their parameters lie.
func (s *Supernet) draw(ctx context.Context, sampler Sampler) ([]*network.Network, []interval, error) {
	n := s.config.Recipe.Archs
	archs, err := sampler.Sample(ctx, domain.Stream(s.config.Seed, s.steps, forArchs), n)
	if err == nil && len(archs) != n {
		err = fmt.Errorf("%d architectures, not %d", len(archs), n)
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

// descent computes the mean gradient of some networks over a batch.
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

// move moves the parameters of the given places.
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

// section is a part of the flat parameters together with its gradient.
type section struct{ value, grad *tensor.Dense }

func (s section) Value() G.Value         { return s.value }
func (s section) Grad() (G.Value, error) { return s.grad, nil }

func dense(x []float32) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(x)), tensor.WithBacking(x))
}
