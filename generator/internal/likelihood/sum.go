package likelihood

import (
	"math"
	"slices"
)

// Sum adds up the loss of one architecture and the entropy along its path.
type Sum struct {
	Criterion Criterion
	Weight    float64 // weight of the loss in the gradient
	Loss      float64
	Entropy   float64 // in nats; zero if the criterion does not use it
}

// Categorical adds −factor·log softmax(z)[choice] to the loss, where the softmax is over the
// allowed values, or over all if allowed is nil. Unless d is nil, it adds the gradient of
// Weight·loss − Criterion.Entropy·entropy with respect to z to d.
func (s *Sum) Categorical(z, d []float32, choice int, allowed []int, factor float64) {
	var few [16]float64
	logp := LogSoftmax(few[:0], z, allowed, s.Criterion.Temperature)
	entropy := 0.0
	at := choice
	if allowed != nil {
		at = slices.Index(allowed, choice)
	}
	if s.Criterion.Entropy != 0 {
		for _, lp := range logp {
			entropy -= math.Exp(lp) * lp
		}
	}
	s.Loss -= factor * logp[at]
	s.Entropy += entropy
	if d == nil {
		return
	}
	factor *= s.Weight
	scale := 1 / s.Criterion.Temperature
	for i, lp := range logp {
		p := math.Exp(lp)
		g := factor * p
		if i == at {
			g -= factor
		}
		g += s.Criterion.Entropy * p * (lp + entropy)
		value := i
		if allowed != nil {
			value = allowed[i]
		}
		d[value] += float32(scale * g)
	}
}
