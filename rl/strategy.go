package rl

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Strategy decides what a search evaluates next, in place of a generator that learns. It keeps no state between calls:
// what it needs of the past is in the history, so that a search can be resumed.
type Strategy interface {
	// Propose returns members of s.Space to evaluate next, most wanted first. Those that were evaluated before, repeats,
	// and what goes beyond s.Wanted are dropped. Where nothing is left, the search ends as exhausted.
	Propose(ctx context.Context, s Session) ([]searchspace.Arch, error)
}

// Search runs a Strategy, with the budget, evaluations, history and callbacks of a Trainer.
type Search struct {
	space     searchspace.Space
	strategy  Strategy
	evaluator evaluator.Evaluator
	config    Config
}

// NewSearch wires a strategy to an evaluator. Of the configuration it takes Seed, Evaluations, MaxCost, MaxTime, Batch,
// Workers and OnRound; the other fields are about a generator, and setting them is an error.
func NewSearch(space searchspace.Space, strategy Strategy, e evaluator.Evaluator, c Config) (*Search, error) {
	if space == nil || strategy == nil || e == nil {
		return nil, errors.New("a search needs a space, a strategy and an evaluator")
	}
	if c.Exploration != nil || c.Explorer != nil || c.Learner != nil || c.Ranking != (Ranking{}) {
		return nil, errors.New("configuring a search: a strategy has no exploration, explorer, learner or ranking")
	}
	c, err := c.withBudget()
	if err == nil {
		err = valid(strategy)
	}
	if err != nil {
		return nil, fmt.Errorf("configuring a search: %w", err)
	}
	return &Search{space: space, strategy: strategy, evaluator: e, config: c}, nil
}

// Run searches until a budget is spent, the callback stops it, the strategy proposes nothing new, ctx ends, or something
// breaks. It always returns the history so far, also together with an error.
func (s *Search) Run(ctx context.Context) (*History, error) {
	run := newSearch(s.space, s.evaluator, s.config)
	run.strategy = s.strategy
	return run.run(ctx)
}

// proposedRound evaluates what the strategy proposes.
func (s *search) proposedRound(ctx context.Context, round *Round) error {
	archs, err := s.strategy.Propose(ctx, s.sessionOf(round.Number, forStrategy))
	if err != nil {
		return err
	}
	for _, a := range archs {
		if err := s.space.Validate(a); err != nil {
			return fmt.Errorf("the strategy proposes what is no member: %w", err)
		}
	}
	return s.evaluate(ctx, round, s.keepNew(nil, archs, map[string]bool{}, s.wanted()))
}

// maxExplored is how many architectures may be drawn for one that is new before new ones count as too rare.
const maxExplored = 10_000

// drawNew draws up to n architectures that are neither evaluated nor seen, and adds them to what is seen; fewer where new
// ones have become too rare, or together with an error.
func (s Session) drawNew(ctx context.Context, g generator.GraphGenerator, n int, seen map[string]bool) ([]searchspace.Arch, error) {
	var drawn []searchspace.Arch
	for tries := 0; len(drawn) < n && tries < maxExplored; tries++ {
		archs, err := g.Sample(ctx, s.Rand, 1)
		if err != nil {
			return drawn, err
		}
		for _, a := range archs {
			key := s.Space.Key(a)
			if _, ok := s.known[key]; ok || seen[key] {
				continue
			}
			seen[key] = true
			drawn, tries = append(drawn, a), -1
		}
	}
	return drawn, nil
}
