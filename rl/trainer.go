package rl

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Trainer runs a search: round after round it draws architectures, from the generator or the explorer, has them
// evaluated, and lets the learner train the generator.
type Trainer struct {
	model     generator.Model
	evaluator evaluator.Evaluator
	config    Config
}

// NewTrainer wires a generator to an evaluator. Whatever weights the model has, a search starts it afresh from the seed.
func NewTrainer(m generator.Model, e evaluator.Evaluator, c Config) (*Trainer, error) {
	if m == nil || e == nil {
		return nil, errors.New("a search needs a model and an evaluator")
	}
	c, err := c.withDefaults(m)
	if err != nil {
		return nil, fmt.Errorf("configuring a search: %w", err)
	}
	return &Trainer{model: m, evaluator: e, config: c}, nil
}

// Run searches until the budget is spent, the callback stops it, nothing new is found, ctx ends, or something breaks. It
// always returns the history so far, also together with an error, and leaves the model trained on all of it where there
// is none. An evaluation's failure is no error, unless the evaluator says that it is broken or not one evaluation has
// succeeded.
func (t *Trainer) Run(ctx context.Context) (*History, error) {
	s := &search{Trainer: t, known: map[string]int{}, history: &History{
		Space: t.model.Space().Name(), Seed: t.config.Seed,
	}}
	stop, err := s.run(ctx)
	s.history.Stop = stop
	if err != nil {
		s.history.Stop = StopError
		return s.history, fmt.Errorf("searching %s: %w", s.history.Space, err)
	}
	return s.history, nil
}

// search is one run of a Trainer.
type search struct {
	*Trainer
	history *History
	known   map[string]int // key → index in the history
	stale   int            // on-policy rounds in a row that drew nothing new
}

func (s *search) run(ctx context.Context) (StopReason, error) {
	s.model.Reset(s.rand(forFit))
	for len(s.history.Evaluations) < s.config.Evaluations {
		if ctx.Err() != nil {
			return StopError, context.Cause(ctx)
		}
		before := len(s.history.Evaluations)
		explored, err := s.round(ctx)
		if err != nil {
			return StopError, fmt.Errorf("round %d: %w", s.number(), err)
		}
		if explored && len(s.history.Evaluations) == before {
			return StopExhausted, s.finish(ctx)
		}
		if s.config.OnRound == nil {
			continue
		}
		if err := s.config.OnRound(s.history); errors.Is(err, ErrStop) {
			return StopCallback, s.finish(ctx)
		} else if err != nil {
			return StopError, fmt.Errorf("callback after round %d: %w", s.number()-1, err)
		}
	}
	return StopBudget, s.finish(ctx)
}

// number is that of the round under way.
func (s *search) number() int { return len(s.history.Rounds) }

func (s *search) rand(p purpose) *rand.Rand { return stream(s.config.Seed, s.number(), p) }

// session is for the learner.
func (s *search) session() Session {
	return Session{Model: s.model, History: s.history, Rand: s.rand(forFit)}
}

// finish leaves the model trained on everything.
func (s *search) finish(ctx context.Context) error {
	if len(s.history.Evaluations) == 0 {
		return nil
	}
	if _, ok := s.history.Best(); !ok {
		last := s.history.Evaluations[len(s.history.Evaluations)-1]
		return fmt.Errorf("%w: %w", ErrNoSuccess, last.Err)
	}
	_, err := s.config.Learner.Prepare(ctx, s.session())
	return err
}

// round draws, evaluates and learns. The round is in the history when it is over.
func (s *search) round(ctx context.Context) (explored bool, err error) {
	round := Round{Number: s.number()}
	_, anySuccess := s.history.Best()
	explore := s.rand(forChoice).Float64() < s.config.Exploration(round.Number) || s.stale >= maxStale
	if !explore && !s.config.Learner.OnPolicy() {
		explore = !anySuccess
	}
	var drawn []candidate
	if !explore {
		if anySuccess {
			if round.Fit, err = s.config.Learner.Prepare(ctx, s.session()); err != nil {
				return false, err
			}
		}
		if drawn, round.Samples, err = s.sample(ctx); err != nil {
			return false, err
		}
	}
	if missing := s.wanted() - len(drawn); missing > 0 && (explore || !s.config.Learner.OnPolicy()) {
		round.Explored = true
		more, err := s.explore(ctx, missing, drawn)
		if err != nil {
			return false, err
		}
		drawn = append(drawn, more...)
	}
	begun := len(s.history.Evaluations)
	err = s.evaluate(ctx, &round, drawn)
	s.history.Rounds = append(s.history.Rounds, round)
	if err != nil {
		return false, err
	}
	if len(s.history.Evaluations) == begun {
		s.stale++
	} else {
		s.stale = 0
	}
	if round.Explored {
		return true, nil
	}
	return false, s.learn(ctx)
}

// maxStale is how many on-policy rounds in a row may draw nothing new before one explores.
const maxStale = 20

// learn hands the last round to the learner.
func (s *search) learn(ctx context.Context) error {
	last := &s.history.Rounds[len(s.history.Rounds)-1]
	var drawn []Evaluation
	for _, i := range last.Drawn {
		if e := s.history.Evaluations[i]; e.Err == nil {
			drawn = append(drawn, e)
		}
	}
	report, err := s.config.Learner.Update(ctx, Session{Model: s.model, History: s.history, Rand: stream(s.config.Seed, last.Number, forFit)}, drawn)
	if err != nil {
		return err
	}
	if report.Steps > 0 {
		last.Fit = report
	}
	return nil
}

// wanted is how many architectures the round is to evaluate.
func (s *search) wanted() int {
	return min(s.config.Batch, s.config.Evaluations-len(s.history.Evaluations))
}

// evaluate has the new ones among the drawn architectures evaluated and enters them into the history in the order in
// which they were drawn, whatever the order in which they finish.
func (s *search) evaluate(ctx context.Context, round *Round, drawn []candidate) error {
	var fresh []candidate
	var archs []searchspace.Arch
	first := map[string]bool{}
	for _, c := range drawn {
		if _, ok := s.known[c.key]; !ok && !first[c.key] {
			first[c.key] = true
			fresh, archs = append(fresh, c), append(archs, c.arch)
		}
	}
	outcomes := make([]*evaluator.Outcome, len(fresh))
	pool := evaluator.Pool{Evaluator: s.evaluator, Workers: s.config.Workers}
	for o := range pool.Run(ctx, archs) {
		outcomes[o.Index] = &o
	}
	var broken error
	for i, o := range outcomes {
		switch {
		case o == nil || o.Err != nil && ctx.Err() != nil:
			continue // not begun, or cut short: no result of the architecture's
		case errors.Is(o.Err, evaluator.ErrBroken):
			broken = o.Err
			continue
		}
		s.known[fresh[i].key] = len(s.history.Evaluations)
		s.history.Evaluations = append(s.history.Evaluations, Evaluation{
			Index: len(s.history.Evaluations), Round: round.Number, Explored: fresh[i].explored,
			Arch: o.Arch, Key: fresh[i].key, Result: o.Result, Err: o.Err,
		})
	}
	for _, c := range drawn {
		if i, ok := s.known[c.key]; ok {
			round.Drawn = append(round.Drawn, i)
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return broken
}
