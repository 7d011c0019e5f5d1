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
	// Dir is the working directory of the program. If empty, the current directory is used.
	Dir string
	// Env is the environment of the program, as "name=value". If nil, it inherits this program's environment.
	Env []string
	// Processes is the maximum number of processes in parallel; further evaluations wait. Zero means 1.
	Processes int
	// Timeout limits the time of one evaluation, not counting the wait for a free process. Zero means no limit.
	Timeout time.Duration
	// Grace is how long a process may take to exit after Close has closed its standard input; zero means 5 seconds.
	Grace time.Duration
	// Budget is sent with every architecture. Its numbers must be finite. An evaluator that is called to answer a request (see
	// protocol.RequestFrom) sends that request's budget and seed instead, and its plan if it has one.
	Budget map[string]float64
	// Seed is sent with every architecture. It must be at most protocol.MaxSeed.
	Seed uint64
	// Unit is the unit of EvaluateAt's budgets, and the key of Budget that EvaluateAt sets. Empty means "epochs".
	Unit string
	// Plan returns the network of an architecture as a JSON object, which is sent with the architecture; network.Planner
	// returns such a function. If Plan returns an error, the evaluation fails with that error. If Plan is nil, no network is
	// sent.
	Plan protocol.Planner
	// GiveUp is the number of failures after which the evaluator is broken if the program has never evaluated an architecture;
	// the package documentation says which failures count. Zero means 3, or Processes if that is more, so that every process
	// is tried. If GiveUp is negative, failures never break the evaluator.
	GiveUp int
	// Strict makes every line on standard output that is not a valid reply an error. By default the program may print other
	// lines too, and replies are read as protocol.ReplyReader describes.
	Strict bool
	// Logger logs lines on standard output that are not replies, and other faults that were tolerated. If nil, nothing is
	// logged.
	Logger *slog.Logger
	// OnProgress, if not nil, is called with each progress line, in parallel for different architectures. Progress is also
	// passed to evaluator.Report.
	OnProgress func(searchspace.Arch, protocol.Progress)
}

// withDefaults validates the configuration and returns a copy with the defaults filled in.
func (c Config) withDefaults() (Config, error) {
	switch {
	case len(c.Command) == 0 || c.Command[0] == "":
		return c, errors.New("the command is empty: it must name a program")
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
			return c, fmt.Errorf("the numbers of the budget must be finite, but %q is %v", name, v)
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
