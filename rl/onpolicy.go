package rl

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/generator"
	"gonum.org/v1/gonum/stat"
)

// OnPolicy is REINFORCE as in the textbooks (Williams 1992): after each round one step along
//
//	Σ (reward − baseline) ∇ log P(architecture)
//
// with the exact log-probability, over what the generator has just drawn; the baseline is an exponentially weighted
// moving average of the rounds' mean rewards. Rounds that explore are no draws of the generator, and so are not learned
// from. Zero fields take the values given.
type OnPolicy struct {
	// Reward of each architecture of a round, given their objectives; nil: RawReward.
	Reward Reward
	// Decay is how much of the baseline stays from round to round, between 0 and 1; 0: 0.9.
	Decay float64
	// Entropy is what a nat of entropy along the paths is worth, in units of reward; it keeps the generator from
	// settling too early.
	Entropy float64
	// LearningRate of Adam; 0: 1e-3.
	LearningRate float64
	// ClipNorm bounds the norm of the gradient; 0: 1.
	ClipNorm float64
}

var _ Learner = OnPolicy{}

// OnPolicy is true.
func (OnPolicy) OnPolicy() bool { return true }

// Prepare does nothing: the generator is what its steps have made it.
func (OnPolicy) Prepare(context.Context, Session) (generator.FitReport, error) {
	return generator.FitReport{}, nil
}

// Update makes one step.
func (o OnPolicy) Update(ctx context.Context, s Session, drawn []Evaluation) (generator.FitReport, error) {
	if len(drawn) == 0 {
		return generator.FitReport{}, nil
	}
	baseline, err := o.baseline(s.History)
	if err != nil {
		return generator.FitReport{}, err
	}
	rewards, err := o.reward().of(drawn)
	if err != nil {
		return generator.FitReport{}, err
	}
	data := make([]generator.Example, len(drawn))
	for i, e := range drawn {
		data[i] = generator.Example{Arch: e.Arch, Weight: rewards[i] - baseline}
	}
	report, err := s.Model.Fit(ctx, s.Rand, data, o.step(len(data)))
	if err != nil {
		return report, fmt.Errorf("learning from round %d: %w", len(s.History.Rounds)-1, err)
	}
	return report, nil
}

// step is one over a whole batch.
func (o OnPolicy) step(batch int) generator.FitOptions {
	return generator.FitOptions{
		Loss: generator.LogLikelihood, Epochs: 1, BatchSize: batch,
		LearningRate: o.LearningRate, Entropy: o.Entropy, ClipNorm: orDefault(o.ClipNorm, 1),
	}
}

// baseline is the moving average over all earlier rounds that the generator drew, the last of the history being the
// present one. The first such round is its own baseline.
func (o OnPolicy) baseline(h *History) (float64, error) {
	decay := orDefault(o.Decay, 0.9)
	var average float64
	begun := false
	for i, round := range h.Rounds {
		last := i == len(h.Rounds)-1
		if round.Explored || last && begun {
			continue
		}
		var drawn []Evaluation
		for _, index := range round.Drawn {
			if e := h.Evaluations[index]; e.Err == nil {
				drawn = append(drawn, e)
			}
		}
		if len(drawn) == 0 {
			continue
		}
		rewards, err := o.reward().of(drawn)
		if err != nil {
			return 0, err
		}
		mean := stat.Mean(rewards, nil)
		if !begun {
			average, begun = mean, true
			continue
		}
		average = decay*average + (1-decay)*mean
	}
	return average, nil
}

func (o OnPolicy) reward() Reward {
	if o.Reward == nil {
		return RawReward
	}
	return o.Reward
}

func (o OnPolicy) validate() error {
	if !(o.Decay >= 0 && o.Decay < 1) || o.Entropy < 0 {
		return fmt.Errorf("on-policy learning with decay %v and entropy worth %v", o.Decay, o.Entropy)
	}
	if err := o.step(1).Validate(); err != nil {
		return fmt.Errorf("on-policy learning: %w", err)
	}
	return nil
}
