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

// OnPolicy is REINFORCE as in the textbooks (Williams 1992): before each group one step along
//
//	Σ w (reward − baseline) ∇ log P(architecture)
//
// with the exact log-probability, over the generator's draws whose results have come into view since the last step. The
// baseline is an exponentially weighted moving average of the groups' mean rewards. Trials that explore are no draws of
// the generator and are not learned from. Zero fields mean the values given.
//
// The weight w is 1 if the generator has not learned since it drew the architecture. Under a Lag it has: then
// w = min(Truncation, P(architecture) now / P(architecture) when it was drawn), a truncated importance weight (Ionides
// 2008; Espeholt et al. 2018, arXiv 1802.01561).
type OnPolicy struct {
	// Reward of each architecture of a step, given their State.Scores: their values, or with several objectives or limits
	// their place among all evaluations, from 0 to 1. Nil means RawReward.
	Reward Reward
	// Decay is how much of the baseline stays from group to group, at least 0 and below 1; 0 means 0.9.
	Decay float64
	// Entropy is the bonus for each nat of entropy along the paths, in units of reward; 0 means none. It keeps the
	// generator from converging too early.
	Entropy float64
	// LearningRate of Adam; 0 means 1e-3.
	LearningRate float64
	// ClipNorm bounds the norm of the gradient; 0 means 1.
	ClipNorm float64
	// Truncation bounds importance weights; 0 means 1.
	Truncation float64
}

var _ Learner = OnPolicy{}

// OnPolicy returns true.
func (OnPolicy) OnPolicy() bool { return true }

// Learn makes one step, if there are new results of the generator's draws.
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

// drawnByModel returns the trials that succeeded and that the generator drew.
func drawnByModel(trials []Evaluation) []Evaluation {
	var drawn []Evaluation
	for _, e := range trials {
		if e.OK() && e.Source == SourceGenerator {
			drawn = append(drawn, e)
		}
	}
	return drawn
}

// weights returns the importance weights.
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

// step is one over a whole batch.
func (o OnPolicy) step(batch int) generator.FitOptions {
	return generator.FitOptions{
		Loss: generator.LogLikelihood, Epochs: 1, BatchSize: batch,
		LearningRate: o.LearningRate, Entropy: o.Entropy, ClipNorm: cmp.Or(o.ClipNorm, 1),
	}
}

// baseline is the moving average over the groups that were learned from before. If there are none, it is the mean reward
// of what has just arrived.
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

// Validate returns what is wrong with the settings.
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
