package rl

import (
	"cmp"
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/generator"
)

// Replay is the paper's learner: before each group it trains a freshly initialised generator on the best architectures so
// far, each weighted by its reward. Zero fields mean the paper's values for CIFAR-10.
type Replay struct {
	// Keep is how many of the best architectures are learned from; 0 means 15.
	Keep int
	// Epochs is the number of passes over them; 0 means 70.
	Epochs int
	// Reward weighs them, given their State.Scores from best to worst: their values, or with several objectives or limits
	// what their rank among all evaluations gives. Nil means RankReward.
	Reward Reward
	// Continue goes on from the weights that the model has, in place of a fresh start before each training. Use it with a
	// model that an earlier search trained.
	Continue bool
	// Fit has the other settings of the training. Its Epochs is ignored.
	Fit generator.FitOptions
}

var _ Learner = Replay{}

// OnPolicy returns false: what was evaluated before need not be drawn again.
func (Replay) OnPolicy() bool { return false }

// Learn trains on the best.
func (r Replay) Learn(ctx context.Context, s *State, m generator.Model) (generator.FitReport, error) {
	best := s.Top(cmp.Or(r.Keep, 15))
	reward := r.Reward
	if reward == nil {
		reward = RankReward
	}
	weights, err := reward.Of(s.Scores(best))
	if err != nil {
		return generator.FitReport{}, err
	}
	data := make([]generator.Example, len(best))
	for i, e := range best {
		data[i] = generator.Example{Arch: e.Arch, Weight: weights[i]}
	}
	rng := s.Rand(ToFit)
	if !r.Continue {
		m.Reset(rng)
	}
	o := r.Fit
	o.Epochs = cmp.Or(r.Epochs, 70)
	report, err := m.Fit(ctx, rng, data, o)
	if err != nil {
		return report, fmt.Errorf("learning from the best %d: %w", len(best), err)
	}
	return report, nil
}

// Validate returns what is wrong with the settings.
func (r Replay) Validate() error {
	if r.Keep < 0 || r.Epochs < 0 {
		return fmt.Errorf("Replay: Keep and Epochs must not be negative, got %d and %d", r.Keep, r.Epochs)
	}
	o := r.Fit
	o.Epochs = r.Epochs
	if err := o.Validate(); err != nil {
		return fmt.Errorf("Replay: %w", err)
	}
	return nil
}
