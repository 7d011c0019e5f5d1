package main

import (
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// score is a method over all tables.
type score struct {
	name string
	// rank is its average rank by the mean of the best values, regret its average normalized regret.
	rank, regret summary.Interval
	// rankBehind and regretBehind are the differences from those of the method that it is compared with.
	rankBehind, regretBehind summary.Interval
}

// overall compares the methods over the tables that all of them have searched.
type overall struct {
	scores   []score // in the order of the suite
	tables   int
	families int
}

// bootstraps is the number of bootstrap samples of an interval.
const bootstraps = 2000

// overallOf scores the methods that have finished searches. The intervals come from a bootstrap in two stages: it draws
// families with replacement, each with all its tables, and then resamples the seeds of each table and method.
func overallOf(r results) overall {
	var names []string
	for _, m := range r.methods {
		if slices.ContainsFunc(r.tables, func(t tableResult) bool { return t.method(m.Name) != nil }) {
			names = append(names, m.Name)
		}
	}
	families := familiesOf(r.tables, names)
	o := overall{families: len(families)}
	for _, f := range families {
		o.tables += len(f)
	}
	if o.tables == 0 {
		return o
	}
	rank, regret := average(families, func(t contest, m int) float64 { return stat.Mean(t.values[m], nil) })
	rng := rand.New(rand.NewPCG(1, 1))
	ranks, regrets := make([][]float64, len(names)), make([][]float64, len(names))
	for range bootstraps {
		drawn := make([][]contest, len(families))
		for i := range drawn {
			drawn[i] = families[rng.IntN(len(families))]
		}
		rank, regret := average(drawn, func(t contest, m int) float64 { return resampledMean(rng, t.values[m]) })
		for m := range names {
			ranks[m], regrets[m] = append(ranks[m], rank[m]), append(regrets[m], regret[m])
		}
	}
	base := slices.Index(names, r.against)
	for m, name := range names {
		s := score{name: name}
		if base >= 0 {
			s.rankBehind = summary.Percentiles(rank[m]-rank[base], difference(ranks[m], ranks[base]))
			s.regretBehind = summary.Percentiles(regret[m]-regret[base], difference(regrets[m], regrets[base]))
		}
		o.scores = append(o.scores, s)
	}
	for m := range o.scores { // Percentiles sorts, so the differences come first
		o.scores[m].rank = summary.Percentiles(rank[m], ranks[m])
		o.scores[m].regret = summary.Percentiles(regret[m], regrets[m])
	}
	return o
}

// contest is a table with the best values of each method's searches.
type contest struct {
	*problem
	values [][]float64
}

// familiesOf returns the tables that all methods have searched, by family.
func familiesOf(tables []tableResult, names []string) [][]contest {
	at := map[string]int{}
	var families [][]contest
	for _, t := range tables {
		c := contest{problem: t.problem}
		for _, name := range names {
			if m := t.method(name); m != nil {
				c.values = append(c.values, m.values)
			}
		}
		if len(c.values) < len(names) {
			continue
		}
		i, ok := at[t.Family]
		if !ok {
			i = len(families)
			at[t.Family] = i
			families = append(families, nil)
		}
		families[i] = append(families[i], c)
	}
	return families
}

// average returns the average rank and normalized regret of each method over all tables. found returns the result of a
// method on a table.
func average(families [][]contest, found func(t contest, method int) float64) (rank, regret []float64) {
	tables := 0.0
	for _, f := range families {
		for _, t := range f {
			values := make([]float64, len(t.values))
			for m := range values {
				values[m] = found(t, m)
			}
			if rank == nil {
				rank, regret = make([]float64, len(values)), make([]float64, len(values))
			}
			for m, r := range summary.Ranks(values) {
				rank[m] += r
				regret[m] += t.regret(values[m])
			}
			tables++
		}
	}
	for m := range rank {
		rank[m] /= tables
		regret[m] /= tables
	}
	return rank, regret
}

// resampledMean returns the mean of a sample of the values, drawn with replacement and of the same
// size.
func resampledMean(rng *rand.Rand, values []float64) float64 {
	sum := 0.0
	for range values {
		sum += values[rng.IntN(len(values))]
	}
	return sum / float64(len(values))
}

func difference(x, y []float64) []float64 {
	d := make([]float64, len(x))
	for i := range x {
		d[i] = x[i] - y[i]
	}
	return d
}
