package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// resamples of the bootstrap.
const resamples = 10_000

// printDifferences prints the mean differences between what the generator draws and uniform draws, seed by seed.
func printDifferences(out io.Writer, all []outcome) {
	shared, scratch := make([]float64, len(all)), make([]float64, len(all))
	for i, r := range all {
		shared[i], scratch[i] = r.shared-r.sharedUniform, r.scratch-r.scratchUniform
	}
	fmt.Fprintf(out, "%d seeds, the generator against uniform draws, with 95 %% bootstrap intervals:\n", len(all))
	for _, d := range []struct {
		name   string
		values []float64
	}{{"with shared weights", shared}, {"best three from scratch", scratch}} {
		low, high := bootstrap(d.values)
		fmt.Fprintf(out, "  %s: %+.2f points (%+.2f to %+.2f)\n", d.name, stat.Mean(d.values, nil), low, high)
	}
}

// bootstrap returns the 95 % percentile interval of a mean (Efron 1979).
func bootstrap(x []float64) (low, high float64) {
	rng := rand.New(rand.NewPCG(1, 1))
	means, drawn := make([]float64, resamples), make([]float64, len(x))
	for i := range means {
		for j := range drawn {
			drawn[j] = x[rng.IntN(len(x))]
		}
		means[i] = stat.Mean(drawn, nil)
	}
	slices.Sort(means)
	return stat.Quantile(0.025, stat.Empirical, means, nil), stat.Quantile(0.975, stat.Empirical, means, nil)
}
