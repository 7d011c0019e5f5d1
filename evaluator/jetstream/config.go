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
	// Queue is the queue that coordinators and workers share.
	Queue Queue
	// Objective describes what is measured and how, such as "cifar10 validation, 12 epochs". The objective, the space, the
	// architecture's Key, the budget and the seed identify a result, so use another objective when you change how you train.
	Objective string
	// Budget is sent with every architecture. Its numbers must be finite. An evaluator that is called to answer another request
	// (see protocol.RequestFrom) sends that request's budget and seed instead, and its plan if it has one.
	Budget map[string]float64
	// Seed is sent with every architecture. It must be at most protocol.MaxSeed.
	Seed uint64
	// Unit is the unit of EvaluateAt's budgets, and the key of Budget that EvaluateAt sets. Empty means "epochs".
	Unit string
	// Plan returns the network of an architecture as a JSON object, which is sent with the architecture; network.Planner
	// returns such a function. If Plan is nil, no network is sent. The plan does not identify a result, so use another
	// objective when you change the design.
	Plan protocol.Planner
	// Outstanding is the maximum number of evaluations requested at a time; further ones wait. 0 means 1,024.
	Outstanding int
	// Recheck is how often a waiting coordinator checks that the request is still in the queue and that there are workers. If
	// the request was removed without an answer, the coordinator queues it again. 0 means 30 seconds.
	Recheck time.Duration
	// Patience limits how long the server may be unavailable or reject a call, how long requests of other spaces may fill the
	// queue, how long there may be no worker after one has reported an error, and how long workers may report that they cannot
	// send results. After that, every call of Evaluate returns an error that wraps [evaluator.ErrBroken]. The queue may be full
	// of requests for this space without a time limit. 0 means 2 minutes.
	Patience time.Duration
	// RetryFailures evaluates architectures again that failed before this coordinator was created, and removes the old failures
	// from the stream of results. Set it after you have repaired a trainer.
	RetryFailures bool
	// OnAnswer, if not nil, is called with each answer before Evaluate returns it. It must be safe for concurrent use.
	OnAnswer func(Answer)
	// Logger logs faults at level Warn, and their end at level Info. If it is nil, nothing is logged.
	Logger *slog.Logger
	// OnTrouble, if not nil, is called with an error for each fault, and with nil when everything works again. The error wraps
	//
	//   - [ErrNoAnswer] if the connection is lost or the server does not answer;
	//   - [ErrQueueFull] if the queue has been full for two seconds; the text lists the spaces whose requests fill it;
	//   - nats.ErrPermissionViolation if the server has withdrawn a permission;
	//   - [ErrWorker] if a worker cannot send its results, or has ended because of that or because its evaluator is broken;
	//   - [ErrNoWorker] if requests wait and no worker takes them;
	//   - [ErrDeadLetter] if a request has become a dead letter.
	//
	// The same fault is reported at most once a minute. Calls are made one after the other. OnTrouble must return quickly and
	// must not call the Evaluator.
	OnTrouble func(error)
}

// Answer is the answer to a request.
type Answer struct {
	Arch   searchspace.Arch
	Worker string           // the name of the worker that answered
	Result evaluator.Result // zero if Err is not nil
	Err    error
}

// checked validates the configuration and returns a copy with the defaults filled in.
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
