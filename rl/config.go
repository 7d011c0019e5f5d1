package rl

import (
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/generator"
)

// ErrStop is returned by a callback that has seen enough: the search ends, and Run returns no error.
var ErrStop = errors.New("stop the search")

// ErrNoSuccess is wrapped by Run's error where not one evaluation has succeeded; it also wraps the last failure.
var ErrNoSuccess = errors.New("no evaluation has succeeded")

// Config says how a Trainer searches. The zero Config is the paper's preset for CIFAR-10.
type Config struct {
	// Seed fixes the whole search.
	Seed uint64
	// Evaluations is the budget: how many different architectures are evaluated, failures included; 0: 100.
	Evaluations int
	// Batch is how many architectures a round evaluates; 0: 1.
	Batch int
	// Workers is how many evaluations run at a time; 0: GOMAXPROCS.
	Workers int
	// Exploration says which rounds explore; nil: FirstRounds(30).
	Exploration Schedule
	// Explorer draws the architectures of rounds that explore; nil: generator.PaperExplorer of the space.
	Explorer generator.GraphGenerator
	// Learner trains the generator; nil: Replay{}.
	Learner Learner
	// OnRound is called after every round, with the history so far, which it must not change. An error ends the search:
	// ErrStop quietly, any other is returned by Run.
	OnRound func(*History) error
}

func (c Config) withDefaults(m generator.Model) (Config, error) {
	if c.Evaluations < 0 || c.Batch < 0 || c.Workers < 0 {
		return c, fmt.Errorf("a search of %d evaluations in batches of %d on %d workers", c.Evaluations, c.Batch, c.Workers)
	}
	c.Evaluations = orDefault(c.Evaluations, 100)
	c.Batch = orDefault(c.Batch, 1)
	if c.Exploration == nil {
		c.Exploration = FirstRounds(30)
	}
	if c.Explorer == nil {
		explorer, err := generator.PaperExplorer(m.Space())
		if err != nil {
			return c, err
		}
		c.Explorer = explorer
	}
	if c.Learner == nil {
		c.Learner = Replay{}
	}
	if v, ok := c.Learner.(interface{ validate() error }); ok {
		if err := v.validate(); err != nil {
			return c, err
		}
	}
	return c, nil
}

// PresetCIFAR10 is the paper's for NAS-Bench-201 on CIFAR-10 (arXiv 2211.15155 and its published runs): 100 evaluations
// one a round, 30 rounds of exploration, 70 epochs on the best 15.
func PresetCIFAR10() Config {
	return Config{Evaluations: 100, Batch: 1, Exploration: FirstRounds(30), Learner: Replay{Keep: 15, Epochs: 70}}
}

// PresetCIFAR100 is the paper's for NAS-Bench-201 on CIFAR-100: 100 evaluations one a round, 15 rounds of exploration,
// 60 epochs on the best 10.
func PresetCIFAR100() Config {
	return Config{Evaluations: 100, Batch: 1, Exploration: FirstRounds(15), Learner: Replay{Keep: 10, Epochs: 60}}
}

// PresetImageNet16 is the paper's for NAS-Bench-201 on ImageNet16-120: 100 evaluations one a round, 10 rounds of
// exploration, 50 epochs on the best 5.
func PresetImageNet16() Config {
	return Config{Evaluations: 100, Batch: 1, Exploration: FirstRounds(10), Learner: Replay{Keep: 5, Epochs: 50}}
}

// PresetNASBench101 is the paper's for NAS-Bench-101: 150 evaluations (also run with 300) ten a round, 3 rounds of
// exploration, 70 epochs on the best 15.
func PresetNASBench101() Config {
	return Config{Evaluations: 150, Batch: 10, Exploration: FirstRounds(3), Learner: Replay{Keep: 15, Epochs: 70}}
}
