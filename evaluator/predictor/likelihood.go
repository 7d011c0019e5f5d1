package predictor

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// The candidate lengths of the kernel, and the candidate variances of the noise as multiples of the process variance.
var (
	lengths = powers(0.5, 2, 5) // the root mean square distance of standardized examples is √2
	noises  = powers(0.01, math.Sqrt(10), 7)
)

// powers returns first · ratio^i for i from 0 to n−1.
func powers(first, ratio float64, n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = first * math.Pow(ratio, float64(i))
	}
	return list
}

// matern returns the Matérn covariance of smoothness 3/2 at a distance in units of the length
// (Rasmussen & Williams 2006, equation 4.17).
func matern(distance float64) float64 {
	r := math.Sqrt(3) * distance
	return (1 + r) * math.Exp(-r)
}

// choose sets the length and returns the noise that maximize the likelihood of the scores, with the
// best process variance for each pair.
func (g *process) choose(ctx context.Context, distances mat.Symmetric, y []float64) (noise float64, err error) {
	best := math.Inf(-1)
	g.length, noise = []float64{lengths[0]}, noises[0]
	for _, length := range lengths {
		k := covariance(distances, length)
		for _, v := range noises {
			if ctx.Err() != nil {
				return 0, context.Cause(ctx)
			}
			if l := logLikelihood(k, v, y); l > best {
				best, g.length[0], noise = l, length, v
			}
		}
	}
	return noise, nil
}

func covariance(distances mat.Symmetric, length float64) *mat.SymDense {
	n := distances.SymmetricDim()
	k := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			k.SetSym(i, j, matern(distances.At(i, j)/length))
		}
	}
	return k
}

// solve returns (K + noise·I)⁻¹ y and the logarithm of the determinant of K + noise·I.
func solve(k *mat.SymDense, noise float64, y []float64) (alpha []float64, logDet float64, err error) {
	n := len(y)
	noisy := mat.NewSymDense(n, nil)
	noisy.CopySym(k)
	for i := range n {
		noisy.SetSym(i, i, k.At(i, i)+noise)
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(noisy) {
		return nil, 0, errors.New("the covariance of the examples is not positive definite")
	}
	alpha = make([]float64, n)
	err = cholesky.SolveVecTo(mat.NewVecDense(n, alpha), mat.NewVecDense(n, y))
	return alpha, cholesky.LogDet(), err
}

// logLikelihood returns the log-likelihood of scores up to a constant, with the process variance that maximizes it (Rasmussen &
// Williams 2006, equation 2.30), or −∞ if the covariance is singular.
func logLikelihood(k *mat.SymDense, noise float64, y []float64) float64 {
	alpha, logDet, err := solve(k, noise, y)
	if err != nil {
		return math.Inf(-1)
	}
	n := float64(len(y))
	return -(n*math.Log(floats.Dot(y, alpha)/n) + logDet) / 2
}
