package rl

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// OnPolicy is textbook REINFORCE (Williams 1992). Before each group it makes one gradient step
// along
//
//	Σ w (reward − baseline) ∇ log P(architecture)
//
// with the exact log-probability, over the generator's draws whose results have arrived since the last step.
// The baseline is an exponentially weighted moving average of the groups' mean rewards. Trials that explore are
// not draws of the generator and are ignored. Zero fields take the defaults documented for each field.
//
// The weight w is 1 if the generator has not learned since it drew the architecture. With a Lag
// above 1 it may have; then w = min(Truncation, P(architecture) now / P(architecture) when drawn),
// a truncated importance weight (Ionides 2008; Espeholt et al. 2018, arXiv 1802.01561).
type OnPolicy struct {
	// Reward computes the reward of each architecture of a step from its State.Scores: its value or,
	// with several objectives or limits, its rank among all evaluations as a number from 0 to 1. The
	// default is RawReward.
	Reward Reward
	// Decay is the weight of the old baseline in each update, at least 0 and below 1; 0 means 0.9.
	Decay float64
	// Entropy is the bonus for each nat of entropy along the paths, in units of reward; 0 means no
	// bonus. It keeps the generator from converging too early.
	Entropy float64
	// LearningRate is the learning rate of Adam; 0 means 1e-3.
	LearningRate float64
	// ClipNorm is the maximum norm of the gradient; 0 means 1.
	ClipNorm float64
	// Truncation is the maximum importance weight; 0 means 1.
	Truncation float64
}

var _ Learner = OnPolicy{}

// OnPolicy returns true.
func (OnPolicy) OnPolicy() bool { return true }

// Learn makes one step if there are new results of the generator's draws.
func (o OnPolicy) Learn(ctx context.Context, s *State, m generator.Model) (generator.FitReport, error) {
	drawn := drawnByModel(s.Arrived())
	if len(drawn) == 0 {
		return generator.FitReport{}, nil
	}
	baseline, err := o.baseline(s)
	if err != nil {
		return generator.FitReport{}, err
	}
	rewards, err := o.reward().Of(s.Scores(drawn))
	if err != nil {
		return generator.FitReport{}, err
	}
	weights, err := o.weights(ctx, m, drawn)
	if err != nil {
		return generator.FitReport{}, err
	}
	data := make([]generator.Example, len(drawn))
	for i, e := range drawn {
		data[i] = generator.Example{Arch: e.Arch, Weight: weights[i] * (rewards[i] - baseline)}
	}
	report, err := m.Fit(ctx, s.Rand(ToFit), data, o.step(len(data)))
	if err != nil {
		return report, fmt.Errorf("learning from %d draws: %w", len(data), err)
	}
	return report, nil
}

// drawnByModel returns the successful trials that the generator drew.
func drawnByModel(trials []Evaluation) []Evaluation {
	var drawn []Evaluation
	for _, e := range trials {
		if e.OK() && e.Source == SourceGenerator {
			drawn = append(drawn, e)
		}
	}
	return drawn
}

// weights returns the importance weight of each draw.
func (o OnPolicy) weights(ctx context.Context, m generator.Model, drawn []Evaluation) ([]float64, error) {
	weights := make([]float64, len(drawn))
	archs := make([]searchspace.Arch, len(drawn))
	recorded := false
	for i, e := range drawn {
		weights[i], archs[i] = 1, e.Arch
		recorded = recorded || e.LogProb != 0
	}
	if !recorded {
		return weights, nil
	}
	now, err := m.LogProb(ctx, archs)
	if err != nil {
		return nil, fmt.Errorf("importance weights: %w", err)
	}
	for i, e := range drawn {
		if e.LogProb != 0 {
			weights[i] = min(cmp.Or(o.Truncation, 1), math.Exp(now[i]-e.LogProb))
		}
	}
	return weights, nil
}

// step returns the options of one step over a whole batch.
func (o OnPolicy) step(batch int) generator.FitOptions {
	return generator.FitOptions{
		Loss: generator.LogLikelihood, Epochs: 1, BatchSize: batch,
		LearningRate: o.LearningRate, Entropy: o.Entropy, ClipNorm: cmp.Or(o.ClipNorm, 1),
	}
}

// baseline returns the moving average of the groups learned from so far, or the mean reward of the
// new draws if there are none.
func (o OnPolicy) baseline(s *State) (float64, error) {
	before := drawnByModel(s.Trials()[:len(s.Trials())-len(s.Arrived())])
	if len(before) == 0 {
		before = drawnByModel(s.Arrived())
	}
	decay := cmp.Or(o.Decay, 0.9)
	var average float64
	for i := 0; i < len(before); {
		first := i
		for i < len(before) && before[i].Group == before[first].Group {
			i++
		}
		rewards, err := o.reward().Of(s.Scores(before[first:i]))
		if err != nil {
			return 0, err
		}
		mean := stat.Mean(rewards, nil)
		if first == 0 {
			average = mean
		} else {
			average = decay*average + (1-decay)*mean
		}
	}
	return average, nil
}

func (o OnPolicy) reward() Reward {
	if o.Reward == nil {
		return RawReward
	}
	return o.Reward
}

// Validate returns an error if a setting is out of range.
func (o OnPolicy) Validate() error {
	if !(o.Decay >= 0 && o.Decay < 1) {
		return fmt.Errorf("OnPolicy: Decay must be at least 0 and below 1, got %v", o.Decay)
	}
	if !(o.Entropy >= 0) || !(o.Truncation >= 0) {
		return fmt.Errorf("OnPolicy: Entropy and Truncation must not be negative, got %v and %v", o.Entropy, o.Truncation)
	}
	if err := o.step(1).Validate(); err != nil {
		return fmt.Errorf("OnPolicy: %w", err)
	}
	return nil
}
