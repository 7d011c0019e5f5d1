package bayes

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
)

// prediction is what a posterior says of some architectures, and of more when further observations are imagined.
type prediction struct {
	post      *posterior
	features  []features
	mean      []float64
	explained []float64   // share of the prior variance that observations take away
	whitened  [][]float64 // L⁻¹ k of each, and a value for each imagined observation
}

// chunk is how many architectures are predicted together: enough for matrix products, few enough to stay in the cache.
const chunk = 512

// predict computes mean and variance for architectures.
func (p *posterior) predict(all []features) *prediction {
	out := &prediction{
		post: p, features: all, mean: make([]float64, len(all)), explained: make([]float64, len(all)),
		whitened: make([][]float64, len(all)),
	}
	for start := 0; start < len(all); start += chunk {
		out.fill(start, min(start+chunk, len(all)))
	}
	return out
}

// fill predicts the architectures from lo to hi−1.
func (p *prediction) fill(lo, hi int) {
	n, m := len(p.post.known), hi-lo
	if n == 0 {
		return
	}
	k := blas64.General{Rows: n, Cols: m, Stride: m, Data: make([]float64, n*m)}
	for i := range p.post.known {
		row := k.Data[i*m : (i+1)*m]
		for j := range row {
			row[j] = p.post.kernel.covariance(&p.post.known[i], &p.features[lo+j])
		}
	}
	blas64.Trsm(blas.Left, blas.NoTrans, 1, p.post.factor.RawTriangular(), k)
	for j := range m {
		p.whitened[lo+j] = make([]float64, n)
	}
	for i, z := range p.post.white {
		for j, v := range k.Data[i*m : (i+1)*m] {
			p.mean[lo+j] += z * v
			p.explained[lo+j] += v * v
			p.whitened[lo+j][i] = v
		}
	}
}

// deviation returns the standard deviation of an architecture's prediction.
func (p *prediction) deviation(i int) float64 {
	return p.post.spread * math.Sqrt(max(1e-9, 1-p.explained[i]))
}

// imagine conditions on an observation of one of the architectures that equals its mean. That leaves every mean as it is
// and lowers the variances (Desautels et al. 2014, JMLR 15, section 4).
func (p *prediction) imagine(at int) {
	scale := 1 / math.Sqrt(max(1e-9, 1-p.explained[at])+p.post.noise)
	seen := p.whitened[at]
	for i := range p.features {
		covariance := p.post.kernel.covariance(&p.features[at], &p.features[i]) - floats.Dot(seen, p.whitened[i][:len(seen)])
		v := covariance * scale
		p.whitened[i] = append(p.whitened[i], v)
		p.explained[i] += v * v
	}
}
