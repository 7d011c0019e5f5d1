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

func printDifference(out io.Writer, learned, plain []float64) {
	low, high := bootstrap(learned, plain)
	fmt.Fprintf(out, "learned %.2f %% ± %.2f, Watts-Strogatz %.2f %% ± %.2f (deviations of %d architectures each)\n",
		stat.Mean(learned, nil), stat.StdDev(learned, nil), stat.Mean(plain, nil), stat.StdDev(plain, nil), len(plain))
	fmt.Fprintf(out, "difference of means: %+.2f points, 95 %% bootstrap interval %+.2f to %+.2f\n",
		stat.Mean(learned, nil)-stat.Mean(plain, nil), low, high)
}

// bootstrap returns the 95 % percentile interval of a difference of two means (Efron 1979).
func bootstrap(a, b []float64) (low, high float64) {
	rng := rand.New(rand.NewPCG(1, 1))
	mean := func(x []float64) (m float64) {
		for range x {
			m += x[rng.IntN(len(x))] / float64(len(x))
		}
		return m
	}
	differences := make([]float64, resamples)
	for i := range differences {
		differences[i] = mean(a) - mean(b)
	}
	slices.Sort(differences)
	return stat.Quantile(0.025, stat.Empirical, differences, nil), stat.Quantile(0.975, stat.Empirical, differences, nil)
}
