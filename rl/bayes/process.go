package bayes

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// GaussianProcess predicts how good an architecture is from all that were evaluated (Rasmussen & Williams 2006). It
// regresses their normal scores, the quantiles of a normal distribution at their ranks. These have one scale and one shape
// whatever the objective's are, and they tell the few best apart more clearly than ranks do. The prior covariance of two
// architectures is
//
//	(1 − w) exp(−h/ℓ) + w exp(−d/λ)
//
// with h the share of decisions in which they differ, and d the squared distance between their counts of labelled walks:
// of how often the same operations follow one another along up to three edges, wherever in the graph (compare Kashima et
// al. 2003 for kernels on walks). Two cells that compute the same by other nodes are far apart by the first and near by
// the second.
//
// Fields are compared one by one. In h an ordered field counts |i − j|/(n − 1) if its values are numbers i and j of n, any other
// field 1 if it differs, and each 1 if it exists in one architecture alone; the sum is divided by the number of operations,
// edges and fields in which the evaluated architectures differ at all. In d, walks of up to one edge are counted for every
// field besides, by the operations and the values of that field, and for every value of an ordered field but the first, by the
// operations and whether the field has at least that value. So a step of an ordered field changes few counts.
//
// The lengths ℓ and λ and the noise are those of a small grid with the greatest marginal likelihood. With the
// first term alone they are fixed, ℓ at 0.8 and the variance of the noise at 0.1: the likelihood of the first few
// evaluations often prefers lengths at which nothing is learned about a neighbor, and searches with it found less.
//
// Architectures that are running count as observations that equal their predictions, and so does every architecture of
// a group for those after it. So trials in parallel spread out (Desautels et al. 2014).
//
// It is a [rl.Ranker] of what a generator draws, and a [rl.Method] of its own. The zero value has the first term alone and
// scores by expected improvement.
type GaussianProcess struct {
	// Walks is w, from 0 to 1. If r trials are running, it is divided by 1 + r/4.
	Walks float64
	// Confidence scores an architecture by its predicted mean plus this many standard deviations (Srinivas et al. 2010);
	// 0 scores by the expected improvement over the best score (Jones et al. 1998). If r trials are running, it is divided
	// by 1 + r/8.
	Confidence float64
	// Explorer draws the first architectures, after what did best under other objectives, which may be half of them, and
	// the candidates in spaces that are too large to be listed. If nil, every label of an edge is as likely as the
	// others, its absence included. A ranker does not use it.
	Explorer generator.GraphGenerator
	// Neighbors is how many random neighbors of each good architecture are candidates if it is too large to list them all
	// (see rl.State.FewNeighbors); 0 means 64. A ranker does not use it.
	Neighbors int
}

var (
	_ rl.Ranker = GaussianProcess{}
	_ rl.Method = GaussianProcess{}
)

// As a method, a Gaussian process begins with firstDraws architectures of the explorer. If the space can be listed (see
// rl.State.Members), all its members are candidates; else drawnCandidates draws and the neighbors of the best parents.
const (
	firstDraws      = 10
	drawnCandidates = 1000
	parents         = 10
)

// Propose returns the candidates with the highest acquisition values.
func (p GaussianProcess) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	rng := s.Rand(rl.ToPropose)
	if begun := s.Proposed(); begun < firstDraws || len(s.Top(1)) == 0 && len(s.Running()) > 0 {
		if begun < firstDraws {
			n = min(n, firstDraws-begun)
		}
		c := s.NewCandidates()
		for _, a := range s.Suggested(min(n, firstDraws/2-begun)) {
			c.Add(rl.SourcePast, a)
		}
		_, err := c.Explore(ctx, rl.SourceExplorer, p.Explorer, rng, n-c.Len())
		return c.Trials(n), err
	}
	archs := slices.Clone(s.Members())
	if archs == nil {
		var err error
		if archs, err = p.candidates(ctx, s, rng); err != nil {
			return nil, err
		}
	}
	archs = unknown(s, archs, rng)
	chosen, err := p.Rank(ctx, s, archs, n)
	if err != nil {
		return nil, err
	}
	trials := make([]rl.Trial, len(chosen))
	for i, at := range chosen {
		trials[i] = rl.Trial{Arch: archs[at], Source: rl.SourcePool}
	}
	return trials, nil
}

// candidates draws some and adds the neighbors of the best.
func (p GaussianProcess) candidates(ctx context.Context, s *rl.State, rng *rand.Rand) ([]searchspace.Arch, error) {
	c := s.NewCandidates()
	if _, err := c.Explore(ctx, rl.SourcePool, p.Explorer, rng, drawnCandidates); err != nil {
		return nil, err
	}
	archs := slices.Clone(c.Archs())
	for _, e := range s.Top(parents) {
		near, err := s.SomeNeighbors(ctx, e.Arch, rng, cmp.Or(p.Neighbors, 64))
		if err != nil {
			return nil, err
		}
		archs = append(archs, near...)
	}
	return archs, nil
}

// unknown returns the architectures that are not known, one of each Key, in random order: chance decides between equal scores.
func unknown(s *rl.State, archs []searchspace.Arch, rng *rand.Rand) []searchspace.Arch {
	seen := map[string]bool{}
	for _, e := range s.Evaluations() {
		seen[e.Key] = true
	}
	for _, t := range s.Running() {
		seen[t.Key] = true
	}
	type keyed struct {
		arch searchspace.Arch
		key  string // computed once, as it may take long
	}
	var fresh []keyed
	for _, a := range archs {
		if key := s.Space().Key(a); !seen[key] {
			fresh = append(fresh, keyed{a, key})
		}
	}
	rng.Shuffle(len(fresh), func(i, j int) { fresh[i], fresh[j] = fresh[j], fresh[i] })
	archs = archs[:0]
	for _, k := range fresh {
		if !seen[k.key] {
			seen[k.key] = true
			archs = append(archs, k.arch)
		}
	}
	return archs
}

// Rank returns the places of the n candidates with the highest acquisition values, of equal ones the first, each chosen
// as if the ones before it were running. If nothing has succeeded yet, they are the n that are the least like what is
// running and one another.
func (p GaussianProcess) Rank(ctx context.Context, s *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	n = min(n, len(candidates))
	chosen := make([]int, 0, max(n, 0))
	running := len(s.Running())
	predicted, post, err := p.amid(running).predict(ctx, s, candidates)
	if err != nil {
		return nil, err
	}
	taken := make([]bool, len(candidates))
	for len(chosen) < n {
		now := p.amid(running + len(chosen))
		best, highest := -1, math.Inf(-1)
		for i := range candidates {
			if score := now.acquisition(predicted.mean[i], predicted.deviation(i), post.best); !taken[i] && (best < 0 || score > highest) {
				best, highest = i, score
			}
		}
		taken[best] = true
		if chosen = append(chosen, best); len(chosen) < n {
			predicted.imagine(best)
		}
	}
	return chosen, nil
}

// amid returns the process with its settings adjusted to the number of running trials. The more trials run, the later a
// result is seen, and the fewer trials are left to use what an exploring trial has taught. There are also fewer results to learn from, and
// from few results the Hamming kernel predicts better than that of walks.
func (p GaussianProcess) amid(running int) GaussianProcess {
	p.Confidence /= 1 + float64(running)/8
	p.Walks /= 1 + float64(running)/4
	return p
}

// predict fits the process to what was seen and predicts the candidates, with what is running imagined.
func (p GaussianProcess) predict(ctx context.Context, s *rl.State, candidates []searchspace.Arch) (*prediction, *posterior, error) {
	encoder := newEncoder(s.Space(), p.Walks > 0)
	post, err := p.fit(s, encoder)
	if err != nil {
		return nil, nil, err
	}
	if ctx.Err() != nil {
		return nil, nil, fmt.Errorf("ranking: %w", context.Cause(ctx))
	}
	all := encoder.encodeAll(candidates)
	for _, t := range s.Running() {
		all = append(all, encoder.encode(t.Arch))
	}
	predicted := post.predict(all)
	for i := range s.Running() {
		if ctx.Err() != nil {
			return nil, nil, fmt.Errorf("ranking: %w", context.Cause(ctx))
		}
		predicted.imagine(len(candidates) + i)
	}
	return predicted, post, nil
}

// fit fits the process to what was seen. If that is nothing, it is the prior of the Hamming kernel.
func (p GaussianProcess) fit(s *rl.State, e *encoder) (*posterior, error) {
	seen := s.Top(len(s.Evaluations()))
	if len(seen) == 0 {
		return newPrior(0, e, nil).unseen(), nil
	}
	values, archs := make([]float64, len(seen)), make([]searchspace.Arch, len(seen))
	for i, one := range seen {
		values[i], archs[i] = one.Result.Value, one.Arch
	}
	known := e.encodeAll(archs)
	post, err := newPrior(p.Walks, e, known).fit(known, normalScores(values))
	if err != nil {
		return nil, fmt.Errorf("fitting a Gaussian process to %d evaluations: %w", len(seen), err)
	}
	return post, nil
}

// acquisition returns how wanted an architecture is.
func (p GaussianProcess) acquisition(mean, deviation, best float64) float64 {
	if p.Confidence > 0 {
		return mean + p.Confidence*deviation
	}
	u := (mean - best) / deviation
	return (mean-best)*distuv.UnitNormal.CDF(u) + deviation*distuv.UnitNormal.Prob(u)
}

// Validate returns what is wrong with the settings.
func (p GaussianProcess) Validate() error {
	if !(p.Walks >= 0 && p.Walks <= 1) {
		return fmt.Errorf("GaussianProcess: Walks must be from 0 to 1, got %v", p.Walks)
	}
	if !(p.Confidence >= 0) || math.IsInf(p.Confidence, 0) {
		return fmt.Errorf("GaussianProcess: Confidence must be a number of at least 0, got %v", p.Confidence)
	}
	if p.Neighbors < 0 {
		return fmt.Errorf("GaussianProcess: Neighbors must not be negative, got %d", p.Neighbors)
	}
	return nil
}
