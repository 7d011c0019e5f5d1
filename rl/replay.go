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
	// Lazy leaves the generator as it is while the best architectures stay the same: training it again would only start from
	// other weights. The weights then depend on these architectures and the search's seed alone. It cannot be combined with
	// Continue.
	Lazy bool
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
	var memory *lesson
	if r.Lazy {
		memory = s.Memo(lessonKey{}, func() any { return &lesson{} }).(*lesson)
		name := lessonName(best, weights)
		if report, ok := memory.stands(ctx, m, name, best[0].Arch); ok {
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
	if memory != nil {
		memory.note(ctx, m, lessonName(best, weights), best[0].Arch, report)
	}
	return report, nil
}

// lesson is what a model learned last in a search.
type lesson struct {
	mutex   sync.Mutex // Finish may run beside a proposal that was given up
	name    string
	report  generator.FitReport
	logProb float64 // of the best architecture, by which weights that somebody else changed are noticed
}

// lessonKey is the key of a search's lesson.
type lessonKey struct{}

// lessonName tells what is learned from the best with their weights.
func lessonName(best []Evaluation, weights []float64) string {
	var name strings.Builder
	for i, e := range best {
		fmt.Fprintf(&name, "%d:%s=%x;", len(e.Key), e.Key, weights[i])
	}
	return name.String()
}

// stands returns the report of the named lesson if the model still has the weights that it got from it.
func (l *lesson) stands(ctx context.Context, m generator.Model, name string, best searchspace.Arch) (generator.FitReport, bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.name != name {
		return generator.FitReport{}, false
	}
	now, err := m.LogProb(ctx, []searchspace.Arch{best})
	return l.report, err == nil && now[0] == l.logProb
}

// note remembers a lesson. A model that cannot say how probable the best is learns it again next time.
func (l *lesson) note(ctx context.Context, m generator.Model, name string, best searchspace.Arch, r generator.FitReport) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.name = ""
	if p, err := m.LogProb(ctx, []searchspace.Arch{best}); err == nil {
		l.name, l.report, l.logProb = name, r, p[0]
	}
}

// Validate returns what is wrong with the settings.
func (r Replay) Validate() error {
	if r.Keep < 0 || r.Epochs < 0 {
		return fmt.Errorf("Replay: Keep and Epochs must not be negative, got %d and %d", r.Keep, r.Epochs)
	}
	if r.Lazy && r.Continue {
		return errors.New("Replay: Lazy and Continue exclude each other: one trains seldom, the other before every group")
	}
	o := r.Fit
	o.Epochs = r.Epochs
	if err := o.Validate(); err != nil {
		return fmt.Errorf("Replay: %w", err)
	}
	return nil
}
