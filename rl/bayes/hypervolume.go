package bayes

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/pareto"
	"github.com/graphpnas/graphpnas/searchspace"
)

// HypervolumeImprovement proposes the architectures with the largest expected increase of the
// front's hypervolume (Emmerich et al. 2006). It handles one or more objectives, with or without
// limits.
//
// Each figure is predicted by Gaussian processes, unless it is known before evaluation
// (rl.State.Figures) and therefore exact. These are the processes of [ModelAverage], each of whose
// 8 prior covariances gets the noise variance with the most evidence. Each is used twice: to
// compare whole architectures, and to compare only the edges on paths from a part's first node to
// its last. The predictions are averaged, weighted by the fifth root of their evidence, so that a
// prediction is uncertain where they disagree.
//
// Figures may deviate farther from their predictions on one side than on the other. The deviations
// above and below a prediction are therefore scaled by the leave-one-out errors of similar
// evaluations on that side (Rasmussen & Williams 2006, section 5.4.2). In a part of the front that
// cannot be improved further, hardly any error is on the better side, and the search turns to other
// parts.
//
// The processes regress scores: the standardized figures plus their normal scores, the latter with
// a weight that falls from 1 to 0.1 as evaluations accumulate. A predicted score is converted back
// to a figure by interpolating between observed ones, and beyond them with the mean slope of the
// last quarter, so figures may have any scale. The expectation is averaged over 64 quasi-random
// draws of the unknown figures. It is multiplied by the probability that the figures are within the
// limits (Gardner et al. 2014) and by the probability of success.
//
// Every second trial is chosen optimistically: it is the one that would improve most if every
// figure were two standard deviations better than predicted. While no evaluation is within the
// limits, it chooses the candidate that is most likely to be.
//
// Unlike random scalarizations, expected hypervolume improvement needs no weights or common scale
// for the objectives and does not return to known parts of the front.
//
// HypervolumeImprovement is an [rl.Ranker] for the draws of a generator, and an [rl.Method] whose
// candidates are the neighbors of the best 20 architectures and 500 others from the whole space.
// The zero value is ready to use.
type HypervolumeImprovement struct {
	// Explorer draws the first architectures and half of the candidates from the whole space. If
	// nil, draws are uniform, with the absence of an edge as likely as each of its labels. Rank does
	// not use it.
	Explorer generator.GraphGenerator
	// Neighbors is the number of random neighbors of each of the best that become candidates if
	// there are too many to list (see rl.State.FewNeighbors); 0 means 64. Rank does not use it.
	Neighbors int
}

var (
	_ rl.Ranker = HypervolumeImprovement{}
	_ rl.Method = HypervolumeImprovement{}
)

// Validate returns an error if a setting is out of range.
func (p HypervolumeImprovement) Validate() error {
	return checkNeighbors("HypervolumeImprovement", p.Neighbors)
}

// The numbers of candidates of HypervolumeImprovement as a method.
const (
	frontParents   = 20
	scatteredDraws = 500
)

// Propose explores in the first 10 trials, and then returns the candidates with the largest expected
// improvement.
func (p HypervolumeImprovement) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	rng, c := s.Rand(rl.ToPropose), s.NewCandidates()
	if begun := s.Proposed(); begun < firstDraws || len(s.Top(1)) == 0 && len(s.Running()) > 0 {
		if begun < firstDraws {
			n = min(n, firstDraws-begun)
		}
		for _, a := range s.Suggested(min(n, firstDraws/2-begun)) {
			c.Add(rl.SourcePast, a)
		}
		_, err := c.Explore(ctx, rl.SourceExplorer, p.Explorer, rng, n-c.Len())
		return c.Trials(n), err
	}
	for _, e := range s.Top(frontParents) {
		near, err := s.SomeNeighbors(ctx, e.Arch, rng, cmp.Or(p.Neighbors, 64))
		if err != nil {
			return nil, err
		}
		for _, a := range near {
			c.Add(rl.SourceNeighbor, a)
		}
	}
	if _, err := c.Scatter(ctx, rl.SourcePool, p.Explorer, rng, scatteredDraws); err != nil {
		return nil, err
	}
	if c.Len() == 0 {
		_, err := c.Explore(ctx, rl.SourceExplorer, p.Explorer, rng, n)
		return c.Trials(n), err
	}
	chosen, err := p.Rank(ctx, s, c.Archs(), n)
	if err != nil {
		return nil, err
	}
	trials := make([]rl.Trial, len(chosen))
	for i, at := range chosen {
		trials[i] = c.Trial(at)
	}
	return trials, nil
}

// Rank returns the indexes of the n candidates with the largest expected improvement; ties go to
// the earlier candidate. Each is chosen as if the ones before it had their predicted figures. If no
// evaluation has succeeded yet, Rank returns the n candidates that differ most from the running
// trials and from each other.
func (p HypervolumeImprovement) Rank(ctx context.Context, s *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	if len(s.Top(1)) == 0 {
		return averaged.rank(ctx, s, candidates, n)
	}
	n = max(0, min(n, len(candidates)))
	chosen := make([]int, 0, n)
	if n == 0 {
		return chosen, nil
	}
	a, err := newAcquisition(ctx, s, candidates)
	if err != nil {
		return nil, err
	}
	taken := make([]bool, len(candidates))
	for len(chosen) < n {
		best := a.choose(taken, (s.Proposed()+len(chosen))%2 == 1)
		taken[best] = true
		if chosen = append(chosen, best); len(chosen) < n {
			a.imagine(best)
		}
	}
	return chosen, nil
}

// acquisition computes the expected hypervolume improvement of candidates from forecasts of their
// figures.
type acquisition struct {
	objectives []objective
	limits     []limit
	front      *pareto.Staircase
	feasible   bool      // whether an evaluation is within the limits
	succeed    []float64 // probability that each succeeds; nil if all evaluations had the same outcome
	nodes      [][]float64
	point      []float64
}

// objective is an objective with the forecast of its figure.
type objective struct {
	*forecast
	sign  float64 // −1 to maximize
	place int     // index among the objectives without known figures, −1 if its figures are known
}

// limit is a limit on a figure that is not known before evaluation, with the forecast of it.
type limit struct {
	*forecast
	rl.Limit
}

// optimism is the number of standard deviations that the optimistic score adds to the mean, and
// extreme the largest possible number.
const (
	optimism = 2
	extreme  = 4
)

// choose returns the candidate with the highest score that is not taken.
func (a *acquisition) choose(taken []bool, optimistic bool) int {
	best, highest, second := -1, 0.0, 0.0
	for i := range taken {
		if taken[i] {
			continue
		}
		score, spare := a.score(i, optimistic), 0.0
		if score <= 0 && highest <= 0 { // no candidate so far is expected to improve
			spare = a.certainty(i) * (a.shifted(i, extreme) + 1e-9*a.deviation(i))
		}
		if best < 0 || score > highest || score == highest && score <= 0 && spare > second {
			best, highest, second = i, score, spare
		}
	}
	return best
}

// score returns the expected improvement of a candidate, or its optimistic one.
func (a *acquisition) score(i int, optimistic bool) float64 {
	certainty := a.certainty(i)
	switch {
	case !a.feasible:
		return certainty
	case optimistic:
		return certainty * a.shifted(i, optimism)
	case a.shifted(i, extreme) <= 0:
		return 0
	}
	sum := 0.0
	for _, node := range a.nodes {
		for k, o := range a.objectives {
			z := 0.0
			if o.place >= 0 {
				z = node[o.place]
			}
			a.point[k] = o.sign * o.at(i, z)
		}
		sum += a.front.Improvement(a.point)
	}
	return certainty * sum / float64(len(a.nodes))
}

// shifted returns the improvement if all figures were the given number of standard deviations
// better than their means.
func (a *acquisition) shifted(i int, deviations float64) float64 {
	for k, o := range a.objectives {
		a.point[k] = o.sign * o.at(i, -o.sign*deviations)
	}
	return a.front.Improvement(a.point)
}

// certainty returns the probability that a candidate succeeds and is within the limits.
func (a *acquisition) certainty(i int) float64 {
	c := 1.0
	if a.succeed != nil {
		c = a.succeed[i]
	}
	for _, l := range a.limits {
		c *= l.probability(i, l.Limit)
	}
	return c
}

// deviation returns the sum of the objectives' standard deviations.
func (a *acquisition) deviation(i int) (sum float64) {
	for _, o := range a.objectives {
		if o.prediction != nil {
			sum += o.prediction.deviation(i)
		}
	}
	return sum
}

// imagine treats a candidate as evaluated with its predicted figures.
func (a *acquisition) imagine(i int) {
	var seen []*blend
	for k, o := range a.objectives {
		a.point[k] = o.sign * o.at(i, 0)
		if o.prediction != nil && !slices.Contains(seen, o.prediction) {
			seen = append(seen, o.prediction)
		}
	}
	for _, l := range a.limits {
		if !slices.Contains(seen, l.prediction) {
			seen = append(seen, l.prediction)
		}
	}
	for _, p := range seen {
		p.imagine(i)
	}
	if a.certainty(i) > 0.5 {
		a.front.Add(a.point)
	}
}

// forecast is the forecast of one figure of all candidates, either exact or predicted.
type forecast struct {
	exact      []float64
	prediction *blend
	scale      *scale
	noise      float64
}

// at returns the figure of a candidate z standard deviations above its mean.
func (f *forecast) at(i int, z float64) float64 {
	if f.exact != nil {
		return f.exact[i]
	}
	if z == 0 {
		return f.scale.figure(f.prediction.mean[i])
	}
	return f.scale.figure(f.prediction.mean[i] + z*f.deviation(i, z))
}

// deviation returns the standard deviation of the score that an evaluation of a candidate will find:
// above the mean if z is positive, otherwise below it.
func (f *forecast) deviation(i int, z float64) float64 {
	d := f.prediction.deviation(i)
	return math.Sqrt((d*d + f.noise) * f.prediction.skew(i).of(z))
}

// probability returns the probability that the figure of a candidate is within a limit.
func (f *forecast) probability(i int, l rl.Limit) float64 {
	apart := f.scale.score(l.Bound) - f.prediction.mean[i]
	p := distuv.UnitNormal.CDF(apart / (f.deviation(i, apart) + 1e-6))
	if l.AtLeast {
		p = 1 - p
	}
	return max(leastChance/10, p)
}
