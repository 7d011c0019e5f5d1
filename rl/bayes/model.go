package bayes

import "math"

// decisionLength is the length of the first term at scale one, as a share of the decisions that differ anywhere.
const decisionLength = 0.4

// model is a prior covariance of architectures, and the variance of the noise on their scores, both as multiples of a variance that
// the scores ask for.
type model struct {
	walks float64 // share of the term that compares walks
	scale float64 // of lengths
	noise float64
}

// covariance returns the prior covariance of two architectures at a distance.
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

// grid is a list of models: every share with every scale and every noise.
type grid struct {
	shares, scales, noises []float64
	all                    bool // lengths are shares of all decisions, unless the space has fields, and not of those that differ anywhere
}

// The grids of GaussianProcess and ModelAverage.
var (
	plainGrid = grid{shares: []float64{0}, scales: []float64{2}, noises: []float64{0.1}, all: true}
	fullGrid  = grid{shares: []float64{0.2, 0.8}, scales: []float64{0.5, 1, 2, 4}, noises: []float64{0.02, 0.1, 0.3, 1}}
)

// size returns the number of models.
func (g grid) size() int { return len(g.shares) * len(g.scales) * len(g.noises) }
