package rl

import (
	"errors"
	"fmt"
	"time"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/explore"
)

// ErrStop is returned by a callback that has seen enough: the search ends, and Run returns no error.
var ErrStop = errors.New("stop the search")

// ErrNoSuccess is wrapped by Run's error where not one evaluation has succeeded; it also wraps the last failure.
var ErrNoSuccess = errors.New("no evaluation has succeeded")

// Config says how a Trainer searches. The zero Config is the paper's preset for CIFAR-10.
type Config struct {
	// Seed fixes the whole search.
	Seed uint64
	// Evaluations, MaxCost and MaxTime are budgets, and the search ends with the round that spends one of them.
	// Evaluations is how many different architectures are evaluated, failures included; 0: 100.
	Evaluations int
	// MaxCost is how much all evaluations may cost together, by what the evaluator says (Result.Cost), measured or
	// simulated; 0: any amount. Failed evaluations cost nothing.
	MaxCost time.Duration
	// MaxTime is how long the search may go on, by the clock; 0: for ever. What has begun is finished, the first round in
	// any case: a context with a deadline cuts short.
	MaxTime time.Duration
	// Batch is how many architectures a round evaluates; 0: 1.
	Batch int
	// Workers is how many evaluations run at a time; 0: GOMAXPROCS.
	Workers int
	// Exploration says which rounds explore; nil: FirstRounds(30).
	Exploration Schedule
	// Explorer draws the architectures of rounds that explore; nil: explore.Paper of the space. Once it draws
	// nothing new any more, they are uniform (explore.NewUniformLabels), so that a search ends as exhausted only where
	// the space is. The same holds where the space allows hardly anything that explore.Paper draws; an explorer
	// that was asked for ends the search then, by an error that wraps explore.ErrRejected.
	Explorer generator.GraphGenerator
	// anyExplorer is set where the caller has asked for none in particular.
	anyExplorer bool
	// Learner trains the generator; nil: Replay{}.
	Learner Learner
	// Ranking has a Ranker choose among many architectures that the generator draws; zero: the first new ones are taken.
	Ranking Ranking
	// OnRound is called after every round, with the history so far, which it must not change, but not after one that failed
	// or found nothing new anywhere, the last of a search that ends as exhausted. An error ends the search: ErrStop quietly,
	// any other is returned by Run.
	OnRound func(*History) error
}

// withBudget fills in what every search needs.
func (c Config) withBudget() (Config, error) {
	if c.Evaluations < 0 || c.Batch < 0 || c.Workers < 0 {
		return c, fmt.Errorf("a search of %d evaluations in batches of %d on %d workers", c.Evaluations, c.Batch, c.Workers)
	}
	if c.MaxCost < 0 || c.MaxTime < 0 {
		return c, fmt.Errorf("a search of at most %v that costs at most %v", c.MaxTime, c.MaxCost)
	}
	c.Evaluations = orDefault(c.Evaluations, 100)
	c.Batch = orDefault(c.Batch, 1)
	return c, nil
}

// withDefaults fills in what a search with a generator needs.
func (c Config) withDefaults(m generator.Model) (Config, error) {
	c, err := c.withBudget()
	if err != nil {
		return c, err
	}
	if c.Exploration == nil {
		c.Exploration = FirstRounds(30)
	}
	if c.Explorer == nil {
		explorer, err := explore.Paper(m.Space())
		if err != nil {
			return c, err
		}
		c.Explorer, c.anyExplorer = explorer, true
	}
	if c.Learner == nil {
		c.Learner = Replay{}
	}
	if r := c.Ranking; r.Samples < 0 || r.Parents < 0 || r.Explored < 0 {
		return c, fmt.Errorf("a ranking of %d samples, the neighbours of %d and %d explored", r.Samples, r.Parents, r.Explored)
	}
	if c.Ranking.Ranker != nil && c.Learner.OnPolicy() {
		return c, errors.New("an on-policy learner must see all that is drawn: nothing may be ranked")
	}
	for _, part := range []any{c.Learner, c.Ranking.Ranker} {
		if err := valid(part); err != nil {
			return c, err
		}
	}
	return c, nil
}

// valid asks those learners, rankers and strategies that can tell whether their fields make sense.
func valid(part any) error {
	if v, ok := part.(interface{ validate() error }); ok {
		return v.validate()
	}
	return nil
}
