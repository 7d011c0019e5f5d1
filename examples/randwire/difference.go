package main

import (
	"fmt"
	"io"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// printDifference compares the means of searches with those of Watts-Strogatz graphs. Wirings of the same search are not
// independent of one another, so a search counts as one value; a search and its Watts-Strogatz graphs share the images and
// the seed of their training runs, so they are compared in pairs.
func (o options) printDifference(out io.Writer, all []outcome) {
	var learned, plain []float64
	var failures summary.Failures
	for _, r := range all {
		learned, plain = append(learned, r.learned), append(plain, r.plain)
		failures.Add(r.failures)
	}
	fmt.Fprintf(out, "mean accuracy in percent ± standard error over the seeds: the last %d of a search %s, %d graphs of WS(%d, %g) %s\n",
		o.compared, summary.Of(learned).Text(2), o.compared, o.degree, o.rewired, summary.Of(plain).Text(2))
	fmt.Fprintf(out, "difference: %s points%s\n", summary.Paired(learned, plain).Text("%+.2f"), note(len(all)))
	fmt.Fprintln(out, failures)
}

// note explains the interval.
func note(seeds int) string {
	if seeds == 1 {
		return "; an interval needs at least two seeds (-seeds)"
	}
	return ", with its 95 % interval (Student's t over the seeds)"
}
