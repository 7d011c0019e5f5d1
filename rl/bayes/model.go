package bayes

import "math"

// decisionLength is the length scale of the first term at scale one, as a fraction of the labels and
// fields that sample.decisionUnit counts.
const decisionLength = 0.4

// model is a prior covariance of architectures and a noise variance, both as multiples of a
// variance that is estimated from the scores.
type model struct {
	walks float64 // weight of the term that compares walks
	scale float64 // factor of all length scales
	noise float64
}

// covariance returns the prior covariance of two architectures at the given distances.
func (m model) covariance(decisions, walks float64) float64 {
	c := 0.0
	if m.walks < 1 {
		c += (1 - m.walks) * math.Exp(-decisions/m.scale)
	}
	if m.walks > 0 {
		c += m.walks * math.Exp(-walks/m.scale)
	}
	return c
}

// grid is a list of models: all combinations of shares, scales and noises.
type grid struct {
	shares, scales, noises []float64
	all                    bool // length scales are fractions of all labels, unless the space has fields, instead of those that differ
	cautious               bool // keep only the best noise of each kernel, and divide the log evidence by caution
}

// caution divides the differences in log evidence before they become the weights of a cautious
// average. The models that explain the evaluations best may mislead in parts of the space that the
// search has not reached, so the others keep some weight.
const caution = 5

// weight returns the weight of a model whose log evidence is lower than the highest by the given
// amount.
func (g grid) weight(lower float64) float64 {
	if g.cautious {
		lower /= caution
	}
	return math.Exp(-lower)
}

// The grids of GaussianProcess, ModelAverage and HypervolumeImprovement.
var (
	plainGrid    = grid{shares: []float64{0}, scales: []float64{2}, noises: []float64{0.1}, all: true}
	fullGrid     = grid{shares: []float64{0.2, 0.8}, scales: []float64{0.5, 1, 2, 4}, noises: []float64{0.02, 0.1, 0.3, 1}}
	cautiousGrid = grid{shares: fullGrid.shares, scales: fullGrid.scales, noises: fullGrid.noises, cautious: true}
)

// size returns the number of models.
func (g grid) size() int { return len(g.shares) * len(g.scales) * len(g.noises) }
