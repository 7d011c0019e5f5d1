package main

import (
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// comparison contains the data of the tables and plots.
type comparison struct {
	*bench
	totals   []total // of the methods that have finished searches
	failures summary.Failures
}

// total is a method over all its finished searches.
type total struct {
	name        string
	runs        []record
	valid, test summary.Estimate
	hits        float64 // fraction of the seeds that found the table's best value
	seconds     float64 // mean
	failures    summary.Failures
	against     *summary.Effect // comparison with the baseline; nil for the baseline itself, and if the baseline has no search

	// untilBest and untilReached are the numbers of evaluations to reach the table's best value and that of -reach.
	untilBest, untilReached count

	// In simulated time:
	hours   float64            // mean
	toBest  float64            // median of the hours until the table's best value; infinite if most searches have not found it
	busy    float64            // fraction of the time that workers spent evaluating, mean
	regrets []summary.Estimate // after each of the shares
	// Hours until the mean over the seeds reaches the value of -reach, and until it reaches the baseline's mean at the
	// end. They are infinite if it never does, and the second also if the baseline has no finished search.
	hoursUntilReached, hoursUntilBaseline float64
}

// comparisonOf summarizes runs, which must be in the order of the methods.
func comparisonOf(b *bench, runs []record) comparison {
	c := comparison{bench: b}
	for _, m := range b.methods {
		var own []record
		for _, r := range runs {
			if r.Method == m.Name {
				own = append(own, r)
			}
		}
		if len(own) == 0 {
			continue
		}
		t := c.total(m.Name, own)
		c.totals = append(c.totals, t)
		c.failures.Add(t.failures)
	}
	c.compareWithBaseline()
	return c
}

func (c comparison) compareWithBaseline() {
	base := c.of(c.baseline)
	if base == nil {
		return
	}
	var effects []*summary.Effect
	for i := range c.totals {
		t := &c.totals[i]
		if c.simulated() {
			t.hoursUntilBaseline = hoursUntil(base.valid.Mean, t.runs)
		}
		if t != base {
			e := summary.EffectOf(t.values(), base.values())
			t.against = &e
			effects = append(effects, &e)
		}
	}
	summary.Correct(effects)
}

// of returns the total of a method, nil if it has no search.
func (c comparison) of(method string) *total {
	if i := slices.IndexFunc(c.totals, func(t total) bool { return t.name == method }); i >= 0 {
		return &c.totals[i]
	}
	return nil
}

// finished returns the number of finished searches.
func (c comparison) finished() int {
	n := 0
	for _, t := range c.totals {
		n += len(t.runs)
	}
	return n
}

func (c comparison) total(name string, runs []record) total {
	t := total{
		name: name, runs: runs, untilBest: c.countUntil(c.best, runs), untilReached: c.countUntil(c.reach, runs),
		hoursUntilReached: math.Inf(1), hoursUntilBaseline: math.Inf(1),
	}
	var test, toBest []float64
	n := float64(len(runs))
	for _, r := range runs {
		test = append(test, r.Test)
		t.seconds += r.Seconds / n
		t.failures.Add(r.Failures)
		found := r.Valid >= c.best
		if found {
			t.hits += 1 / n
		}
		if s := r.Simulated; s != nil {
			t.hours += s.Hours / n
			t.busy += s.Busy / n
			if found {
				toBest = append(toBest, s.HoursToBest)
			} else {
				toBest = append(toBest, math.Inf(1))
			}
		}
	}
	t.valid, t.test = summary.Of(t.values()), summary.Of(test)
	if c.simulated() {
		t.toBest, t.regrets, t.hoursUntilReached = median(toBest), c.regrets(runs), hoursUntil(c.reach, runs)
	}
	return t
}

func (t total) values() []float64 {
	var values []float64
	for _, r := range t.runs {
		values = append(values, r.Valid)
	}
	return values
}
