package main

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// results contains the results of all tables.
type results struct {
	*suite
	tables   []tableResult
	failures summary.Failures
}

// tableResult contains the results of the methods on a table.
type tableResult struct {
	*problem
	methods []methodResult // in the order of the suite; those without a finished search are left out
}

// methodResult contains the results of a method on a table.
type methodResult struct {
	name     string
	values   []float64 // the best value of each search
	value    summary.Estimate
	test     summary.Estimate // N is 0 if the table has no test column
	until    float64          // median number of evaluations until the best of the table; infinite if most searches never found it
	needed   summary.Estimate // mean of the same; a search that did not find it counts as one evaluation more than its limit
	worst    float64          // of values
	fifth    float64          // 5th percentile of values
	found    float64          // fraction of searches that found the best of the table
	seconds  float64          // mean
	failures summary.Failures
	against  *summary.Effect // comparison with the chosen method; nil for that method itself, and if it has no search
}

// resultsOf gathers the searches of a suite.
func resultsOf(s *suite, records []record) results {
	all := results{suite: s}
	for _, p := range s.problems {
		t := tableResult{problem: p}
		for _, m := range s.methods {
			var own []record
			for _, r := range records {
				if r.Table == p.Name && r.Method == m.Name {
					own = append(own, r)
				}
			}
			if len(own) > 0 {
				t.methods = append(t.methods, p.result(m.Name, own))
			}
		}
		if len(t.methods) == 0 {
			continue
		}
		t.compareWith(s.against)
		for _, m := range t.methods {
			all.failures.Add(m.failures)
		}
		all.tables = append(all.tables, t)
	}
	return all
}

// result summarizes the searches of a method.
func (p *problem) result(name string, records []record) methodResult {
	m := methodResult{name: name}
	var tests, until, needed []float64
	for _, r := range records {
		m.values = append(m.values, r.Value)
		if r.Test != nil {
			tests = append(tests, *r.Test)
		}
		n := r.Better.Until(p.best)
		until, needed = append(until, n), append(needed, min(n, float64(r.Evals+1)))
		if !math.IsInf(n, 1) {
			m.found += 1 / float64(len(records))
		}
		m.seconds += r.Seconds / float64(len(records))
		m.failures.Add(r.Failures)
	}
	slices.Sort(until)
	m.value, m.needed, m.until = summary.Of(m.values), summary.Of(needed), stat.Quantile(0.5, stat.Empirical, until, nil)
	if len(tests) > 0 {
		m.test = summary.Of(tests)
	}
	ascending := slices.Sorted(slices.Values(m.values))
	m.worst, m.fifth = ascending[0], stat.Quantile(0.05, stat.LinInterp, ascending, nil)
	return m
}

// compareWith compares the methods with one of them.
func (t *tableResult) compareWith(name string) {
	base := t.method(name)
	if base == nil {
		return
	}
	var effects []*summary.Effect
	for i := range t.methods {
		if m := &t.methods[i]; m != base {
			e := summary.EffectOf(m.values, base.values)
			m.against = &e
			effects = append(effects, &e)
		}
	}
	summary.Correct(effects)
}

// method returns the result of a method, or nil if it has none.
func (t *tableResult) method(name string) *methodResult {
	for i := range t.methods {
		if t.methods[i].name == name {
			return &t.methods[i]
		}
	}
	return nil
}

// beaten reports whether a method found a better value than the best of the problem. This can happen if the space cannot be
// listed.
func (t *tableResult) beaten() bool {
	return slices.ContainsFunc(t.methods, func(m methodResult) bool { return slices.Max(m.values) > t.best })
}
