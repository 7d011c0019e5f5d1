package searchspace

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// SizeEstimate is an estimate of the number of ordered architectures of a space, as a decimal
// logarithm: 6 means a million.
type SizeEstimate struct {
	Log10 float64
	// Low and High bound the 95 % bootstrap percentile interval.
	Low, High float64
}

// resamples is the number of bootstrap samples of an estimate.
const resamples = 1000

// EstimateSize estimates the size of a space that cannot be counted, by random walks through its
// decisions: the product of the numbers of allowed values along a walk is an unbiased estimate
// (Knuth 1975, Mathematics of Computation 29). Start with a thousand walks. If some members are
// much harder to reach than others, walks may miss most of them, and the interval is then too
// narrow and too low.
//
// The error wraps [ErrDeadEnd] if a walk reaches a dead end.
func EstimateSize(ctx context.Context, space Space, rng *rand.Rand, walks int) (SizeEstimate, error) {
	if walks < 1 {
		return SizeEstimate{}, fmt.Errorf("estimating the size of %s: walks must be at least 1, got %d", space.Name(), walks)
	}
	logs := make([]float64, walks)
	for i := range logs {
		if ctx.Err() != nil {
			return SizeEstimate{}, fmt.Errorf("estimating the size of %s: %w", space.Name(), context.Cause(ctx))
		}
		b := space.Start()
		for d, ok := b.Next(); ok; d, ok = b.Next() {
			if len(d.Allowed) == 0 {
				return SizeEstimate{}, fmt.Errorf("estimating the size of %s: %w", space.Name(), d.DeadEnd())
			}
			if err := b.Take(d.Allowed[rng.IntN(len(d.Allowed))]); err != nil {
				return SizeEstimate{}, fmt.Errorf("estimating the size of %s: %w", space.Name(), err)
			}
			logs[i] += math.Log10(float64(len(d.Allowed)))
		}
	}
	e := SizeEstimate{Log10: logMean(logs)}
	means, drawn := make([]float64, resamples), make([]float64, walks)
	for k := range means {
		for i := range drawn {
			drawn[i] = logs[rng.IntN(walks)]
		}
		means[k] = logMean(drawn)
	}
	slices.Sort(means)
	e.Low, e.High = means[resamples*25/1000], means[resamples*975/1000-1]
	return e, nil
}

// logMean returns the decimal logarithm of the mean of numbers, given their decimal logarithms.
func logMean(logs []float64) float64 {
	most, sum := slices.Max(logs), 0.0
	for _, l := range logs {
		sum += math.Pow(10, l-most)
	}
	return most + math.Log10(sum/float64(len(logs)))
}
