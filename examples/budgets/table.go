package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/graphpnas/graphpnas/internal/summary"
)

// outcome holds the searches of a method.
type outcome struct {
	name   string
	curves []curve
}

// final returns the best accuracies of the searches.
func (o *outcome) final() (list []float64) {
	for _, c := range o.curves {
		list = append(list, c.best())
	}
	return list
}

// until returns what each search has spent when the mean of their best accuracies reaches a goal, and false if it never does. A
// search without a network that is trained to the end has no best yet, and so there is no mean.
func (o *outcome) until(goal float64, measure func(spent) float64) (float64, bool) {
	var at []float64
	for _, c := range o.curves {
		for _, p := range c.points {
			at = append(at, measure(p.spent))
		}
	}
	slices.Sort(at)
	for _, x := range at {
		if mean, ok := o.mean(x, measure); ok && mean >= goal {
			return x, true
		}
	}
	return 0, false
}

// mean returns the mean of the searches' best accuracies when each has spent x, and false while one has none.
func (o *outcome) mean(x float64, measure func(spent) float64) (float64, bool) {
	var list []float64
	for _, c := range o.curves {
		n := 0
		for n < len(c.points) && measure(c.points[n].spent) <= x {
			n++
		}
		if n == 0 {
			return 0, false
		}
		list = append(list, c.points[n-1].best)
	}
	return summary.Of(list).Mean, true
}

// printTable prints the accuracies that the methods reach, and when each reaches the mean of the first method.
func printTable(out io.Writer, all []*outcome) error {
	goal := summary.Of(all[0].final()).Mean
	text := fmt.Sprintf("\nUntil the mean over the seeds is %.2f %%, where %s ends:\n\n", goal, all[0].name) +
		"| method | best in the end, % | epochs | of those of the first | seconds of training | of those of the first |\n|---|---|---|---|---|---|\n"
	for _, o := range all {
		text += fmt.Sprintf("| %s | %s |", o.name, summary.Of(o.final()).Text(2))
		for _, measure := range []func(spent) float64{
			func(s spent) float64 { return s.epochs },
			func(s spent) float64 { return s.seconds },
		} {
			first, _ := all[0].until(goal, measure)
			if x, ok := o.until(goal, measure); ok {
				text += fmt.Sprintf(" %.1f | %.2f |", x, x/first)
			} else {
				text += " never | – |"
			}
		}
		text += "\n"
	}
	_, err := io.WriteString(out, text)
	return err
}
