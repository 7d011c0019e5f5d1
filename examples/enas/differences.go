package main

import (
	"fmt"
	"io"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// printDifferences compares what the generator draws with uniform draws, seed by seed.
func printDifferences(out io.Writer, all []outcome) {
	shared, scratch := make([]float64, len(all)), make([]float64, len(all))
	for i, r := range all {
		shared[i], scratch[i] = r.shared-r.sharedUniform, r.scratch-r.scratchUniform
	}
	fmt.Fprintf(out, "%d seeds, the generator's draws against uniform ones, mean differences with 95 %% bootstrap intervals:\n", len(all))
	s, t := summary.Mean(shared), summary.Mean(scratch)
	fmt.Fprintf(out, "  with shared weights: %+.2f points (%+.2f to %+.2f)\n", s.Value, s.Low, s.High)
	fmt.Fprintf(out, "  best three from scratch: %+.2f points (%+.2f to %+.2f)\n", t.Value, t.Low, t.High)
}
