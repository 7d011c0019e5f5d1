package rl

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
)

var (
	// ErrWait is returned by [Search.Ask] if the next trials depend on results that have not been told yet.
	ErrWait = errors.New("the next trials depend on results that are not there yet")

	// ErrDone is returned by [Search.Ask] if the search hands out no more trials, and wrapped by [Search.Tell]'s error if
	// the search is over.
	ErrDone = errors.New("the search is over")

	// ErrStop ends a search when a callback returns it. [Search.Run] then returns no error.
	ErrStop = errors.New("stop the search")

	// ErrNoSuccess is wrapped by the error of a search in which no evaluation succeeded. That error also wraps the last
	// failure.
	ErrNoSuccess = errors.New("no evaluation has succeeded")

	// ErrNoCost is wrapped by the error of a search that needs to know what evaluations cost, for MaxCost or for a
	// simulated clock, if the evaluator does not report it.
	ErrNoCost = errors.New("the evaluator reports no cost")
)

// Config configures the search loop. The zero Config evaluates 100 architectures one after the other.
type Config struct {
	// Seed fixes the search, together with Batch and Lag, the method and the results, on one kind of processor: others round the
	// products of a method's model differently.
	Seed uint64
	// Evaluations is the number of different architectures to evaluate, failures included; 0 means 100. Past evaluations
	// do not count. A method may evaluate each at several budgets, which counts once: limit the cost of such a search.
	Evaluations int
	// MaxCost limits what the evaluations cost together, as measured or simulated by the evaluator (Result.Cost); zero
	// means no limit. No group is proposed once the results that it sees have cost this much.
	MaxCost time.Duration
	// MaxTime limits wall-clock time from the first Ask; zero means no limit. Evaluations that are running are finished,
	// and at least one group is evaluated. Use a context with a deadline to interrupt them.
	MaxTime time.Duration

	// Objectives are the figures that the search maximizes or minimizes. If there are none, it maximizes Result.Value. Every
	// result must have all of them. With several, the History has a Front, and Top orders by non-dominated rank.
	Objectives []Objective
	// Limits bound figures. Results beyond a limit rank below all others, are never on a Front, and are never the Best.
	Limits []Limit
	// Figures computes figures that are known before an architecture is evaluated, such as parameters or the latency by a
	// table, as metrics of its results. An architecture beyond a limit on such a figure is never evaluated and costs
	// nothing. Results get the figures that they lack. An architecture that Figures fails for is not evaluated either. The
	// figures of an architecture must always be the same: measured ones belong in a store, or in an evaluator.Cached if the
	// search is not to be resumed.
	Figures evaluator.Evaluator

	// Batch is how many trials a method proposes together; 0 means 1.
	Batch int
	// Workers is how many evaluations Run and Simulate run in parallel. By default it is GOMAXPROCS, but no more than
	// Lag + Batch − 1, which is how many trials can be open at once.
	Workers int
	// Lag is how many trials later a result is seen: the group that starts at trial k is proposed with exactly the results
	// of trials up to k − Lag, however fast they were, and the later ones as running. So the search does not depend on the
	// order in which evaluations finish. Lag 1 waits for every earlier trial. A Lag of a few times Workers keeps workers
	// busy although some evaluations take longer than others. The default is 2·Workers + Workers/8 − 1, or 1 if Workers
	// is 0 or 1.
	Lag int
	// Arrival has groups proposed with all results that have arrived, in place of a Lag. Workers never wait, but the search
	// depends on the order in which evaluations finish. A Recorder keeps that order.
	Arrival bool

	// GiveUp ends a search in which nothing succeeds: if its first GiveUp evaluations all fail, the search ends with an
	// error that wraps ErrNoSuccess and the last failure. If its first 10·GiveUp evaluations are all failures or beyond the
	// limits, it ends with one that wraps ErrInfeasible. 0 means 20, a negative number never. A search that is resumed from
	// a Recorder after that evaluates at least one more architecture.
	GiveUp int

	// Past are earlier evaluations to begin from.
	Past []Past
	// Recorder records the search, so that it can be resumed after a crash. If nil, nothing is recorded.
	Recorder Recorder
	// Logger gets the progress of the search. If nil, nothing is logged.
	Logger *slog.Logger
	// OnPropose is called with every group and its trials after it is proposed, before it enters the History and is evaluated. If it
	// returns ErrStop, the group is not evaluated, and the search ends when the trials before it have finished. Any other
	// error ends the search at once, with that error.
	OnPropose func(Group, []Trial) error
	// OnResult is called with every evaluation, repeats left out, in the order of the trials, or in the order of arrival if
	// Arrival is set. An error ends the search at once: running evaluations are cancelled, and the History ends with this
	// evaluation. ErrStop ends it without an error.
	//
	// Callbacks are called one at a time. They may read the History, but must not call Ask, Tell or Finish. A search that
	// is resumed from a Recorder calls them again for everything that was recorded.
	OnResult func(Evaluation) error
}

func (c Config) withDefaults() (Config, error) {
	for _, f := range []struct {
		name  string
		value int
	}{{"Evaluations", c.Evaluations}, {"Batch", c.Batch}, {"Workers", c.Workers}, {"Lag", c.Lag}} {
		if f.value < 0 {
			return c, fmt.Errorf("%s must not be negative, got %d", f.name, f.value)
		}
	}
	if c.MaxCost < 0 || c.MaxTime < 0 {
		return c, fmt.Errorf("MaxCost and MaxTime must not be negative, got %v and %v", c.MaxCost, c.MaxTime)
	}
	if _, err := newGoals(c.Objectives, c.Limits); err != nil {
		return c, err
	}
	if c.Arrival && c.Lag > 0 {
		return c, fmt.Errorf("Lag must be 0 if Arrival is set, got %d", c.Lag)
	}
	c.Evaluations, c.Batch = cmp.Or(c.Evaluations, 100), cmp.Or(c.Batch, 1)
	c.GiveUp = cmp.Or(c.GiveUp, 20)
	if c.Lag == 0 {
		c.Lag = defaultLag(c.Workers)
	}
	if c.Arrival {
		c.Lag = 2 // a result may be missing, however many workers there are
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
		if !c.Arrival {
			c.Workers = min(c.Workers, c.Lag+c.Batch-1)
		}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// defaultLag returns the default Lag for a number of workers; 0 means that Workers was not set.
func defaultLag(workers int) int {
	return max(1, 2*workers+workers/8-1)
}
