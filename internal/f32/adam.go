package f32

import "math"

// maxGradients is the largest number of gradient buffers that [Adam] sums.
const maxGradients = 8

// Adam makes one step of the Adam optimizer, as in PyTorch without weight decay, for the gradient g
// = gscale * (gs[0] + gs[1] + …), summed in order:
//
//	m  = beta1*m + (1-beta1)*g
//	v  = beta2*v + (1-beta2)*g²
//	p -= stepSize * m / (sqrt(v)/sqrtC2 + eps)
//
// The caller passes the bias corrections: stepSize = lr/(1-beta1^t) and sqrtC2 = sqrt(1-beta2^t).
// gs has 1 to 8 buffers with the length of p. Summing them here saves a pass over memory if several
// workers have each computed a part of the gradient.
func Adam(p, m, v []float32, gs [][]float32, gscale, beta1, beta2, stepSize, sqrtC2, eps float32) {
	require(len(m) == len(p) && len(v) == len(p), "Adam: lengths differ")
	require(len(gs) >= 1 && len(gs) <= maxGradients, "Adam: number of gradient buffers")
	for _, g := range gs {
		require(len(g) == len(p), "Adam: lengths differ")
	}
	if len(p) > 0 {
		adam(p, m, v, gs, gscale, beta1, beta2, stepSize, sqrtC2, eps)
	}
}

func adamGeneric(p, m, v []float32, gs [][]float32, gscale, beta1, beta2, stepSize, sqrtC2, eps float32) {
	// A division costs as much as many multiplications.
	invC2 := 1 / sqrtC2
	for i := range p {
		g := gs[0][i]
		for _, h := range gs[1:] {
			g += h[i]
		}
		g *= gscale
		m[i] = beta1*m[i] + (1-beta1)*g
		v[i] = beta2*v[i] + (1-beta2)*g*g
		root := float32(math.Sqrt(float64(v[i])))
		p[i] -= stepSize * m[i] / (root*invC2 + eps)
	}
}
