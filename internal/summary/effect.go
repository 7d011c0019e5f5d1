package summary

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
)

// Effect is the difference between the best values of a method and those of another method, the
// baseline.
type Effect struct {
	// Difference is the difference of the means, with Welch's interval.
	Difference Interval
	// Superior is the probability that a seed of the method beats one of the baseline; see
	// [Superiority].
	Superior Interval
	// P is the p-value of the two-sided Mann-Whitney test. It is unknown unless both methods have
	// [EnoughSeeds].
	P Number
	// Corrected is P after [Correct].
	Corrected Number
}

// EnoughSeeds is the number of seeds of both methods that a test requires. With fewer than five,
// its p-value cannot be small.
const EnoughSeeds = 5

// EffectOf compares the values of a method, x, with those of the baseline, y. Both must have at
// least one value.
func EffectOf(x, y []float64) Effect {
	e := Effect{Difference: Difference(x, y), Superior: Superiority(x, y), P: unknown, Corrected: unknown}
	if len(x) >= EnoughSeeds && len(y) >= EnoughSeeds {
		e.P = Number(MannWhitney(x, y))
	}
	return e
}

// Correct sets Corrected of effects that are shown together, using [Holm].
func Correct(effects []*Effect) {
	p := make([]float64, len(effects))
	for i, e := range effects {
		p[i] = float64(e.P)
	}
	for i, v := range Holm(p) {
		effects[i].Corrected = Number(v)
	}
}

// Superiority estimates the probability that a seed of x beats one of y, where ties count half
// (Vargha & Delaney 2000), with Newcombe's 95 % interval (2006, method 5), which is also valid for
// few seeds. There is an interval only if both have at least two seeds.
func Superiority(x, y []float64) Interval {
	share := shareOfWins(x, y)
	i := Interval{Value: share, Low: unknown, High: unknown}
	if len(x) > 1 && len(y) > 1 {
		i.High = Number(highestShare(share, len(x), len(y)))
		i.Low = Number(1 - highestShare(1-share, len(y), len(x)))
	}
	return i
}

// shareOfWins returns the fraction of pairs in which the value of x is greater. Ties count half.
func shareOfWins(x, y []float64) float64 {
	y = slices.Sorted(slices.Values(y))
	wins := 0.0
	for _, v := range x {
		below, _ := slices.BinarySearch(y, v)
		upTo, _ := slices.BinarySearch(y, math.Nextafter(v, math.Inf(1)))
		wins += float64(below) + float64(upTo-below)/2
	}
	return wins / float64(len(x)*len(y))
}

// highestShare returns the highest win probability p that is consistent with an observed share:
// share is within 1.96 standard errors of p, where the standard error is the one implied by p.
func highestShare(share float64, m, n int) float64 {
	const normal975 = 1.959964
	contradicts := func(p float64) bool {
		variance := p * (1 - p) * (1 + (float64(m+n)/2-1)*((1-p)/(2-p)+p/(1+p))) / float64(m*n)
		return p-share > normal975*math.Sqrt(variance)
	}
	low, high := share, 1.0
	if !contradicts(math.Nextafter(1, 0)) {
		return 1
	}
	for range 50 { // bisection
		if middle := (low + high) / 2; contradicts(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return low
}

// For small samples with ties, the package computes an exact distribution that depends on the order
// of the two samples and exceeds one. The normal approximation with correction for ties has neither
// problem.
func init() { stats.MannWhitneyTiesExactLimit = 0 }

// MannWhitney returns the p-value of the two-sided test by Mann & Whitney (1947): the probability
// that samples from two equal distributions differ at least as much. The samples must not be empty.
// If all values are equal, it is 1.
func MannWhitney(x, y []float64) float64 {
	result, err := stats.MannWhitneyUTest(x, y, stats.LocationDiffers)
	if err != nil {
		return 1 // neither sample is empty, so all values are equal
	}
	return result.P
}
