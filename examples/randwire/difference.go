package main

import (
	"fmt"
	"io"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// printDifference compares the accuracies of two groups of architectures.
func printDifference(out io.Writer, learned, plain []float64) {
	l, p, d := summary.Of(learned), summary.Of(plain), summary.Difference(learned, plain)
	fmt.Fprintf(out, "learned %.2f %% ± %.2f, Watts-Strogatz %.2f %% ± %.2f (means ± standard deviations of %d and %d architectures)\n",
		l.Mean, l.Deviation, p.Mean, p.Deviation, len(learned), len(plain))
	fmt.Fprintf(out, "difference of means: %+.2f points, 95 %% bootstrap interval %+.2f to %+.2f\n", d.Value, d.Low, d.High)
}
