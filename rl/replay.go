package rl

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/generator"
)

// Replay is the paper's learner: before each round of the generator it trains a freshly initialised one on the best
// architectures so far, each weighted by its reward. Zero fields take the paper's values for CIFAR-10.
type Replay struct {
	// Keep is how many of the best architectures are learned from; 0: 15.
	Keep int
	// Epochs is the number of passes over them; 0: 70.
	Epochs int
	// Reward is the weight of each, given their objectives from best to worst; nil: RankReward.
	Reward Reward
	// Fit has everything else about the training. Its Epochs is not used.
	Fit generator.FitOptions
}

var _ Learner = Replay{}

// OnPolicy is false: what was evaluated before need not be drawn again.
func (Replay) OnPolicy() bool { return false }

// Prepare trains a fresh generator.
func (r Replay) Prepare(ctx context.Context, s Session) (generator.FitReport, error) {
	best := s.History.Top(orDefault(r.Keep, 15))
	reward := r.Reward
	if reward == nil {
		reward = RankReward
	}
	weights, err := reward.of(best)
	if err != nil {
		return generator.FitReport{}, err
	}
	data := make([]generator.Example, len(best))
	for i, e := range best {
		data[i] = generator.Example{Arch: e.Arch, Weight: weights[i]}
	}
	s.Model.Reset(s.Rand)
	o := r.Fit
	o.Epochs = orDefault(r.Epochs, 70)
	report, err := s.Model.Fit(ctx, s.Rand, data, o)
	if err != nil {
		return report, fmt.Errorf("learning from the best %d: %w", len(best), err)
	}
	return report, nil
}

// Update does nothing: the next Prepare sees the results.
func (Replay) Update(context.Context, Session, []Evaluation) (generator.FitReport, error) {
	return generator.FitReport{}, nil
}

func (r Replay) validate() error {
	if r.Keep < 0 || r.Epochs < 0 {
		return fmt.Errorf("replay of the best %d in %d epochs", r.Keep, r.Epochs)
	}
	o := r.Fit
	o.Epochs = r.Epochs
	if err := o.Validate(); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	return nil
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
