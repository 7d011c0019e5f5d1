package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"gonum.org/v1/gonum/stat"
)

// comparison is what the tables and plots show.
type comparison struct {
	*bench
	summaries []summary
}

// summary is a method over all its seeds.
type summary struct {
	name        string
	runs        []record
	valid, test estimate
	hits        float64 // share of the seeds that found the table's best value
	reached     float64 // share of the seeds that reached the value of -reach
	until       float64 // evaluations until then, the median over the seeds; infinite where most never did
	seconds     float64 // mean
	against     effect  // the paper's
}

// estimate of a mean.
type estimate struct{ mean, deviation, err float64 }

func estimated(x []float64) estimate {
	e := estimate{mean: stat.Mean(x, nil)}
	if len(x) > 1 {
		e.deviation = stat.StdDev(x, nil)
		e.err = stat.StdErr(e.deviation, float64(len(x)))
	}
	return e
}

// summarise takes runs in the order of the methods.
func summarise(b *bench, runs []record) comparison {
	c := comparison{bench: b}
	for _, m := range b.methods {
		var own []record
		for _, r := range runs {
			if r.Method == m.name {
				own = append(own, r)
			}
		}
		c.summaries = append(c.summaries, c.summary(m.name, own))
	}
	if i := slices.IndexFunc(c.summaries, func(s summary) bool { return s.name == paper }); i >= 0 {
		for j := range c.summaries {
			c.summaries[j].against = effectOf(c.summaries[j].values(), c.summaries[i].values())
		}
	}
	return c
}

func (c comparison) summary(name string, runs []record) summary {
	s := summary{name: name, runs: runs}
	var test, until, seconds []float64
	n := float64(len(runs))
	for _, r := range runs {
		test, seconds = append(test, r.Test), append(seconds, r.Seconds)
		if r.Valid >= c.best {
			s.hits += 1 / n
		}
		evals := r.until(c.reach)
		if !math.IsInf(evals, 1) {
			s.reached += 1 / n
		}
		until = append(until, evals)
	}
	slices.Sort(until)
	s.until = stat.Quantile(0.5, stat.Empirical, until, nil)
	s.valid, s.test, s.seconds = estimated(s.values()), estimated(test), stat.Mean(seconds, nil)
	return s
}

func (s summary) values() []float64 {
	var values []float64
	for _, r := range s.runs {
		values = append(values, r.Valid)
	}
	return values
}

// until counts the evaluations until a value.
func (r *record) until(value float64) float64 {
	for _, p := range r.Better {
		if p.Value >= value {
			return float64(p.Evals)
		}
	}
	return math.Inf(1)
}

// effect is how a method's best values compare with another's. The intervals are 95 % bootstrap percentiles.
type effect struct {
	difference interval // of the means
	superior   interval // probability that a seed of this method beats one of the other's, ties half (Vargha & Delaney 2000)
	p          float64  // Mann-Whitney test, two-sided
}

type interval struct{ value, low, high float64 }

// resamples of the bootstrap.
const resamples = 10_000

func effectOf(x, y []float64) effect {
	rng := rand.New(rand.NewPCG(1, 1))
	u, v := make([]float64, len(x)), make([]float64, len(y))
	differences, superior := make([]float64, resamples), make([]float64, resamples)
	for i := range resamples {
		resample(rng, u, x)
		resample(rng, v, y)
		differences[i] = stat.Mean(u, nil) - stat.Mean(v, nil)
		superior[i] = superiority(u, v)
	}
	return effect{
		difference: between(stat.Mean(x, nil)-stat.Mean(y, nil), differences),
		superior:   between(superiority(x, y), superior),
		p:          mannWhitney(x, y),
	}
}

func resample(rng *rand.Rand, dst, from []float64) {
	for i := range dst {
		dst[i] = from[rng.IntN(len(from))]
	}
}

func between(value float64, resampled []float64) interval {
	slices.Sort(resampled)
	return interval{
		value, stat.Quantile(0.025, stat.Empirical, resampled, nil), stat.Quantile(0.975, stat.Empirical, resampled, nil),
	}
}

// superiority sorts y and counts. x stays as it is.
func superiority(x, y []float64) float64 {
	y = slices.Sorted(slices.Values(y))
	wins := 0.0
	for _, v := range x {
		below, _ := slices.BinarySearch(y, v)
		upTo, _ := slices.BinarySearch(y, math.Nextafter(v, math.Inf(1)))
		wins += float64(below) + float64(upTo-below)/2
	}
	return wins / float64(len(x)*len(y))
}

// The exact distribution of the statistic under ties, which the package computes for small samples, depends on the order of
// the two samples and exceeds one. The normal approximation with its correction for ties does neither.
func init() { stats.MannWhitneyTiesExactLimit = 0 }

// mannWhitney is 1 where all values are equal: nothing tells the two apart.
func mannWhitney(x, y []float64) float64 {
	result, err := stats.MannWhitneyUTest(x, y, stats.LocationDiffers)
	if err != nil {
		return 1 // neither is empty: all are equal
	}
	return result.P
}
