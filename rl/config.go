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
	ErrWait = errors.New("the next trials depend on results that have not been told yet")

	// ErrDone is returned by [Search.Ask] if the search has no more trials, and wrapped by the error
	// of [Search.Tell] if the search is over.
	ErrDone = errors.New("the search is over")

	// ErrStop ends the search if a callback returns it. [Search.Run] then returns a nil error.
	ErrStop = errors.New("stop the search")

	// ErrNoSuccess is wrapped by the error of a search in which every evaluation failed. The error
	// also wraps the last failure.
	ErrNoSuccess = errors.New("no evaluation has succeeded")

	// ErrNoCost is wrapped by the error of a search that needs the cost of evaluations, for MaxCost
	// or for Simulate, if the evaluator does not report it.
	ErrNoCost = errors.New("the evaluator reports no cost")
)

// usualEvaluations is the default of Config.Evaluations.
const usualEvaluations = 100

// Config configures a search. The zero Config evaluates 100 architectures one after the other.
type Config struct {
	// Seed determines the search, together with Batch, Lag, the method and the results. The search
	// may differ between kinds of processors, because they may round a model's products
	// differently.
	Seed uint64
	// Evaluations is the number of different architectures to evaluate, failures included. The
	// default is 100. Past evaluations do not count. An architecture that is evaluated at several
	// budgets counts once, so limit the cost of such a search with MaxCost.
	Evaluations int
	// MaxCost limits the total cost of the evaluations (Result.Cost); zero means no limit. No group
	// is proposed once the results in view have cost this much.
	MaxCost time.Duration
	// MaxTime limits wall-clock time from the first Ask; zero means no limit. Evaluations already
	// running are finished, and at least one group is evaluated. Use a context with a deadline to
	// interrupt them.
	MaxTime time.Duration

	// Objectives lists the figures to maximize or minimize. If it is empty, the search maximizes
	// Result.Value. Every result must have all of them. With several objectives, History.Front
	// returns the best trade-offs, and Top orders by non-dominated rank.
	Objectives []Objective
	// Limits bounds figures. A result beyond a limit ranks below all others and is neither Best nor
	// on the Front.
	Limits []Limit
	// Figures, if not nil, computes figures that do not need an evaluation, such as parameters or table-based
	// latency. The search adds them to the metrics of results that lack them. An architecture for which Figures
	// fails, or whose figures break a limit, is never evaluated and costs nothing. Figures must always return
	// the same figures for an architecture; if they are measured, keep them in a store, or in an
	// evaluator.Cached if the search will not be resumed.
	Figures evaluator.Evaluator

	// Batch is the number of trials that a method proposes together. The default is 1.
	Batch int
	// Workers is the number of evaluations that Run and Simulate run in parallel. A program that calls
	// Ask and Tell should set it to the number of trials that it evaluates at a time, because the
	// default Lag depends on it. The default is 1, or with a Lag or Batch above 1 as many as can be open
	// at once, Lag + Batch − 1, but at most GOMAXPROCS. With Arrival, it is GOMAXPROCS.
	Workers int
	// Lag is the number of trials after which a result is seen. The group that starts at trial k is
	// proposed with exactly the results of trials up to k − Lag; later trials count as running even
	// if they have finished. The search therefore does not depend on the order in which evaluations
	// finish. With Lag 1, every earlier trial must finish first. A Lag of a few times Workers keeps
	// workers busy even if some evaluations take longer than others.
	//
	// With 0, the default, Lag is 1 if Workers is 0 or 1. Otherwise it grows during the search from
	// Workers to 3·Workers, or only to a sixth of Evaluations if that is less, as LagAt documents. A
	// method learns most from the first results, and in a short search every result counts. Workers
	// that wait for results lose little in a long search.
	Lag int
	// Arrival makes every group see all results that have arrived, instead of those that Lag
	// selects; Lag must then be 0. Workers never wait, but the search depends on the order in which
	// evaluations finish. A Recorder records that order.
	Arrival bool

	// GiveUp ends a search in which nothing succeeds. If the first GiveUp evaluations all fail, the
	// search ends with an error that wraps ErrNoSuccess and the last failure. If the first 10·GiveUp
	// evaluations all fail or break a limit, it ends with one that wraps ErrInfeasible, and if Figures
	// fails for the first 10·GiveUp architectures, with one that wraps the last failure. Zero means
	// 20; a negative number means never. A search that ended like this and is resumed from a
	// Recorder evaluates at least one more architecture.
	GiveUp int

	// Past lists evaluations from before the search.
	Past []Past
	// Recorder records the search so that it can be resumed after a crash. If nil, nothing is
	// recorded.
	Recorder Recorder
	// Logger receives progress messages: the figures of the objectives and limits of each evaluation,
	// failures, and the end. If nil, nothing is logged.
	Logger *slog.Logger
	// OnPropose is called with every group and its trials after the group is proposed and before it
	// enters the History. If it returns ErrStop, the group is not evaluated and the search ends when
	// earlier trials have finished. Any other error ends the search at once and is wrapped by its
	// error.
	OnPropose func(Group, []Trial) error
	// OnResult is called with every evaluation except repeats, in the order of trials, or in the
	// order of arrival if Arrival is set. An error ends the search at once: running evaluations are
	// canceled, and the History ends with this evaluation. If the error is ErrStop, Run returns a
	// nil error.
	//
	// Callbacks are called one at a time. They may read the History but must not call Ask, Tell or
	// Finish. When a search is resumed from a Recorder, they are called again for what it recorded.
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
	c.Evaluations, c.Batch = cmp.Or(c.Evaluations, usualEvaluations), cmp.Or(c.Batch, 1)
	c.GiveUp = cmp.Or(c.GiveUp, 20)
	if c.Lag == 0 && c.Workers <= 1 && !c.Arrival {
		c.Lag = 1
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

// LagAt returns the lag of the group that starts at trial k: Lag if it is positive, and 1 if Workers
// is 0 or 1. Otherwise it is Workers + k·min(Workers, 64)/128, rounded down, but at most 3·Workers,
// and at most Evaluations/6 where that is more than Workers. It has no meaning with Arrival.
func (c Config) LagAt(k int) int {
	if c.Lag > 0 || c.Workers <= 1 {
		return max(1, c.Lag)
	}
	most := max(c.Workers, cmp.Or(c.Evaluations, usualEvaluations)/6)
	return min(3*c.Workers, most, c.Workers+k*min(c.Workers, 64)/128)
}
