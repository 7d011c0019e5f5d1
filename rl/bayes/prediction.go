package bayes

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
)

// prediction is the weighted prediction of several posteriors for some architectures, which can be
// conditioned on further imagined observations.
type prediction struct {
	sample     *sample
	entries    []*entry
	posteriors []*posterior
	each       []gaussians // one for each posterior
	mean       []float64
	between    []float64 // variance of the posteriors' means divided by the mean of their variances
	surprises  []surprises
	skews      []skew // nil without surprises
}

// gaussians holds the predictions of one posterior.
type gaussians struct {
	mean      []float64
	explained []float64   // fraction of the prior variance that the observations explain
	whitened  [][]float64 // L⁻¹ k of each architecture, extended by a value for each imagined observation
}

// chunk is the number of architectures predicted together: large enough for matrix products, small
// enough for the cache.
const chunk = 256

// predict computes means and variances for architectures.
func predict(s *sample, posteriors []*posterior, entries []*entry) *prediction {
	return newPrediction(s, posteriors, entries).complete()
}

// predictSkewed also computes skews. The sample must not be empty.
func predictSkewed(s *sample, posteriors []*posterior, entries []*entry) *prediction {
	p := newPrediction(s, posteriors, entries)
	p.skews = make([]skew, len(entries))
	for _, post := range posteriors {
		p.surprises = append(p.surprises, post.surprises())
	}
	return p.complete()
}

func newPrediction(s *sample, posteriors []*posterior, entries []*entry) *prediction {
	p := &prediction{sample: s, entries: entries, posteriors: posteriors, mean: make([]float64, len(entries)), between: make([]float64, len(entries))}
	for range posteriors {
		p.each = append(p.each, gaussians{make([]float64, len(entries)), make([]float64, len(entries)), make([][]float64, len(entries))})
	}
	return p
}

// complete predicts all architectures.
func (p *prediction) complete() *prediction {
	n := len(p.entries)
	if len(p.sample.numbers) > 0 {
		spread((n+chunk-1)/chunk, func(i int) { p.fill(i*chunk, min((i+1)*chunk, n)) })
	}
	for i := range n {
		for k, post := range p.posteriors {
			p.mean[i] += post.weight * p.each[k].mean[i]
		}
		for k, post := range p.posteriors {
			d := p.each[k].mean[i] - p.mean[i]
			p.between[i] += post.weight * d * d
		}
		p.between[i] /= p.within(i)
	}
	return p
}

// fill predicts architectures lo to hi−1.
func (p *prediction) fill(lo, hi int) {
	n := len(p.sample.numbers)
	decisions, walks := make([]float64, n*(hi-lo)), make([]float64, n*(hi-lo))
	for i := lo; i < hi; i++ {
		at := (i - lo) * n
		p.sample.between(p.entries[i], decisions[at:at+n], walks[at:at+n])
	}
	for k, post := range p.posteriors {
		g := &p.each[k]
		w := blas64.General{Rows: hi - lo, Cols: n, Stride: n, Data: make([]float64, n*(hi-lo))}
		for i := range w.Data {
			w.Data[i] = post.covariance(decisions[i], walks[i])
		}
		if p.skews != nil {
			for i := lo; i < hi; i++ {
				near := p.surprises[k].near(w.Data[(i-lo)*n : (i-lo+1)*n])
				p.skews[i].above += post.weight * near.above
				p.skews[i].below += post.weight * near.below
			}
		}
		blas64.Trsm(blas.Right, blas.Trans, 1, post.factor.RawTriangular(), w)
		for i := lo; i < hi; i++ {
			row := w.Data[(i-lo)*n : (i-lo+1)*n : (i-lo+1)*n]
			g.mean[i], g.explained[i], g.whitened[i] = floats.Dot(row, post.white), floats.Dot(row, row), row
		}
	}
}

// within returns the mean of the posteriors' variances.
func (p *prediction) within(i int) (v float64) {
	for k, post := range p.posteriors {
		v += post.weight * post.spread * post.spread * max(1e-9, 1-p.each[k].explained[i])
	}
	return v
}

// logWeight returns the logarithm of the posteriors' total weight in a cautious average with those of
// other predictions, up to a constant.
func (p *prediction) logWeight() float64 {
	return p.posteriors[0].evidence/caution - math.Log(p.posteriors[0].weight)
}

// noiseVariance returns the mean of the posteriors' noise variances, each weighted by its noise, so
// that noisier posteriors count more.
func (p *prediction) noiseVariance() (v float64) {
	for _, post := range p.posteriors {
		v += post.weight * post.spread * post.spread * post.noise * post.noise
	}
	return v
}

// mostConfidence is the confidence of bounds while the noise variance is at most littleNoise times
// the process variance.
const (
	mostConfidence = 4
	littleNoise    = 0.1
)

// confidence returns the number of standard deviations of a bound above the mean. The noisier the
// posteriors, the less a single observation can confirm, so the confidence is inversely
// proportional to the standard deviation of the noise.
func (p *prediction) confidence() float64 {
	logNoise := 0.0
	for _, post := range p.posteriors {
		logNoise += post.weight * math.Log(post.noise)
	}
	return mostConfidence * min(1, math.Sqrt(littleNoise/math.Exp(logNoise)))
}

// deviation returns the standard deviation of an architecture's prediction. The disagreement of the
// posteriors shrinks with the architecture's own variance.
func (p *prediction) deviation(i int) float64 { return math.Sqrt(p.within(i) * (1 + p.between[i])) }

// imagine conditions on an observation of one of the architectures that equals its mean. This keeps
// all means and lowers the variances (Desautels et al. 2014, JMLR 15, section 4).
func (p *prediction) imagine(at int) {
	decisions, walks := make([]float64, len(p.entries)), make([]float64, len(p.entries))
	for i, e := range p.entries {
		decisions[i], walks[i] = p.sample.apart(p.entries[at], e)
	}
	for k, post := range p.posteriors {
		g := &p.each[k]
		scale := 1 / math.Sqrt(max(1e-9, 1-g.explained[at])+post.noise)
		seen := g.whitened[at]
		for i := range p.entries {
			covariance := post.covariance(decisions[i], walks[i]) - floats.Dot(seen, g.whitened[i][:len(seen)])
			v := covariance * scale
			g.whitened[i] = append(g.whitened[i], v)
			g.explained[i] += v * v
		}
	}
}
