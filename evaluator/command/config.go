package command

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Config says which program evaluates, and how. Only Command must be there.
type Config struct {
	// Command is the program and its arguments. A program without a slash is looked up in PATH; a relative path begins at
	// Dir.
	Command []string
	// Dir is the working directory; empty: this program's.
	Dir string
	// Env is the environment, as "name=value"; nil: this program's.
	Env []string
	// Processes is how many processes run at a time, at most; further evaluations wait for one. 0: 1.
	Processes int
	// Timeout is how long one evaluation may take, from when it has a process; 0: for ever.
	Timeout time.Duration
	// Grace is how long a process may take to end when Close has ended its standard input; 0: 5 seconds.
	Grace time.Duration
	// Budget and Seed are sent with every architecture: finite numbers, and at most protocol.MaxSeed. Where the evaluator is asked in
	// order to answer a request (protocol.RequestFrom), that request's are sent in their place.
	Budget map[string]float64
	Seed   uint64
	// OnProgress, where not nil, is called with each progress line. Calls for different architectures come at the same
	// time. protocol.Report is told in any case.
	OnProgress func(searchspace.Arch, protocol.Progress)
}

// checked returns the configuration with its defaults, and independent of the caller's.
func (c Config) checked() (Config, error) {
	if len(c.Command) == 0 || c.Command[0] == "" {
		return c, errors.New("no program")
	}
	if c.Processes < 0 || c.Timeout < 0 || c.Grace < 0 {
		return c, fmt.Errorf("%d processes, a timeout of %v, a grace of %v", c.Processes, c.Timeout, c.Grace)
	}
	if c.Seed > protocol.MaxSeed {
		return c, fmt.Errorf("the seed %d is above %d", c.Seed, uint64(protocol.MaxSeed))
	}
	for name, v := range c.Budget {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return c, fmt.Errorf("%q in the budget is %v", name, v)
		}
	}
	if c.Processes == 0 {
		c.Processes = 1
	}
	if c.Grace == 0 {
		c.Grace = 5 * time.Second
	}
	c.Command, c.Env, c.Budget = slices.Clone(c.Command), slices.Clone(c.Env), maps.Clone(c.Budget)
	return c, nil
}
