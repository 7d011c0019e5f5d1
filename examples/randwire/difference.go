package main

import (
	"fmt"
	"io"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// printDifferences compares the searches of each generator with Watts-Strogatz graphs and with those of the first generator.
// Wirings of the same search are not independent of one another, so a search counts as one value. Results of the same seed
// share the images and the seed of their training runs, so they are compared in pairs.
func (o options) printDifferences(out io.Writer, all []outcome) {
	names := []string{fmt.Sprintf("%d graphs of WS(%d, %g)", o.graphs, o.degree, o.rewired)}
	for _, g := range o.learners {
		names = append(names, fmt.Sprintf("%s, the last %d of %d", g.Name, o.compared, o.evals))
	}
	fmt.Fprintln(out, "accuracies in percent, mean ± standard error over the seeds:")
	for i, name := range names {
		fmt.Fprintf(out, "  %s: on average %s, the best of all %s\n", name,
			summary.Of(values(all, i, mean)).Text(2), summary.Of(values(all, i, best)).Text(2))
	}
	fmt.Fprintf(out, "differences in points%s:\n", note(len(all)))
	for i := 1; i < len(names); i++ {
		for k := range min(i, 2) {
			other := "Watts-Strogatz graphs"
			if k > 0 {
				other = o.learners[0].Name
			}
			fmt.Fprintf(out, "  %s against %s: on average %s, the best %s\n", o.learners[i-1].Name, other,
				summary.Paired(values(all, i, mean), values(all, k, mean)).Text("%+.2f"),
				summary.Paired(values(all, i, best), values(all, k, best)).Text("%+.2f"))
		}
	}
	var failures summary.Failures
	for _, r := range all {
		failures.Add(r.failures)
	}
	fmt.Fprintln(out, failures)
}

func mean(f found) float64 { return f.mean }
func best(f found) float64 { return f.best }

// values returns a figure of each outcome's result i.
func values(all []outcome, i int, figure func(found) float64) []float64 {
	figures := make([]float64, len(all))
	for k, r := range all {
		figures[k] = figure(r.results[i])
	}
	return figures
}

// note explains the intervals.
func note(seeds int) string {
	if seeds == 1 {
		return "; an interval needs at least two seeds (-seeds)"
	}
	return ", with 95 % intervals (Student's t over the seeds)"
}
