package bayes

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// skew says how far the scores of evaluations similar to an architecture are above and below their
// own predictions. Both numbers are ratios of a variance to the predicted one. Among architectures
// that are nearly as good as possible, scores are hardly above their predictions, but may be far
// below.
type skew struct{ above, below float64 }

// of returns the ratio for scores z above the mean.
func (s skew) of(z float64) float64 {
	if z > 0 {
		return s.above
	}
	return s.below
}

// skewPrior is the weight of the prior ratio, which is 1. An evaluation of the same architecture would
// have the weight 1.
const skewPrior = 3

// surprises holds the squared leave-one-out errors of a posterior's targets, each divided by its
// predicted variance, which includes the noise (Rasmussen & Williams 2006, section 5.4.2).
type surprises struct{ above, below []float64 }

// surprises returns the surprises of the targets, of which there must be some. Each is on one side
// and zero on the other. They are doubled, so that their mean on either side is 1 if errors are
// symmetric and have the predicted variance.
func (p *posterior) surprises() surprises {
	n := len(p.white)
	inverse := blas64.General{Rows: n, Cols: n, Stride: n, Data: make([]float64, n*n)} // of the factor
	for i := range n {
		inverse.Data[i*n+i] = 1
	}
	blas64.Trsm(blas.Left, blas.NoTrans, 1, p.factor.RawTriangular(), inverse)
	out := surprises{make([]float64, n), make([]float64, n)}
	for j := range n {
		weighted, precision := 0.0, 0.0 // element j of K⁻¹ times the targets, and of the diagonal of K⁻¹
		for i := j; i < n; i++ {
			v := inverse.Data[i*n+j]
			weighted += v * p.white[i]
			precision += v * v
		}
		ratio := 2 * weighted * weighted / (precision * p.spread * p.spread)
		if weighted > 0 {
			out.above[j] = ratio
		} else {
			out.below[j] = ratio
		}
	}
	return out
}

// near returns the skew for an architecture with the given prior covariances to the targets. A
// target counts by the square of its covariance.
func (s surprises) near(covariances []float64) skew {
	above, below, weight := float64(skewPrior), float64(skewPrior), float64(skewPrior)
	for j, c := range covariances {
		above += c * c * s.above[j]
		below += c * c * s.below[j]
		weight += c * c
	}
	return skew{above / weight, below / weight}
}
