package bayes

import "math"

// normal is a normal distribution.
type normal struct{ mean, variance float64 }

// improvement returns the expected improvement over the best.
func (n normal) improvement(best float64) float64 {
	return improvement(n.mean-best, math.Sqrt(n.variance))
}

// result predicts the result of candidate i at the full budget. The model predicts what such a result
// would be without noise. If the candidate, with the given Key, has been evaluated at a smaller
// budget, that result also says something about the noise: training for longer continues with the same
// weights, or at least with the same architecture.
//
// An inferred score with noise variance h is the result plus an error of variance h, and the result is
// what the model predicts plus noise. Given the model, which includes the inferred score, the noise has
// the mean share·(score − mean), where share is the noise's part of both variances.
func (o *outlook) result(i int, key string, noise float64) normal {
	deviation := o.deviation(i)
	variance := deviation * deviation
	k, ok := o.early[key]
	if !ok || noise == 0 {
		return normal{o.mean[i], variance + noise}
	}
	share := noise / (noise + o.noise[k])
	return normal{o.mean[i] + share*(o.scores[k]-o.mean[i]), variance*(1-share)*(1-share) + share*o.noise[k]}
}
