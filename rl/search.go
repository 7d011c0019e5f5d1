package rl

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// search is one run of a Trainer or of a Search.
type search struct {
	space     searchspace.Space
	evaluator evaluator.Evaluator
	config    Config
	model     generator.Model // nil where a strategy proposes
	strategy  Strategy        // nil where a model does
	history   *History
	known     map[string]int // key → index in the history
	memory    memory
	stale     int  // on-policy rounds in a row that drew nothing new
	dry       bool // the explorer draws nothing new any more
	begun     time.Time
}

func newSearch(space searchspace.Space, e evaluator.Evaluator, c Config) *search {
	return &search{
		space: space, evaluator: e, config: c,
		known: map[string]int{}, memory: memory{near: map[string][]candidate{}}, history: &History{Space: space.Name(), Seed: c.Seed}, begun: time.Now(),
	}
}

// run goes on until the search ends, and notes why.
func (s *search) run(ctx context.Context) (*History, error) {
	stop, err := s.rounds(ctx)
	s.history.Stop = stop
	if err != nil {
		s.history.Stop = StopError
		return s.history, fmt.Errorf("searching %s: %w", s.history.Space, err)
	}
	return s.history, nil
}

func (s *search) rounds(ctx context.Context) (StopReason, error) {
	for {
		if spent := s.spent(); spent != "" {
			return spent, s.finish(ctx)
		}
		if ctx.Err() != nil {
			return StopError, context.Cause(ctx)
		}
		before, number := len(s.history.Evaluations), s.number()
		exhaustive, err := s.round(ctx)
		if err != nil {
			return StopError, fmt.Errorf("round %d: %w", number, err)
		}
		if exhaustive && len(s.history.Evaluations) == before {
			return StopExhausted, s.finish(ctx)
		}
		if s.config.OnRound == nil {
			continue
		}
		if err := s.config.OnRound(s.history); errors.Is(err, ErrStop) {
			return StopCallback, s.finish(ctx)
		} else if err != nil {
			return StopError, fmt.Errorf("callback after round %d: %w", number, err)
		}
	}
}

// spent names the budget that is used up, if one is.
func (s *search) spent() StopReason {
	switch c := s.config; {
	case len(s.history.Evaluations) >= c.Evaluations:
		return StopBudget
	case c.MaxCost > 0 && s.history.Cost() >= c.MaxCost:
		return StopCost
	case c.MaxTime > 0 && s.number() > 0 && time.Since(s.begun) >= c.MaxTime:
		return StopTime
	}
	return ""
}

// number is that of the round under way.
func (s *search) number() int { return len(s.history.Rounds) }

func (s *search) rand(p purpose) *rand.Rand { return stream(s.config.Seed, s.number(), p) }

// session is for the learner and the ranker.
func (s *search) session() Session {
	return s.sessionOf(s.number(), forFit)
}

func (s *search) sessionOf(round int, p purpose) Session {
	return Session{
		Model: s.model, Space: s.space, History: s.history, Wanted: s.wanted(),
		Rand: stream(s.config.Seed, round, p), known: s.known, memory: &s.memory,
	}
}

// finish leaves the model, where there is one, trained on everything.
func (s *search) finish(ctx context.Context) error {
	if len(s.history.Evaluations) == 0 {
		return nil
	}
	if _, ok := s.history.Best(); !ok {
		last := s.history.Evaluations[len(s.history.Evaluations)-1]
		return fmt.Errorf("%w: %w", ErrNoSuccess, last.Err)
	}
	if s.model == nil {
		return nil
	}
	_, err := s.config.Learner.Prepare(ctx, s.session())
	return err
}

// round draws, evaluates and learns. The round is in the history when it is over. An exhaustive one looked everywhere
// that it could for something new.
func (s *search) round(ctx context.Context) (exhaustive bool, err error) {
	round := Round{Number: s.number()}
	if s.strategy != nil {
		return true, s.proposedRound(ctx, &round)
	}
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
	if err := s.evaluate(ctx, &round, drawn); err != nil {
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
	report, err := s.config.Learner.Update(ctx, s.sessionOf(last.Number, forFit), drawn)
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

// evaluate evaluates the round's architectures and enters the round into the history, whatever comes of them.
func (s *search) evaluate(ctx context.Context, round *Round, drawn []candidate) error {
	err := s.enter(ctx, round, drawn)
	s.history.Rounds = append(s.history.Rounds, *round)
	return err
}

// enter has the new ones among the drawn architectures evaluated and enters them into the history in the order in
// which they were drawn, whatever the order in which they finish.
func (s *search) enter(ctx context.Context, round *Round, drawn []candidate) error {
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
