package bayes

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// normalScores replaces values, highest first, by the quantiles of a normal distribution at their ranks, to mean zero and
// variance one. Equal values share the mean of their ranks.
func normalScores(values []float64) []float64 {
	n := len(values)
	scores := make([]float64, n)
	for i := 0; i < n; {
		j := i
		for j < n && values[j] == values[i] {
			j++
		}
		below := float64(n) - float64(i+j)/2 // and half of those that are equal
		for ; i < j; i++ {
			scores[i] = distuv.UnitNormal.Quantile(below / float64(n))
		}
	}
	mean, deviation := stat.PopMeanStdDev(scores, nil)
	for i := range scores {
		scores[i] -= mean
		if deviation > 0 {
			scores[i] /= deviation
		}
	}
	return scores
}

// posterior is what a prior becomes when targets are seen.
type posterior struct {
	kernel kernel
	noise  float64
	known  []features
	factor mat.TriDense // L with L Lᵀ the covariance of the targets
	white  []float64    // L⁻¹ targets
	spread float64      // standard deviation that the targets ask for
	best   float64      // the greatest target
}

var errSingular = errors.New("the covariance is not positive definite for any length and noise of the grid")

// fit chooses lengths and noise by marginal likelihood, the process's variance integrated out.
func (p prior) fit(known []features, targets []float64) (*posterior, error) {
	var best *posterior
	greatest := math.Inf(-1)
	lengthScales, noises := p.grid()
	for _, scale := range lengthScales {
		kernel := p.at(scale)
		k := mat.NewSymDense(len(known), nil)
		for i := range known {
			for j := i; j < len(known); j++ {
				k.SetSym(i, j, kernel.covariance(&known[i], &known[j]))
			}
		}
		for _, noise := range noises {
			post, likelihood, ok := condition(k, noise, targets)
			if ok && likelihood > greatest {
				greatest, best = likelihood, post
				best.kernel = kernel
			}
		}
	}
	if best == nil {
		return nil, errSingular
	}
	best.known, best.best = known, slices.Max(targets)
	return best, nil
}

// condition returns the posterior under noise, and its log marginal likelihood but for a constant.
func condition(k *mat.SymDense, noise float64, targets []float64) (*posterior, float64, bool) {
	n := len(targets)
	noisy := mat.NewSymDense(n, nil)
	noisy.CopySym(k)
	for i := range n {
		noisy.SetSym(i, i, k.At(i, i)+noise)
	}
	var c mat.Cholesky
	if !c.Factorize(noisy) {
		return nil, 0, false
	}
	post := &posterior{noise: noise, white: slices.Clone(targets)}
	c.LTo(&post.factor)
	blas64.Trsv(blas.NoTrans, post.factor.RawTriangular(), blas64.Vector{N: n, Data: post.white, Inc: 1})
	variance := 1e-9
	for _, z := range post.white {
		variance += z * z / float64(n)
	}
	post.spread = math.Sqrt(variance)
	return post, -(float64(n)*math.Log(variance) + c.LogDet()) / 2, true
}
