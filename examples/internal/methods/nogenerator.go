package methods

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// withoutGenerator is a preset in which the generator's draws are replaced by the same number of random draws. Everything
// else is the same: the same seed gives the same first trials, and candidates from the same streams of random numbers. The
// difference between the two is the contribution of the learned distribution.
func withoutGenerator(p Settings) New {
	return func(t Task) (rl.Method, rl.Config, error) {
		explorer, err := explore.Paper(t.Space)
		if err != nil {
			return nil, rl.Config{}, err
		}
		method, config := p(scattered{space: t.Space, explorer: explorer, uniform: explore.NewUniformLabels(t.Space)})
		return method, config, nil
	}
}

// scattered is a Model that does not learn: it draws from the whole space, half of the time with the paper's explorer and
// otherwise uniformly.
type scattered struct {
	space             searchspace.Space
	explorer, uniform generator.GraphGenerator
}

var _ generator.Model = scattered{}

// Sample draws from the whole space. If the space forbids what the explorer draws, all draws are
// uniform.
func (s scattered) Sample(ctx context.Context, rng *rand.Rand, n int) ([]searchspace.Arch, error) {
	archs := make([]searchspace.Arch, 0, n)
	for range n {
		from := s.uniform
		if rng.IntN(2) == 0 {
			from = s.explorer
		}
		drawn, err := from.Sample(ctx, rng, 1)
		if errors.Is(err, explore.ErrRejected) {
			drawn, err = s.uniform.Sample(ctx, rng, 1)
		}
		if err != nil {
			return archs, err
		}
		archs = append(archs, drawn...)
	}
	return archs, nil
}

// Space returns the space.
func (s scattered) Space() searchspace.Space { return s.space }

// Fit learns nothing.
func (scattered) Fit(context.Context, *rand.Rand, []generator.Example, generator.FitOptions) (generator.FitReport, error) {
	return generator.FitReport{}, nil
}

// Reset changes nothing.
func (scattered) Reset(*rand.Rand) {}

// errNoModel is the error of the methods that only a real generator has.
var errNoModel = errors.New("random draws instead of a generator have no probabilities")

// LogProb returns an error.
func (scattered) LogProb(context.Context, []searchspace.Arch) ([]float64, error) {
	return nil, errNoModel
}

// MostProbable returns an error.
func (scattered) MostProbable(context.Context, int, int) ([]generator.Scored, error) {
	return nil, errNoModel
}

// Save returns an error.
func (scattered) Save(io.Writer) error { return errNoModel }
