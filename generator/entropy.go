package generator

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
)

// EstimateEntropy estimates the entropy of a model's distribution, in nats: the mean of −LogProb over n samples, at least
// two. It also returns the standard error of the estimate.
func EstimateEntropy(ctx context.Context, m Model, rng *rand.Rand, n int) (entropy, stdErr float64, err error) {
	if n < 2 {
		return 0, 0, fmt.Errorf("entropy of a generator of %s: n must be at least 2, got %d", m.Space().Name(), n)
	}
	archs, err := m.Sample(ctx, rng, n)
	if err != nil {
		return 0, 0, fmt.Errorf("entropy: %w", err)
	}
	logProbs, err := m.LogProb(ctx, archs)
	if err != nil {
		return 0, 0, fmt.Errorf("entropy: %w", err)
	}
	mean, deviation := stat.MeanStdDev(logProbs, nil)
	return -mean, stat.StdErr(deviation, float64(n)), nil
}
