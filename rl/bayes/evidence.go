package bayes

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/graphpnas/graphpnas/rl"
)

// evidence combines evaluations at all budgets into observations of the normal scores at the full
// budget. Each architecture counts once, with its largest budget.
type evidence struct {
	numbers []int     // indexes of the evaluations
	scores  []float64 // scores at the full budget, observed or inferred from a smaller budget
	noise   []float64 // noise variance of each score, zero at the full budget; nil if all are at the full budget
	whole   int       // number of scores at the full budget; they come first
	links   map[float64]link
	early   map[string]int // indexes in scores of those inferred from smaller budgets, by Key
	unit    float64        // the size of a score of 1 in normal scores at the full budget
}

// best returns the scores to compare candidates with: those at the full budget if there are any,
// otherwise all.
func (e *evidence) best() []float64 {
	if e.whole > 0 {
		return e.scores[:e.whole]
	}
	return e.scores
}

// link predicts normal scores at the full budget from those at a smaller one: given score z, the
// score at the full budget is normal with mean offset + slope·z and the given variance. It is
// fitted to architectures evaluated at both.
type link struct {
	pairs                   int
	offset, slope, variance float64
}

// The prior of a link is a slope of priorSlope with the weight of linkPrior pairs.
const (
	linkPrior  = 2.0
	priorSlope = 0.5
)

// leastSlope is the smallest slope of an informative link.
const leastSlope = 0.05

// newLink regresses the scores at the full budget on those at a smaller one. Promoting the best
// does not bias this regression, because promotion depends only on the regressor.
func newLink(z, whole []float64) link {
	n := float64(len(z))
	l := link{pairs: len(z), slope: priorSlope, variance: 1 - priorSlope*priorSlope}
	if n == 0 {
		return l
	}
	mz, mw := stat.Mean(z, nil), stat.Mean(whole, nil)
	zz, zw, ww := linkPrior, linkPrior*priorSlope, linkPrior
	for i := range z {
		a, b := z[i]-mz, whole[i]-mw
		zz, zw, ww = zz+a*a, zw+a*b, ww+b*b
	}
	l.slope = max(0, zw/zz)
	l.offset = mw - l.slope*mz
	l.variance = max(0.01, ww-l.slope*zw) / (n + linkPrior)
	return l
}

// observation converts a score at the smaller budget to an observation of the score at the full one
// and the variance of its noise. Combined with a prior that has the variance of all scores at the
// smaller budget, the observation yields the prediction of the link. It returns false if the link
// is not informative.
func (l link) observation(z float64) (score, noise float64, ok bool) {
	if l.slope < leastSlope {
		return 0, 0, false
	}
	whole := l.slope*l.slope + l.variance
	return l.offset + z*whole/l.slope, l.variance * whole / (l.slope * l.slope), true
}

// evidenceOf combines the evaluations returned by observed.
func evidenceOf(s *rl.State, seen []rl.Evaluation) *evidence {
	e := &evidence{links: map[float64]link{}, unit: 1}
	at := map[float64][]int{} // indexes of the successful evaluations at each budget
	for i, one := range seen {
		if one.OK() {
			at[one.Budget] = append(at[one.Budget], i)
		}
	}
	e.numbers, e.whole = at[0], len(at[0])
	e.scores = normalScores(scoresOf(s, seen, at[0]))
	if len(at) == 1 && e.whole > 0 || len(at) == 0 {
		return e
	}
	whole := map[string]float64{}
	for k, i := range at[0] {
		whole[seen[i].Key] = e.scores[k]
	}
	counted := map[string]bool{}
	for _, one := range seen {
		if one.Budget == 0 {
			counted[one.Key] = true // including failures
		}
	}
	e.noise = make([]float64, e.whole)
	for _, budget := range descending(at) {
		e.add(s, seen, at[budget], budget, whole, counted)
	}
	e.thin()
	e.standardize()
	e.early = map[string]int{}
	for k, i := range e.numbers[e.whole:] {
		e.early[seen[i].Key] = e.whole + k
	}
	return e
}

// mostSmaller is the largest number of evaluations at smaller budgets that are used. More would take
// longer and, being uncertain, add little.
const mostSmaller = 200

// thin keeps mostSmaller of the evaluations at smaller budgets: half are the best, and half are
// evenly spaced over the rest.
func (e *evidence) thin() {
	rest := len(e.numbers) - e.whole
	if rest <= mostSmaller {
		return
	}
	order := make([]int, rest)
	for i := range order {
		order[i] = e.whole + i
	}
	slices.SortStableFunc(order, func(i, j int) int { return -cmp.Compare(e.scores[i], e.scores[j]) })
	kept := order[: mostSmaller/2 : mostSmaller/2]
	for i := range mostSmaller / 2 {
		kept = append(kept, order[mostSmaller/2+i*(rest-mostSmaller/2)/(mostSmaller/2)])
	}
	slices.Sort(kept)
	for k, i := range kept {
		e.numbers[e.whole+k], e.scores[e.whole+k], e.noise[e.whole+k] = e.numbers[i], e.scores[i], e.noise[i]
	}
	n := e.whole + len(kept)
	e.numbers, e.scores, e.noise = e.numbers[:n], e.scores[:n], e.noise[:n]
}

// standardize scales the scores to mean zero and variance one, weighting each by its certainty.
func (e *evidence) standardize() {
	if len(e.scores) == 0 {
		return
	}
	weights := make([]float64, len(e.scores))
	for i, noise := range e.noise {
		weights[i] = 1 / (1 + noise)
	}
	mean, variance := stat.PopMeanVariance(e.scores, weights)
	if !(variance > 0) {
		variance = 1
	}
	e.unit = math.Sqrt(variance)
	for i := range e.scores {
		e.scores[i] = (e.scores[i] - mean) / e.unit
		e.noise[i] /= variance
	}
}

// add adds the evaluations at a smaller budget of architectures that are not counted yet.
func (e *evidence) add(s *rl.State, seen []rl.Evaluation, numbers []int, budget float64, whole map[string]float64, counted map[string]bool) {
	scores := normalScores(scoresOf(s, seen, numbers))
	var z, w []float64
	for k, i := range numbers {
		if score, ok := whole[seen[i].Key]; ok {
			z, w = append(z, scores[k]), append(w, score)
		}
	}
	l := newLink(z, w)
	e.links[budget] = l
	for k, i := range numbers {
		if counted[seen[i].Key] {
			continue
		}
		if score, noise, ok := l.observation(scores[k]); ok {
			counted[seen[i].Key] = true
			e.numbers, e.scores, e.noise = append(e.numbers, i), append(e.scores, score), append(e.noise, noise)
		}
	}
}

// descending returns the smaller budgets in descending order.
func descending(at map[float64][]int) []float64 {
	var budgets []float64
	for b := range at {
		if b > 0 {
			budgets = append(budgets, b)
		}
	}
	slices.SortFunc(budgets, func(a, b float64) int { return -cmp.Compare(a, b) })
	return budgets
}

// scoresOf returns the State.Scores of some evaluations.
func scoresOf(s *rl.State, seen []rl.Evaluation, numbers []int) []float64 {
	some := make([]rl.Evaluation, len(numbers))
	for k, i := range numbers {
		some[k] = seen[i]
	}
	return s.Scores(some)
}

// quantiles are equally probable values of a standard normal variable in descending order.
var quantiles = func() (list []float64) {
	const n = 9
	for i := range n {
		list = append(list, math.Sqrt2*math.Erfinv(1-(2*float64(i)+1)/n))
	}
	return list
}()
