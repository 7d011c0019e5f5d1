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

// HypervolumeImprovement proposes the architectures that are expected to increase the hypervolume of the front most (Emmerich et
// al. 2006), for one objective or several, with or without limits.
//
// Each figure is predicted by Gaussian processes of its own, averaged as in [ModelAverage], unless it is known beforehand
// (rl.State.Figures): then it is exact. The processes regress normal scores. A predicted score is turned back into a figure by
// interpolation between those that were seen, so figures may have any scale and any shape. The expectation is the mean over 64
// quasi-random draws of the figures that are not known. The score is multiplied by the probability that the figures are within
// the limits (Gardner et al. 2014), and by that of a success.
//
// Every second trial is the one that would improve most if every figure were two standard deviations better than its mean. As
// long as nothing is within the limits, the most probable to be is chosen.
//
// Expected hypervolume improvement was preferred to random scalarizations because it needs no weights and no common scale of the
// objectives, and does not return to parts of the front that are known.
//
// It is a [rl.Ranker] of what a generator draws, and a [rl.Method] of its own, whose candidates are the neighbors of the best 20
// architectures and 500 others from anywhere in the space. The zero value is ready to use.
type HypervolumeImprovement struct {
	// Explorer draws the first architectures and half of the candidates from anywhere. If nil, every label of an edge is as
	// likely as the others, its absence included. A ranker does not use it.
	Explorer generator.GraphGenerator
	// Neighbors is how many random neighbors of each of the best are candidates if it is too large to list them all (see
	// rl.State.FewNeighbors); 0 means 64. A ranker does not use it.
	Neighbors int
}

var (
	_ rl.Ranker = HypervolumeImprovement{}
	_ rl.Method = HypervolumeImprovement{}
)

// Validate returns what is wrong with the settings.
func (p HypervolumeImprovement) Validate() error {
	return checkNeighbors("HypervolumeImprovement", p.Neighbors)
}

// The candidates of HypervolumeImprovement as a method.
const (
	frontParents   = 20
	scatteredDraws = 500
)

// Propose explores at first, then returns the candidates that are expected to improve most.
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

// Rank returns the places of the n candidates that are expected to improve most, of equal ones the first, each chosen as if the
// ones before it had the figures that are predicted. If nothing has succeeded yet, they are the n that are the least like what
// is running and one another.
func (p HypervolumeImprovement) Rank(ctx context.Context, s *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	if len(s.Top(1)) == 0 {
		return averaged.rank(ctx, s, candidates, n)
	}
	n = max(0, min(n, len(candidates)))
	chosen := make([]int, 0, n)
	if n == 0 {
		return chosen, nil
	}
	v, err := foresee(ctx, s, candidates)
	if err != nil {
		return nil, err
	}
	taken := make([]bool, len(candidates))
	for len(chosen) < n {
		best := v.choose(taken, (s.Proposed()+len(chosen))%2 == 1)
		taken[best] = true
		if chosen = append(chosen, best); len(chosen) < n {
			v.imagine(best)
		}
	}
	return chosen, nil
}

// vision is what is foreseen of candidates.
type vision struct {
	objectives []aim
	limits     []bound
	front      *pareto.Staircase
	feasible   bool      // something is within the limits
	succeed    []float64 // probability of each to succeed; nil if that is not known to depend on the architecture
	nodes      [][]float64
	point      []float64
}

// aim is an objective with the forecast of its figure.
type aim struct {
	*forecast
	sign  float64 // −1 if it is to be maximized
	place int     // among the objectives that are not known beforehand, −1 if it is
}

// bound is a limit on a figure that is not known beforehand.
type bound struct {
	*forecast
	rl.Limit
}

// optimism is how many standard deviations better than its mean a figure is imagined, and extreme how many it can be.
const (
	optimism = 2
	extreme  = 4
)

// choose returns the candidate with the highest score that is not taken.
func (v *vision) choose(taken []bool, optimistic bool) int {
	best, highest, second := -1, 0.0, 0.0
	for i := range taken {
		if taken[i] {
			continue
		}
		score, spare := v.score(i, optimistic), 0.0
		if score <= 0 && highest <= 0 { // nothing is expected to improve so far
			spare = v.certainty(i) * (v.shifted(i, extreme) + 1e-9*v.deviation(i))
		}
		if best < 0 || score > highest || score == highest && score <= 0 && spare > second {
			best, highest, second = i, score, spare
		}
	}
	return best
}

// score returns the improvement that is expected of a candidate, or that an optimist expects.
func (v *vision) score(i int, optimistic bool) float64 {
	certainty := v.certainty(i)
	switch {
	case !v.feasible:
		return certainty
	case optimistic:
		return certainty * v.shifted(i, optimism)
	case v.shifted(i, extreme) <= 0:
		return 0
	}
	sum := 0.0
	for _, node := range v.nodes {
		for k, o := range v.objectives {
			z := 0.0
			if o.place >= 0 {
				z = node[o.place]
			}
			v.point[k] = o.sign * o.at(i, z)
		}
		sum += v.front.Improvement(v.point)
	}
	return certainty * sum / float64(len(v.nodes))
}

// shifted returns the improvement if all figures were some standard deviations better than their means.
func (v *vision) shifted(i int, deviations float64) float64 {
	for k, o := range v.objectives {
		v.point[k] = o.sign * o.at(i, -o.sign*deviations)
	}
	return v.front.Improvement(v.point)
}

// certainty returns the probability that a candidate succeeds and is within the limits.
func (v *vision) certainty(i int) float64 {
	c := 1.0
	if v.succeed != nil {
		c = v.succeed[i]
	}
	for _, l := range v.limits {
		c *= l.probability(i, l.Limit)
	}
	return c
}

// deviation returns the sum of the objectives' standard deviations.
func (v *vision) deviation(i int) (sum float64) {
	for _, o := range v.objectives {
		if o.prediction != nil {
			sum += o.prediction.deviation(i)
		}
	}
	return sum
}

// imagine takes a candidate for evaluated, with the figures that are predicted.
func (v *vision) imagine(i int) {
	var seen []*prediction
	for k, o := range v.objectives {
		v.point[k] = o.sign * o.at(i, 0)
		if o.prediction != nil && !slices.Contains(seen, o.prediction) {
			seen = append(seen, o.prediction)
		}
	}
	for _, l := range v.limits {
		if !slices.Contains(seen, l.prediction) {
			seen = append(seen, l.prediction)
		}
	}
	for _, p := range seen {
		p.imagine(i)
	}
	if v.certainty(i) > 0.5 {
		v.front.Add(v.point)
	}
}

// forecast is what is foreseen of one figure of candidates: exact values or a prediction.
type forecast struct {
	exact      []float64
	prediction *prediction
	scale      *scale
	noise      float64
}

// at returns the figure of a candidate if it is a number of standard deviations above its mean.
func (f *forecast) at(i int, z float64) float64 {
	if f.exact != nil {
		return f.exact[i]
	}
	if z == 0 {
		return f.scale.figure(f.prediction.mean[i])
	}
	d := f.prediction.deviation(i)
	return f.scale.figure(f.prediction.mean[i] + z*math.Sqrt(d*d+f.noise))
}

// probability returns the probability that the figure of a candidate is within a limit.
func (f *forecast) probability(i int, l rl.Limit) float64 {
	d := f.prediction.deviation(i)
	p := distuv.UnitNormal.CDF((f.scale.score(l.Bound) - f.prediction.mean[i]) / math.Sqrt(d*d+f.noise+1e-12))
	if l.AtLeast {
		p = 1 - p
	}
	return max(leastChance/10, p)
}
