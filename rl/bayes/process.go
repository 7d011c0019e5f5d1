package bayes

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// GaussianProcess predicts how good an architecture is from all evaluations so far (Rasmussen &
// Williams 2006) and proposes the one with the largest expected improvement over the best (Jones et
// al. 1998). It regresses the normal scores of the values, which are the normal quantiles of their
// ranks. Normal scores have the same scale and distribution whatever the objective, and distinguish
// the few best more clearly than ranks do. The prior covariance of two architectures is
// exp(−h/0.8), where h is the number of labels in which they differ, divided by the number of all
// labels. The noise variance is a tenth of the prior variance.
//
// Every node of a part, up to MaxNodes, has a label: its operation. So has every pair of nodes:
// whether there is an edge, and its operation. Labels that never differ count as well, such as those
// of nodes without operations: a cell of NAS-Bench-201 has 10 labels, of which only the 6 of the edges
// differ, so h is at most 0.6.
//
// Fields are compared one by one. An ordered field with n values counts |i − j|/(n − 1) for values
// number i and j; any other field counts 1 if it differs. A field that only one architecture has
// counts 1. In a space with fields, h is the sum over labels and fields, divided by the number of
// those in which the evaluated architectures differ at all or, until there are two, of all.
//
// Running architectures count as observations that equal their predictions, and so does every
// architecture of a group for those after it. Parallel trials therefore spread out (Desautels et
// al. 2014).
//
// GaussianProcess is the textbook method, for comparison with others. [ModelAverage] finds better
// architectures.
type GaussianProcess struct {
	// Explorer draws the first architectures, up to half of which are replaced by the best under
	// other objectives, and the candidates in spaces that are too large to list. If nil, draws are
	// uniform, with the absence of an edge as likely as each of its labels. Rank does not use it.
	Explorer generator.GraphGenerator
	// Neighbors is the number of random neighbors of each good architecture that become candidates
	// if there are too many to list (see rl.State.FewNeighbors); 0 means 64. Rank does not use it.
	Neighbors int
	// Candidates is the largest number of candidates. If there are more, such as in a large space that
	// can be listed (see rl.State.Members), those to rank are drawn uniformly from them. 0 means that
	// all are ranked. Rank does not use it.
	Candidates int
}

// ModelAverage predicts like [GaussianProcess], but assumes less about the objective. It averages
// Gaussian processes, weighted by their marginal likelihood (Hoeting et al. 1999), and so adapts to
// objectives that are smooth or rough, exact or noisy. Their prior covariances are
//
//	(1 − w) exp(−h/(0.4 s)) + w exp(−d/(s λ))
//
// where h is the sum over the labels and fields in which two architectures differ, as in
// GaussianProcess, divided by the number of those in which any do, and d is the squared distance
// between their counts of labeled walks. A labeled walk is the sequence of operations along up to
// three consecutive edges anywhere in the graph (compare Kashima et al. 2003 for kernels on walks). λ
// is the median of d. The divisor of h and λ are taken among the evaluated architectures or, until
// there are two, among the first 50 candidates. Two cells that compute the same function with
// different nodes are far apart in the first term and close in the second.
//
// Walks of up to one edge are also counted with fields. An unordered field is counted by the
// operations and its value. An ordered field is counted once for each value but the first, by the
// operations and whether it has at least that value, so a step of the field changes few counts.
//
// The weight w is 0.2 or 0.8, the scale s is 0.5, 1, 2 or 4, and the noise variance is 0.02, 0.1,
// 0.3 or 1 times the process variance. Of these 32 models, it averages the four with the highest
// marginal likelihood, leaving out those below a tenth of the highest. With more than 200
// evaluations, a subset determines the weights; all are used for predictions.
//
// The score of a candidate is an upper confidence bound, the mean plus β standard deviations
// (Srinivas et al. 2010). While the noise variance is at most a tenth of the process variance, β is
// 4, which explores widely and escapes local optima. It falls in proportion to the standard deviation
// of the noise, to 1.3 when noise and process are equal; the search then stays with architectures
// that are good on average. With r trials running, β is divided by 1 + (r/12)², but by at most 4,
// because fewer trials are left to exploit what is learned from an uncertain candidate.
//
// ModelAverage learns which architectures fail: it multiplies the score by the probability of
// success, which another process predicts. Temporary failures (evaluator.ErrTemporary) do not
// count, unless they are uncertain (evaluator.ErrUncertain).
//
// Past evaluations of other objectives (rl.Past) are used by rank. For each such objective, a
// process predicts its normal scores, and these predictions times a slope are the prior mean of the
// scores here. The slope starts at 0.5 and is then regressed on the evaluations of this search,
// minus its standard error; if the objectives have nothing in common, it falls to zero within a few
// evaluations. The first five architectures are the best under the other objectives.
//
// Evaluations at smaller budgets are used too; see [Screened].
//
// ModelAverage is an [rl.Ranker] for the draws of a generator and an [rl.Method]. The zero value is
// ready to use.
type ModelAverage struct {
	// Explorer draws the first architectures and the candidates in large spaces; see
	// GaussianProcess.
	Explorer generator.GraphGenerator
	// Neighbors is the number of random neighbors that become candidates; see GaussianProcess.
	Neighbors int
}

// Variance is an [rl.Ranker] that chooses the candidates about which least is known: those whose scores
// [ModelAverage] predicts with the largest standard deviation (MacKay 1992, Neural Computation 4,
// 590–604), times their probability of success. It is meant for rl.Ranking.Design: if the trials that
// explore differ from each other, fewer searches get stuck in the part of the space that they happened
// to explore. The zero value is ready to use.
type Variance struct{}

var (
	_ rl.Ranker = Variance{}
	_ rl.Ranker = GaussianProcess{}
	_ rl.Method = GaussianProcess{}
	_ rl.Ranker = ModelAverage{}
	_ rl.Method = ModelAverage{}
)

var (
	plain    = ranking{grid: &plainGrid, models: 1}
	averaged = ranking{grid: &fullGrid, models: 4, adapts: true}
	variance = ranking{grid: &fullGrid, models: 4, adapts: true, design: true}
)

// Rank returns the indexes of the n candidates with the largest expected improvement; ties go to
// the earlier candidate. Each is chosen as if the ones before it were running. If no evaluation has
// succeeded yet, Rank returns the n candidates that differ most from the running trials and from
// each other.
func (p GaussianProcess) Rank(ctx context.Context, s *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	return plain.rank(ctx, s, candidates, n)
}

// Rank returns the indexes of the n candidates with the highest scores; see GaussianProcess.Rank.
func (p ModelAverage) Rank(ctx context.Context, s *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	return averaged.rank(ctx, s, candidates, n)
}

// Rank returns the indexes of the n candidates with the largest standard deviations; see
// GaussianProcess.Rank.
func (Variance) Rank(ctx context.Context, s *rl.State, candidates []searchspace.Arch, n int) ([]int, error) {
	return variance.rank(ctx, s, candidates, n)
}

// Propose explores in the first 10 trials, and then returns the candidates with the largest expected
// improvement.
func (p GaussianProcess) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	return proposer{p.Explorer, p.Neighbors, p.Candidates, plain}.propose(ctx, s, n)
}

// Propose explores in the first 10 trials, or in the first 5 if there are results of other
// objectives, and then returns the candidates with the highest scores.
func (p ModelAverage) Propose(ctx context.Context, s *rl.State, n int) ([]rl.Trial, error) {
	return proposer{p.Explorer, p.Neighbors, 0, averaged}.propose(ctx, s, n)
}

// Validate returns an error if a setting is out of range.
func (p GaussianProcess) Validate() error {
	if p.Candidates < 0 {
		return fmt.Errorf("GaussianProcess: Candidates must not be negative, got %d", p.Candidates)
	}
	return checkNeighbors("GaussianProcess", p.Neighbors)
}

// Validate returns an error if a setting is out of range.
func (p ModelAverage) Validate() error { return checkNeighbors("ModelAverage", p.Neighbors) }

func checkNeighbors(name string, n int) error {
	if n < 0 {
		return fmt.Errorf("%s: Neighbors must not be negative, got %d", name, n)
	}
	return nil
}
