package bayes

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// ranking configures how a method of this package ranks.
type ranking struct {
	grid   *grid
	models int  // the largest number of models to average
	adapts bool // use a bound whose confidence depends on the noise, and learn which architectures fail
	design bool // the score is the standard deviation
}

// cautious returns the confidence with a number of running trials. The later a result is seen, the fewer
// trials are left to exploit what is learned from an uncertain candidate. Twelve running trials halve
// the confidence, and it never falls below a quarter.
func cautious(confidence float64, running int) float64 {
	r := float64(running) / 12
	return confidence / min(4, 1+r*r)
}

// rank returns the indexes of the n candidates with the highest scores; ties go to the earlier
// candidate. Each is chosen as if the ones before it were running.
func (r ranking) rank(ctx context.Context, s *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	n = min(n, len(candidates))
	chosen := make([]int, 0, max(n, 0))
	if n <= 0 {
		return chosen, nil
	}
	p, err := r.outlook(ctx, s, candidates)
	if err != nil {
		return nil, err
	}
	score := p.expected
	switch {
	case r.design:
		score = p.uncertainty
	case r.adapts:
		confidence := p.confidence()
		score = func(i int) float64 {
			return p.bound(i, cautious(confidence, len(s.Running())+len(chosen)))
		}
	}
	taken := make([]bool, len(candidates))
	for len(chosen) < n {
		best, highest := -1, math.Inf(-1)
		for i := range candidates {
			if score := score(i); !taken[i] && (best < 0 || score > highest) {
				best, highest = i, score
			}
		}
		taken[best] = true
		if chosen = append(chosen, best); len(chosen) < n {
			p.imagine(best)
		}
	}
	return chosen, nil
}

// outlook holds the predictions for candidates.
type outlook struct {
	*prediction
	*evidence
	best, least float64   // the highest and lowest observed scores
	succeed     []float64 // probability that each succeeds; nil if all evaluations had the same outcome
}

// expected returns the expected improvement over the best.
func (o *outlook) expected(i int) float64 { return improvement(o.mean[i]-o.best, o.deviation(i)) }

// bound returns an upper confidence bound (Srinivas et al. 2010) of a candidate that may fail. A
// failure counts as the worst score.
func (o *outlook) bound(i int, confidence float64) float64 {
	b := o.mean[i] + confidence*o.deviation(i) - o.least
	if o.succeed != nil {
		b *= o.succeed[i]
	}
	return b
}

// uncertainty returns the standard deviation of a candidate, times the probability that it succeeds.
func (o *outlook) uncertainty(i int) float64 {
	d := o.deviation(i)
	if o.succeed != nil {
		d *= o.succeed[i]
	}
	return d
}

// improvement returns the expectation of max(0, x) for a normal x (Jones et al. 1998, equation 15).
func improvement(mean, deviation float64) float64 {
	u := mean / deviation
	return mean*distuv.UnitNormal.CDF(u) + deviation*distuv.UnitNormal.Prob(u)
}

// typical is the number of candidates that determine the units of distances while there are fewer than
// two evaluations.
const typical = 50

// outlook fits models to the evaluations and predicts the candidates, treating running trials as
// evaluated.
func (r ranking) outlook(ctx context.Context, s *rl.State, candidates []searchspace.Arch) (*outlook, error) {
	m := remember(s, memoryKey{})
	defer m.turn.Unlock()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("ranking: %w", context.Cause(ctx))
	}
	known := evidenceOf(s, m.seen)
	seen := m.sampleOf(known.numbers, r.grid.all)
	seen.noise = known.noise
	targets, expected, err := r.warm(s, m, known, candidates)
	if err != nil {
		return nil, err
	}
	posteriors, err := m.fit(r.grid, seen, targets, r.models)
	if err != nil {
		return nil, fmt.Errorf("fitting a Gaussian process to %d evaluations: %w", len(known.numbers), err)
	}
	archs := slices.Clone(candidates)
	for _, t := range s.Running() {
		archs = append(archs, t.Arch)
	}
	entries := m.measured(archs)
	if few := entries[:min(typical, len(entries))]; r.adapts && len(known.numbers) < 2 && len(few) > 1 {
		seen.scaleToTypical(few)
	}
	out := &outlook{prediction: predict(seen, posteriors, entries), evidence: known}
	for i, v := range expected {
		out.mean[i] += v
	}
	if len(known.scores) > 0 {
		out.best, out.least = slices.Max(known.best()), slices.Min(known.best())
	}
	if r.adapts {
		if out.succeed, err = m.chances(entries[:len(candidates)]); err != nil {
			return nil, err
		}
	}
	for i := range s.Running() {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("ranking: %w", context.Cause(ctx))
		}
		out.imagine(len(candidates) + i)
	}
	return out, nil
}

// archText is an architecture with its text.
type archText struct {
	searchspace.Arch
	text string
}

func textOf(a searchspace.Arch) archText { return archText{a, a.String()} }

// warm returns the scores of the evidence minus their prior means from other objectives, and the
// prior means of the candidates. The prior means are zero if there are no other objectives or the
// ranking does not adapt.
func (r ranking) warm(s *rl.State, m *memory, known *evidence, candidates []searchspace.Arch) (targets, expected []float64, err error) {
	if len(s.Others()) == 0 || !r.adapts {
		return known.scores, nil, nil
	}
	seen := make([]archText, len(known.numbers))
	for k, i := range known.numbers {
		seen[k] = textOf(m.seen[i].Arch)
	}
	archs := make([]archText, len(candidates))
	for i, a := range candidates {
		archs[i] = textOf(a)
	}
	prior, expected, err := transfer(s, seen, known.scores, archs)
	if err != nil {
		return nil, nil, err
	}
	targets = slices.Clone(known.scores)
	for i, v := range prior {
		targets[i] -= v
	}
	return targets, expected, nil
}
