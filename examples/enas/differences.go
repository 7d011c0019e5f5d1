package main

import (
	"fmt"
	"io"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// printDifferences compares the generator's draws with uniform draws, seed by seed: both use the same images and
// weights.
func printDifferences(out io.Writer, all []outcome) {
	var shared, sharedUniform, scratch, scratchUniform []float64
	for _, r := range all {
		shared, sharedUniform = append(shared, r.shared), append(sharedUniform, r.sharedUniform)
		scratch, scratchUniform = append(scratch, r.scratch), append(scratchUniform, r.scratchUniform)
	}
	fmt.Fprintf(out, "mean differences in points over %d seeds, the generator's draws against uniform ones, with 95 %% intervals (Student's t):\n", len(all))
	fmt.Fprintf(out, "  with shared weights: %s\n", summary.Paired(shared, sharedUniform).Text("%+.2f"))
	fmt.Fprintf(out, "  best three from scratch: %s\n", summary.Paired(scratch, scratchUniform).Text("%+.2f"))
}
