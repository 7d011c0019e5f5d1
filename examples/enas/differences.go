package main

import (
	"fmt"
	"io"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// printDifferences compares the draws of each generator with uniform draws, seed by seed: both use the same images and
// weights. It also compares what the generators found.
func (o options) printDifferences(out io.Writer, all [][]outcome) {
	fmt.Fprintf(out, "mean differences in points over %d seeds, with 95 %% intervals (Student's t):\n", len(all[0]))
	for i, g := range o.learners {
		var shared, sharedUniform, scratch, scratchUniform []float64
		for _, r := range all[i] {
			shared, sharedUniform = append(shared, r.shared), append(sharedUniform, r.sharedUniform)
			scratch, scratchUniform = append(scratch, r.scratch), append(scratchUniform, r.scratchUniform)
		}
		fmt.Fprintf(out, "  %s against uniform draws, with shared weights: %s\n", g.Name, summary.Paired(shared, sharedUniform).Text("%+.2f"))
		fmt.Fprintf(out, "  %s against uniform draws, best three from scratch: %s\n", g.Name, summary.Paired(scratch, scratchUniform).Text("%+.2f"))
		if i > 0 {
			var first []float64
			for _, r := range all[0] {
				first = append(first, r.scratch)
			}
			fmt.Fprintf(out, "  %s against %s, best three from scratch: %s\n", g.Name, o.learners[0].Name, summary.Paired(scratch, first).Text("%+.2f"))
		}
	}
}
