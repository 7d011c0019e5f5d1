package main

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// comparison is what the tables and plots show.
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
	hits        float64 // share of the seeds that found the table's best value
	reached     float64 // share of the seeds that reached the value of -reach
	until       float64 // evaluations until then, the median over the seeds; infinite if most never did
	seconds     float64 // mean
	failures    summary.Failures
	against     *summary.Effect // how it compares with the baseline; nil for the baseline itself, and if the baseline has no search

	// In simulated time:
	hoursUntil  float64 // hours until the value of -reach, the median over the seeds; infinite if most never reached it
	hoursToBest float64 // hours until the best of each search, mean
	hours       float64 // mean
	busy        float64 // share of the time that workers spent evaluating, mean
}

// comparisonOf takes runs in the order of the methods.
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
	base := slices.IndexFunc(c.totals, func(t total) bool { return t.name == c.baseline })
	if base < 0 {
		return
	}
	var effects []*summary.Effect
	for i := range c.totals {
		if i != base {
			e := summary.EffectOf(c.totals[i].values(), c.totals[base].values())
			c.totals[i].against = &e
			effects = append(effects, &e)
		}
	}
	summary.Correct(effects)
}

// finished returns how many searches have finished.
func (c comparison) finished() int {
	n := 0
	for _, t := range c.totals {
		n += len(t.runs)
	}
	return n
}

func (c comparison) total(name string, runs []record) total {
	t := total{name: name, runs: runs}
	var test, until, hoursUntil []float64
	n := float64(len(runs))
	for _, r := range runs {
		test, until = append(test, r.Test), append(until, r.until(c.reach))
		t.seconds += r.Seconds / n
		t.failures.Add(r.Failures)
		if r.Valid >= c.best {
			t.hits += 1 / n
		}
		if r.Valid >= c.reach {
			t.reached += 1 / n
		}
		if s := r.Simulated; s != nil {
			hoursUntil = append(hoursUntil, s.until(c.reach))
			t.hoursToBest += s.HoursToBest / n
			t.hours += s.Hours / n
			t.busy += s.Busy / n
		}
	}
	t.valid, t.test, t.until = summary.Of(t.values()), summary.Of(test), median(until)
	if len(hoursUntil) > 0 {
		t.hoursUntil = median(hoursUntil)
	}
	return t
}

// median sorts its argument.
func median(x []float64) float64 {
	slices.Sort(x)
	return stat.Quantile(0.5, stat.Empirical, x, nil)
}

func (t total) values() []float64 {
	var values []float64
	for _, r := range t.runs {
		values = append(values, r.Valid)
	}
	return values
}

// until returns the number of evaluations until a value, infinite if it was not reached.
func (r *record) until(value float64) float64 {
	for _, p := range r.Better {
		if p.Value >= value {
			return float64(p.Evals)
		}
	}
	return math.Inf(1)
}
