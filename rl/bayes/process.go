package bayes

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// GaussianProcess predicts how good an architecture is from all that were evaluated (Rasmussen & Williams 2006) and proposes the
// one with the greatest expected improvement over the best (Jones et al. 1998). It regresses the normal scores of the values, the
// quantiles of a normal distribution at their ranks. These have one scale and one shape whatever the objective's are, and they
// tell the few best apart more clearly than ranks do. The prior covariance of two architectures is exp(−h/0.8), with h the share
// of decisions in which they differ. The variance of the noise is a tenth of it.
//
// Fields are compared one by one: an ordered field counts |i − j|/(n − 1) if its values are numbers i and j of n, any other field 1
// if it differs, and each 1 if it exists in one architecture alone. In a space with fields, h is the sum divided by the number of
// operations, edges and fields in which the evaluated architectures differ at all.
//
// Architectures that are running count as observations that equal their predictions, and so does every architecture of
// a group for those after it. So trials in parallel spread out (Desautels et al. 2014).
//
// It is the textbook's method, to compare others with. [ModelAverage] finds more.
type GaussianProcess struct {
	// Explorer draws the first architectures, after what did best under other objectives, which may be half of them, and
	// the candidates in spaces that are too large to be listed. If nil, every label of an edge is as likely as the
	// others, its absence included. A ranker does not use it.
	Explorer generator.GraphGenerator
	// Neighbors is how many random neighbors of each good architecture are candidates if it is too large to list them all
	// (see rl.State.FewNeighbors); 0 means 64. A ranker does not use it.
	Neighbors int
}

// ModelAverage predicts like [GaussianProcess], but assumes less about the objective. It averages Gaussian processes, weighted by
// how probable they make what was seen (Hoeting et al. 1999), and so adapts to objectives that are smooth or rough, exact or
// noisy. Their prior covariances are
//
//	(1 − w) exp(−h/(0.4 s)) + w exp(−d/(s λ))
//
// with h the share of decisions in which two architectures differ, among those in which any evaluated ones do, and d the squared
// distance between their counts of labelled walks: of how often the same operations follow one another along up to three edges,
// wherever in the graph (compare Kashima et al. 2003 for kernels on walks). λ is the median of d among what was evaluated. Two
// cells that compute the same by other nodes are far apart by the first term and near by the second. Walks of up to one edge are
// counted for every field besides, by the operations and the values of that field, and for every value of an ordered field but the
// first, by the operations and whether the field has at least that value. So a step of an ordered field changes few counts.
//
// The share w is 0.2 or 0.8, the scale s 0.5, 1, 2 or 4, and the variance of the noise 0.02, 0.1, 0.3 or 1 times the process's.
// Of the 32 models the four of the greatest marginal likelihood count, if it is at least a tenth of the greatest. From more than
// 200 evaluations, some decide about the weights and all about the predictions.
//
// It scores by an upper confidence bound, the mean plus β standard deviations (Srinivas et al. 2010). β is 4 as long as the noise's
// variance is at most a tenth of the process's, which explores widely and leads out of local optima, and falls with the noise's
// standard deviation, to 1.3 if noise and process are equal: then a search keeps to what is good on average. With
// r trials running, β is divided by 1 + r/10, because fewer trials are left to use what an uncertain one teaches.
//
// It learns which architectures fail: another process predicts the probability of success, by which the score is
// multiplied. Temporary failures (evaluator.ErrTemporary) do not count.
//
// If the search begins from evaluations of other objectives (rl.Past), they enter by rank. A process predicts the normal scores of
// each, and these predictions, times a slope, are what scores here are expected to be before anything is known. The slope is 0.5 at
// first, and then regressed on what is evaluated here, less its standard error: if the objectives have nothing in common, it falls
// to zero within a few evaluations. The first five architectures are the best of the others.
//
// Evaluations at smaller budgets are evidence too; see [Screened].
//
// It is a [rl.Ranker] of what a generator draws, and a [rl.Method] of its own. The zero value is ready to use.
type ModelAverage struct {
	// Explorer draws the first architectures and the candidates in large spaces, as for GaussianProcess.
	Explorer generator.GraphGenerator
	// Neighbors is how many random neighbors are candidates, as for GaussianProcess.
	Neighbors int
}

var (
	_ rl.Ranker = GaussianProcess{}
	_ rl.Method = GaussianProcess{}
	_ rl.Ranker = ModelAverage{}
	_ rl.Method = ModelAverage{}
)

var (
	plain    = ranking{grid: plainGrid, models: 1}
	averaged = ranking{grid: fullGrid, models: 4, adapts: true}
)

// Rank returns the places of the n candidates with the greatest expected improvement, of equal ones the first, each chosen
// as if the ones before it were running. If nothing has succeeded yet, they are the n that are the least like what is
// running and one another.
func (p GaussianProcess) Rank(ctx context.Context, s *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	return plain.rank(ctx, s, candidates, n)
}

// Rank returns the places of the n candidates with the highest scores, as that of GaussianProcess does.
func (p ModelAverage) Rank(ctx context.Context, s *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	return averaged.rank(ctx, s, candidates, n)
}

// Propose explores at first, then returns the candidates with the greatest expected improvement.
func (p GaussianProcess) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	return proposer{p.Explorer, p.Neighbors, plain}.propose(ctx, s, n)
}

// Propose explores at first, then returns the candidates with the highest scores.
func (p ModelAverage) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	return proposer{p.Explorer, p.Neighbors, averaged}.propose(ctx, s, n)
}

// Validate returns what is wrong with the settings.
func (p GaussianProcess) Validate() error { return checkNeighbors("GaussianProcess", p.Neighbors) }

// Validate returns what is wrong with the settings.
func (p ModelAverage) Validate() error { return checkNeighbors("ModelAverage", p.Neighbors) }

func checkNeighbors(name string, n int) error {
	if n < 0 {
		return fmt.Errorf("%s: Neighbors must not be negative, got %d", name, n)
	}
	return nil
}
