package rl

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

// prior is the covariance before anything is seen, up to the scale of its lengths.
type prior struct {
	walks  float64 // their share
	places int     // in which two architectures may differ
	length float64 // λ at scale one
}

// hammingLength is ℓ at scale one.
const hammingLength = 0.4

// grid has the lengths to choose from, as multiples of the prior's, and the noise variances.
func (p prior) grid() (lengthScales, noises []float64) {
	if p.walks == 0 {
		return []float64{2}, []float64{0.1}
	}
	return []float64{0.5, 1, 2, 4}, []float64{0.02, 0.1, 0.3}
}

// prior has a length of walks in proportion to what is seen: they are counted in numbers that depend on the space.
func (p GaussianProcess) prior(known []features) prior {
	var distances []float64
	for i := range known {
		for j := range i {
			distances = append(distances, known[i].walkDistance(&known[j]))
		}
	}
	slices.Sort(distances)
	median := 1.0
	if n := len(distances); n > 0 {
		median = max(1, distances[n/2])
	}
	return prior{walks: p.Walks, places: len(known[0].labels), length: median}
}

// kernel is a prior at one scale of lengths.
type kernel struct {
	prior
	scale  float64
	differ []float64 // the first term, by the number of places that differ
}

func (p prior) at(scale float64) kernel {
	k := kernel{prior: p, scale: scale, differ: make([]float64, p.places+1)}
	for n := range k.differ {
		k.differ[n] = (1 - p.walks) * math.Exp(-float64(n)/float64(p.places)/(hammingLength*scale))
	}
	return k
}

func (k kernel) covariance(f, g *features) float64 {
	c := 0.0
	if k.walks < 1 {
		c += k.differ[f.hamming(g)]
	}
	if k.walks > 0 {
		c += k.walks * math.Exp(-f.walkDistance(g)/(k.length*k.scale))
	}
	return c
}

// posterior is what a prior becomes when targets are seen.
type posterior struct {
	kernel kernel
	known  []features
	factor mat.TriDense // L with L Lᵀ the covariance of the targets
	white  []float64    // L⁻¹ targets
	spread float64      // standard deviation that the targets ask for
	best   float64      // the greatest target
}

var errSingular = errors.New("no covariance of the grid is positive definite")

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
	post := &posterior{white: slices.Clone(targets)}
	c.LTo(&post.factor)
	blas64.Trsv(blas.NoTrans, post.factor.RawTriangular(), blas64.Vector{N: n, Data: post.white, Inc: 1})
	variance := 1e-9
	for _, z := range post.white {
		variance += z * z / float64(n)
	}
	post.spread = math.Sqrt(variance)
	return post, -(float64(n)*math.Log(variance) + c.LogDet()) / 2, true
}

// predict returns mean and standard deviation of each candidate.
func (p *posterior) predict(candidates []features) (mean, deviation []float64) {
	n, m := len(p.known), len(candidates)
	k := blas64.General{Rows: n, Cols: m, Stride: m, Data: make([]float64, n*m)}
	for i := range p.known {
		row := k.Data[i*m : (i+1)*m]
		for j := range candidates {
			row[j] = p.kernel.covariance(&p.known[i], &candidates[j])
		}
	}
	blas64.Trsm(blas.Left, blas.NoTrans, 1, p.factor.RawTriangular(), k)
	mean, deviation = make([]float64, m), make([]float64, m)
	for i, z := range p.white {
		for j, v := range k.Data[i*m : (i+1)*m] {
			mean[j] += z * v
			deviation[j] += v * v
		}
	}
	for j, explained := range deviation {
		deviation[j] = p.spread * math.Sqrt(max(1e-9, 1-explained))
	}
	return mean, deviation
}
