package jetstream

import (
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Config says what a coordinator asks for. Its zero value will do.
type Config struct {
	// Queue is where workers find the requests.
	Queue Queue
	// Objective says in words of your own what is measured and how, such as "cifar10 validation, 12 epochs". Results are
	// found again under the same objective, space, key, budget and seed: change it when you change how you train.
	Objective string
	// Budget and Seed are sent with every architecture: finite numbers, and at most protocol.MaxSeed. Where the evaluator
	// is asked in order to answer a request (protocol.RequestFrom), that request's are sent in their place.
	Budget map[string]float64
	Seed   uint64
	// Outstanding is how many evaluations may be asked for at a time; further ones wait. 0: 1,024.
	Outstanding int
	// Recheck is how long a request is waited for before it is made sure that it is still in the queue, in case that
	// somebody has removed it without an answer. 0: 30 seconds.
	Recheck time.Duration
	// OnAnswer, where not nil, is told of each answer before Evaluate returns it. Calls come at the same time.
	OnAnswer func(Answer)
}

// Answer is what has become of a request.
type Answer struct {
	Arch   searchspace.Arch
	Worker string           // name of the worker that has answered
	Result evaluator.Result // zero where Err is not nil
	Err    error
}

// checked returns the configuration with its defaults, and independent of the caller's.
func (c Config) checked() (Config, error) {
	var err error
	if c.Queue, err = c.Queue.checked(); err != nil {
		return c, err
	}
	if c.Outstanding < 0 || c.Recheck < 0 {
		return c, fmt.Errorf("%d outstanding, looked after every %v", c.Outstanding, c.Recheck)
	}
	if c.Seed > protocol.MaxSeed {
		return c, fmt.Errorf("the seed %d is above %d", c.Seed, uint64(protocol.MaxSeed))
	}
	for name, v := range c.Budget {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return c, fmt.Errorf("%q in the budget is %v", name, v)
		}
	}
	if c.Outstanding == 0 {
		c.Outstanding = 1024
	}
	if c.Recheck == 0 {
		c.Recheck = 30 * time.Second
	}
	c.Budget = maps.Clone(c.Budget)
	return c, nil
}
