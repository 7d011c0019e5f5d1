package jetstream

import (
	"fmt"
	"log/slog"
	"maps"
	"math"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Config configures a coordinator. The zero value is valid.
type Config struct {
	// Queue is where workers find the requests.
	Queue Queue
	// Objective describes in your own words what is measured and how, such as "cifar10 validation, 12 epochs". A result is
	// found again by the objective, the space, the architecture's Key, budget and seed: change the objective when you change
	// how you train.
	Objective string
	// Budget and Seed are sent with every architecture. The numbers must be finite, and the seed at most protocol.MaxSeed. If
	// the evaluator is called in order to answer another request (protocol.RequestFrom), that request's are sent instead.
	Budget map[string]float64
	Seed   uint64
	// Unit names the number of Budget that is set when the evaluator is asked for a budget (evaluator.Budgeted). Empty means
	// "epochs".
	Unit string
	// Plan, if not nil, returns the network that is sent with an architecture as a JSON object; network.Planner makes one of a
	// design. If the evaluator is called in order to answer another request that has a plan, that plan is sent instead. Results
	// are not found again by the plan: change the objective when you change the design.
	Plan protocol.Planner
	// Outstanding is the maximum number of evaluations that are requested at a time; further ones wait. 0 means 1,024.
	Outstanding int
	// Recheck is how often a coordinator that waits for a result makes sure that the request is still in the queue, in case
	// somebody has removed it without an answer, and that workers are there. 0 means 30 seconds.
	Recheck time.Duration
	// Patience is how long the server may be away or refuse a call, how long other spaces may fill the queue, how long there may
	// be no worker after one has reported an error, and how long workers may report that they cannot send any result. After that
	// the coordinator is broken: Evaluate returns an error that wraps [evaluator.ErrBroken] for every architecture. A queue full of
	// requests for this space does not count. 0 means 2 minutes.
	Patience time.Duration
	// RetryFailures evaluates architectures again that failed before this coordinator was made, and removes the old failures
	// from the stream of results. It is for the time after a trainer was repaired.
	RetryFailures bool
	// OnAnswer is called with each answer before Evaluate returns it, unless it is nil. It must be safe for concurrent use.
	OnAnswer func(Answer)
	// Logger logs what goes wrong while the coordinator runs, at level Warn, and when it is over, at level Info. If it is nil,
	// nothing is logged.
	Logger *slog.Logger
	// OnTrouble is called with what goes wrong while the coordinator runs, and with nil when everything works again. The error
	// wraps
	//
	//   - [ErrNoAnswer] if the connection is lost or the server does not answer;
	//   - [ErrQueueFull] if the queue has been full for two seconds, with the spaces whose requests fill it;
	//   - nats.ErrPermissionViolation if the server has taken a permission away;
	//   - [ErrWorker] if a worker cannot send its results, or has ended because of that or because its evaluator is broken;
	//   - [ErrNoWorker] if requests wait and no worker takes them;
	//   - [ErrDeadLetter] if a request has become a dead letter.
	//
	// The same trouble is reported at most once a minute. Calls come one after the other; they must return soon and must not
	// call the Evaluator.
	OnTrouble func(error)
}

// Answer is the answer to a request.
type Answer struct {
	Arch   searchspace.Arch
	Worker string           // the name of the worker that has answered
	Result evaluator.Result // zero if Err is not nil
	Err    error
}

// checked returns the configuration with its defaults, and independent of the caller's.
func (c Config) checked() (Config, error) {
	var err error
	if c.Queue, err = c.Queue.checked(); err != nil {
		return c, err
	}
	switch {
	case c.Outstanding < 0:
		return c, fmt.Errorf("Config.Outstanding must not be negative, got %d", c.Outstanding)
	case c.Recheck < 0:
		return c, fmt.Errorf("Config.Recheck must not be negative, got %v", c.Recheck)
	case c.Patience < 0:
		return c, fmt.Errorf("Config.Patience must not be negative, got %v", c.Patience)
	case c.Seed > protocol.MaxSeed:
		return c, fmt.Errorf("Config.Seed must be at most %d, got %d", uint64(protocol.MaxSeed), c.Seed)
	}
	for name, v := range c.Budget {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return c, fmt.Errorf("Config.Budget: %q must be a finite number, got %v", name, v)
		}
	}
	if c.Unit == "" {
		c.Unit = "epochs"
	}
	if c.Outstanding == 0 {
		c.Outstanding = 1024
	}
	if c.Recheck == 0 {
		c.Recheck = 30 * time.Second
	}
	if c.Patience == 0 {
		c.Patience = 2 * time.Minute
	}
	c.Budget = maps.Clone(c.Budget)
	return c, nil
}
