package command

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Config configures an Evaluator. Only Command is required.
type Config struct {
	// Command is the program and its arguments. A program without a slash is looked up in PATH; a relative path is relative
	// to Dir.
	Command []string
	// Dir is the working directory. If empty, it is this program's.
	Dir string
	// Env is the environment, as "name=value". If nil, it is this program's.
	Env []string
	// Processes is the maximum number of processes that run in parallel; further evaluations wait. Zero means 1.
	Processes int
	// Timeout limits the time of one evaluation, counted from when it has a process; zero means no limit.
	Timeout time.Duration
	// Grace is how long a process may take to end after Close has closed its standard input; zero means 5 seconds.
	Grace time.Duration
	// Budget and Seed are sent with every architecture: finite numbers, and at most protocol.MaxSeed. If the evaluator is
	// called to answer a request (see protocol.RequestFrom), the budget and seed of that request are sent instead.
	Budget map[string]float64
	Seed   uint64
	// Unit names the number of Budget that is set when the evaluator is asked for a budget (evaluator.Budgeted). Empty means
	// "epochs".
	Unit string
	// Plan, if not nil, returns the network that is sent with an architecture as a JSON object; network.Planner makes one of a
	// design. A plan in the request that the evaluator is called to answer is passed on instead. Its error is that of the
	// evaluation.
	Plan protocol.Planner
	// GiveUp is the number of failures after which the evaluator is broken, if the program has never evaluated anything; the
	// package documentation says which failures count. Zero means 3, or Processes if that is more, so that every process
	// has a chance. A negative number means never.
	GiveUp int
	// Strict makes every line on standard output that is not a valid reply an error. By default the program may print other
	// lines too, and replies are read as protocol.ReplyReader describes.
	Strict bool
	// Logger gets the lines on standard output that are not replies, and whatever else was ignored or tolerated. If nil,
	// nothing is logged.
	Logger *slog.Logger
	// OnProgress, if not nil, is called with each progress line, in parallel for different architectures. evaluator.Report is
	// called in any case.
	OnProgress func(searchspace.Arch, protocol.Progress)
}

// withDefaults checks the configuration and returns it with its defaults, independent of the caller's.
func (c Config) withDefaults() (Config, error) {
	switch {
	case len(c.Command) == 0 || c.Command[0] == "":
		return c, errors.New("no program to run: Command is empty")
	case c.Processes < 0:
		return c, fmt.Errorf("the number of processes must not be negative, got %d", c.Processes)
	case c.Timeout < 0:
		return c, fmt.Errorf("the timeout must not be negative, got %v", c.Timeout)
	case c.Grace < 0:
		return c, fmt.Errorf("the grace period must not be negative, got %v", c.Grace)
	case c.Seed > protocol.MaxSeed:
		return c, fmt.Errorf("the seed must be at most %d, got %d", uint64(protocol.MaxSeed), c.Seed)
	}
	for name, v := range c.Budget {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return c, fmt.Errorf("a budget has finite numbers, but %q is %v", name, v)
		}
	}
	if c.Processes == 0 {
		c.Processes = 1
	}
	if c.Unit == "" {
		c.Unit = "epochs"
	}
	if c.Grace == 0 {
		c.Grace = 5 * time.Second
	}
	if c.GiveUp == 0 {
		c.GiveUp = max(3, c.Processes)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Command, c.Env, c.Budget = slices.Clone(c.Command), slices.Clone(c.Env), maps.Clone(c.Budget)
	return c, nil
}
