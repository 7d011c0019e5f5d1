package rl

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/searchspace"
	"gonum.org/v1/gonum/stat/distuv"
)

// GaussianProcess predicts how good an architecture is from all that were evaluated (Rasmussen & Williams 2006). It
// regresses their normal scores, the quantiles of a normal distribution at their ranks: these have one scale and one shape
// whatever the objective's, and tell the few best apart more clearly than ranks do. The prior covariance of two
// architectures is
//
//	(1 − w) exp(−h/ℓ) + w exp(−d/λ)
//
// with h the share of decisions in which they differ and d the squared distance between their counts of labelled walks:
// of how often the same operations follow one another along up to three edges, wherever in the graph (compare Kashima et
// al. 2003 for kernels on walks). Two cells that compute alike by other nodes are far apart by the first and near by the
// second. The lengths ℓ and λ and the noise are those of a small grid with the greatest marginal likelihood. With the
// first term alone they are fixed, ℓ at 0.8 and the variance of the noise at 0.1: the likelihood of the first few
// evaluations often takes lengths at which nothing is learned of a neighbour, and searches by it found less.
//
// It is a [Ranker] of what a generator draws, and a [Strategy] of its own. The zero value has the Hamming kernel alone
// and scores by expected improvement.
type GaussianProcess struct {
	// Walks is w, from 0 to 1.
	Walks float64
	// Confidence scores an architecture by its predicted mean plus this many standard deviations (Srinivas et al. 2010);
	// 0: by expected improvement over the best score (Jones et al. 1998).
	Confidence float64
}

var (
	_ Ranker   = GaussianProcess{}
	_ Strategy = GaussianProcess{}
)

// As a Strategy, a Gaussian process begins with randomStarts architectures drawn uniformly. Where a space has no more than
// maxListed members they all are candidates, elsewhere drawnCandidates uniform draws and the neighbours of the best
// mutatedParents.
const (
	randomStarts    = 10
	drawnCandidates = 1000
	mutatedParents  = 10
)

// Propose returns the candidates with the highest acquisition values.
func (p GaussianProcess) Propose(ctx context.Context, s Session) ([]searchspace.Arch, error) {
	if begun := len(s.History.Evaluations); begun < randomStarts {
		return s.drawNew(ctx, explore.NewUniformLabels(s.Space), min(s.Wanted, randomStarts-begun), map[string]bool{})
	}
	candidates, err := p.candidates(ctx, s)
	if err != nil {
		return nil, err
	}
	// Equal scores are won by chance.
	s.Rand.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
	scores, err := p.Rank(ctx, s, candidates)
	if err != nil {
		return nil, err
	}
	var archs []searchspace.Arch
	proposed := map[string]bool{}
	for _, i := range highest(scores, len(scores)) {
		if len(archs) == s.Wanted {
			break
		}
		// Several of the best may have a neighbour in common.
		if key := s.Space.Key(candidates[i]); !proposed[key] {
			proposed[key] = true
			archs = append(archs, candidates[i])
		}
	}
	return archs, nil
}

// candidates are not evaluated yet.
func (p GaussianProcess) candidates(ctx context.Context, s Session) ([]searchspace.Arch, error) {
	archs := slices.Clone(s.members())
	if archs == nil {
		var err error
		if archs, err = s.drawNew(ctx, explore.NewUniformLabels(s.Space), drawnCandidates, map[string]bool{}); err != nil {
			return nil, err
		}
		for _, e := range s.History.Top(mutatedParents) {
			near, err := s.neighbors(ctx, e)
			if err != nil {
				return nil, err
			}
			for _, c := range near {
				archs = append(archs, c.arch)
			}
		}
	}
	return slices.DeleteFunc(archs, s.Evaluated), nil
}

// Rank returns the acquisition value of each candidate.
func (p GaussianProcess) Rank(ctx context.Context, s Session, candidates []searchspace.Arch) ([]float64, error) {
	seen := s.History.Top(len(s.History.Evaluations))
	if len(seen) == 0 {
		return make([]float64, len(candidates)), nil
	}
	values, archs := make([]float64, len(seen)), make([]searchspace.Arch, len(seen))
	for i, e := range seen {
		values[i], archs[i] = e.Result.Value, e.Arch
	}
	encoder := newEncoder(s.Space, p.Walks > 0)
	known := encoder.encodeAll(archs)
	post, err := p.prior(known).fit(known, normalScores(values))
	if err != nil {
		return nil, fmt.Errorf("fitting a Gaussian process to %d evaluations: %w", len(seen), err)
	}
	scores := make([]float64, 0, len(candidates))
	for chunk := range slices.Chunk(candidates, rankChunk) {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("ranking: %w", context.Cause(ctx))
		}
		scores = p.score(scores, post, encoder.encodeAll(chunk))
	}
	return scores, nil
}

// rankChunk is how many candidates are predicted together: enough for matrix products, few enough to stay in the cache.
const rankChunk = 512

// score appends the acquisition values.
func (p GaussianProcess) score(dst []float64, post *posterior, candidates []features) []float64 {
	mean, deviation := post.predict(candidates)
	for i, m := range mean {
		if p.Confidence > 0 {
			dst = append(dst, m+p.Confidence*deviation[i])
			continue
		}
		u := (m - post.best) / deviation[i]
		dst = append(dst, (m-post.best)*distuv.UnitNormal.CDF(u)+deviation[i]*distuv.UnitNormal.Prob(u))
	}
	return dst
}

func (p GaussianProcess) validate() error {
	if !(p.Walks >= 0 && p.Walks <= 1) || !(p.Confidence >= 0) || math.IsInf(p.Confidence, 0) {
		return fmt.Errorf("a Gaussian process with a share of walks of %v and confidence %v", p.Walks, p.Confidence)
	}
	return nil
}
