package rl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Replay is the paper's learner. Before each group it trains a freshly initialized generator on the
// best architectures so far, each weighted by its reward. Zero fields are set to the paper's values
// for CIFAR-10.
type Replay struct {
	// Keep is the number of best architectures to learn from; 0 means 15.
	Keep int
	// Epochs is the number of passes over them; 0 means 70.
	Epochs int
	// Reward computes the weight of each of the best from their State.Scores, ordered from best to
	// worst. A score is the value or, with several objectives or limits, the rank among all
	// evaluations as a number from 0 to 1. The default is RankReward.
	Reward Reward
	// Continue trains the current weights of the model instead of fresh ones. Use it with a model
	// that was trained in an earlier search.
	Continue bool
	// Lazy skips training while the best architectures and their weights stay the same; training
	// again would only start from other initial weights. The trained weights then depend only on
	// the architectures, their weights and the seed. Lazy cannot be combined with Continue.
	Lazy bool
	// Fit contains the other training settings. Its Epochs is ignored.
	Fit generator.FitOptions
}

var _ Learner = Replay{}

// OnPolicy returns false: Replay can skip architectures that were already evaluated.
func (Replay) OnPolicy() bool { return false }

// Learn trains the model on the best architectures.
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
	var last *lastFit
	if r.Lazy {
		last = s.Memo(lastFitKey{}, func() any { return &lastFit{} }).(*lastFit)
		name := fitName(best, weights)
		if report, ok := last.find(ctx, m, name, best[0].Arch); ok {
			return report, nil
		}
		rng = s.RandOf(ToFit, name)
	}
	if !r.Continue {
		m.Reset(rng)
	}
	o := r.Fit
	o.Epochs = cmp.Or(r.Epochs, 70)
	report, err := m.Fit(ctx, rng, data, o)
	if err != nil {
		return report, fmt.Errorf("learning from the best %d: %w", len(best), err)
	}
	if last != nil {
		last.note(ctx, m, fitName(best, weights), best[0].Arch, report)
	}
	return report, nil
}

// lastFit describes the last training of the model in a search.
type lastFit struct {
	mutex   sync.Mutex // Finish may run concurrently with an abandoned proposal
	name    string
	report  generator.FitReport
	logProb float64 // of the best architecture, to detect that other code has changed the weights
}

// lastFitKey is the Memo key of the last fit.
type lastFitKey struct{}

// fitName returns a text that identifies the architectures of a fit and their weights.
func fitName(best []Evaluation, weights []float64) string {
	var name strings.Builder
	for i, e := range best {
		fmt.Fprintf(&name, "%d:%s=%x;", len(e.Key), e.Key, weights[i])
	}
	return name.String()
}

// find returns the report of the named fit if the model's weights have not changed since.
func (l *lastFit) find(ctx context.Context, m generator.Model, name string, best searchspace.Arch) (generator.FitReport, bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.name != name {
		return generator.FitReport{}, false
	}
	now, err := m.LogProb(ctx, []searchspace.Arch{best})
	return l.report, err == nil && now[0] == l.logProb
}

// note records a fit. If the model cannot compute LogProb, the fit is repeated next time.
func (l *lastFit) note(ctx context.Context, m generator.Model, name string, best searchspace.Arch, r generator.FitReport) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.name = ""
	if p, err := m.LogProb(ctx, []searchspace.Arch{best}); err == nil {
		l.name, l.report, l.logProb = name, r, p[0]
	}
}

// Validate returns an error if a setting is out of range.
func (r Replay) Validate() error {
	if r.Keep < 0 || r.Epochs < 0 {
		return fmt.Errorf("Replay: Keep and Epochs must not be negative, got %d and %d", r.Keep, r.Epochs)
	}
	if r.Lazy && r.Continue {
		return errors.New("Replay: Lazy and Continue cannot be combined")
	}
	o := r.Fit
	o.Epochs = r.Epochs
	if err := o.Validate(); err != nil {
		return fmt.Errorf("Replay: %w", err)
	}
	return nil
}
