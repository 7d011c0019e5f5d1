package bayes

import "math"

// blend averages predictions by processes that compare different features of the same
// architectures. It is uncertain where they disagree.
type blend struct {
	predictions []*prediction
	weights     []float64 // of the predictions; their sum is 1
	mean        []float64
	between     []float64 // variance of the predictions' means divided by the mean of their variances
}

// newBlend weights predictions with the cautious grid as if all their posteriors were in one average.
// It leaves out predictions whose weight is below lightest times the largest.
func newBlend(all []*prediction) *blend {
	b := &blend{}
	most, sum := math.Inf(-1), 0.0
	for _, p := range all {
		most = max(most, p.logWeight())
	}
	for _, p := range all {
		if w := math.Exp(p.logWeight() - most); w >= lightest {
			b.predictions, b.weights = append(b.predictions, p), append(b.weights, w)
			sum += w
		}
	}
	for k := range b.weights {
		b.weights[k] /= sum
	}
	b.mean, b.between = make([]float64, len(all[0].mean)), make([]float64, len(all[0].mean))
	for i := range b.mean {
		for k, p := range b.predictions {
			b.mean[i] += b.weights[k] * p.mean[i]
		}
		for k, p := range b.predictions {
			d := p.mean[i] - b.mean[i]
			b.between[i] += b.weights[k] * d * d
		}
		b.between[i] /= b.within(i)
	}
	return b
}

// average returns the weighted mean of a figure of the predictions.
func (b *blend) average(figure func(*prediction) float64) (sum float64) {
	for k, p := range b.predictions {
		sum += b.weights[k] * figure(p)
	}
	return sum
}

// within returns the mean of the predictions' variances.
func (b *blend) within(i int) float64 {
	return b.average(func(p *prediction) float64 { d := p.deviation(i); return d * d })
}

// deviation returns the standard deviation of an architecture's prediction. As in prediction, the
// disagreement shrinks with the variances.
func (b *blend) deviation(i int) float64 {
	return math.Sqrt(b.within(i) * (1 + b.between[i]))
}

// skew returns the weighted mean of the predictions' skews.
func (b *blend) skew(i int) skew {
	return skew{
		above: b.average(func(p *prediction) float64 { return p.skews[i].above }),
		below: b.average(func(p *prediction) float64 { return p.skews[i].below }),
	}
}

// noiseVariance returns the mean of the predictions' noise variances.
func (b *blend) noiseVariance() float64 { return b.average((*prediction).noiseVariance) }

// imagine conditions all predictions on an observation that equals its mean.
func (b *blend) imagine(at int) {
	for _, p := range b.predictions {
		p.imagine(at)
	}
}
