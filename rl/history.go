package rl

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Evaluation is one architecture that the search has had evaluated.
type Evaluation struct {
	Index    int // its number in the history
	Round    int
	Explored bool // drawn by the explorer or uniformly: neither the generator nor a Ranking's neighbours proposed it
	Arch     searchspace.Arch
	Key      string // the space's
	Result   evaluator.Result
	Err      error // the evaluation's failure; Result is zero then
}

// Round is what happened in one round.
type Round struct {
	Number int
	// Explored tells that the explorer drew the round's architectures, or those that the generator did not find. What a
	// Ranking has drawn for the ranker to choose from does not count.
	Explored bool
	// Drawn are the indices of the round's architectures in History.Evaluations, in the order in which they were drawn.
	// Under an on-policy learner architectures evaluated in earlier rounds are among them.
	Drawn []int
	// Samples is how many architectures the generator drew to find them.
	Samples int
	// Fit is the round's training, zero where there was none.
	Fit generator.FitReport
}

// StopReason says why a search ended.
type StopReason string

// Why a search ends.
const (
	StopBudget    StopReason = "budget"    // all evaluations are spent
	StopCost      StopReason = "cost"      // the evaluations have cost as much as they may
	StopTime      StopReason = "time"      // the search has gone on for as long as it may
	StopExhausted StopReason = "exhausted" // nothing new is found any more, in a space smaller than the budget
	StopCallback  StopReason = "callback"  // the callback returned ErrStop
	StopError     StopReason = "error"     // Run returned an error
)

// History is a search, evaluation by evaluation.
type History struct {
	Space       string
	Seed        uint64
	Evaluations []Evaluation
	Rounds      []Round
	Stop        StopReason
}

// Cost is what all evaluations cost together.
func (h *History) Cost() time.Duration {
	var sum time.Duration
	for _, e := range h.Evaluations {
		sum += e.Result.Cost
	}
	return sum
}

// Best returns the evaluation with the highest objective, of equal ones the first. It is false where none has succeeded.
func (h *History) Best() (Evaluation, bool) {
	best := h.Top(1)
	if len(best) == 0 {
		return Evaluation{}, false
	}
	return best[0], true
}

// Top returns the n evaluations with the highest objectives, best first, of equal ones the first evaluated; fewer where
// fewer have succeeded.
func (h *History) Top(n int) []Evaluation {
	var done []Evaluation
	for _, e := range h.Evaluations {
		if e.Err == nil {
			done = append(done, e)
		}
	}
	slices.SortStableFunc(done, func(a, b Evaluation) int { return cmp.Compare(b.Result.Value, a.Result.Value) })
	return done[:min(n, len(done))]
}

// WriteCSV writes a row for each evaluation: its number, round, source, objective, the best objective so far, cost in
// seconds, metrics in alphabetic order, the architecture (in the space's notation where it has one, else as JSON) and the
// error, be it the evaluation's or that of a result which stands in for it.
func (h *History) WriteCSV(w io.Writer, space searchspace.Space) error {
	metrics := map[string]bool{}
	for _, e := range h.Evaluations {
		for name := range e.Result.Metrics {
			metrics[name] = true
		}
	}
	names := make([]string, 0, len(metrics))
	for name := range metrics {
		names = append(names, name)
	}
	slices.Sort(names)

	out := csv.NewWriter(w)
	header := append([]string{"evaluation", "round", "explored", "value", "best", "cost_seconds"}, names...)
	if err := out.Write(append(header, "arch", "error")); err != nil {
		return fmt.Errorf("writing a history: %w", err)
	}
	best := ""
	var bestValue float64
	for _, e := range h.Evaluations {
		value, failure := "", e.Result.Failure
		if e.Err != nil {
			failure = e.Err.Error()
		} else {
			value = number(e.Result.Value)
			if best == "" || e.Result.Value > bestValue {
				best, bestValue = value, e.Result.Value
			}
		}
		row := []string{strconv.Itoa(e.Index), strconv.Itoa(e.Round), strconv.FormatBool(e.Explored), value, best, number(e.Result.Cost.Seconds())}
		for _, name := range names {
			cell := ""
			if v, ok := e.Result.Metrics[name]; ok {
				cell = number(v)
			}
			row = append(row, cell)
		}
		text, err := archText(space, e.Arch)
		if err != nil {
			return fmt.Errorf("writing a history: evaluation %d: %w", e.Index, err)
		}
		if err := out.Write(append(row, text, failure)); err != nil {
			return fmt.Errorf("writing a history: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing a history: %w", err)
	}
	return nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func archText(space searchspace.Space, a searchspace.Arch) (string, error) {
	if n, ok := space.(searchspace.Notation); ok {
		return n.Format(a), nil
	}
	text, err := a.MarshalJSON()
	return string(text), err
}
