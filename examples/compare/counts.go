package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/summary"
)

// count is the number of evaluations that a method needs to reach a value. A search that does not reach it counts as one
// evaluation more than its limit.
type count struct {
	evals  summary.Estimate
	missed int // searches that did not reach the value
}

func (c comparison) countUntil(value float64, runs []record) (n count) {
	var evals []float64
	for _, r := range runs {
		needed := r.Better.Until(value)
		if math.IsInf(needed, 1) {
			needed = float64(c.evals + 1)
			n.missed++
		}
		evals = append(evals, needed)
	}
	n.evals = summary.Of(evals)
	return n
}

// cells are the columns of a count.
func (n count) cells(of int) []string {
	return []string{n.evals.Cell(1), fmt.Sprintf("%d of %d", n.missed, of)}
}

func (n count) csv() []string {
	return append(report.Estimate(n.evals), strconv.Itoa(n.missed))
}

// countTable writes the numbers of evaluations that the methods need to reach good values.
func (c comparison) countTable(p *report.Printer) {
	p.Printf("\n")
	p.Header([]string{
		"evaluations until", fmt.Sprintf("the best, %.*f: mean ± standard error", c.digits(), c.best), "not found",
		fmt.Sprintf("%.*f", c.digits(), c.reach), "not reached",
	})
	for _, t := range c.totals {
		p.Row(slices.Concat([]string{t.name}, t.untilBest.cells(len(t.runs)), t.untilReached.cells(len(t.runs))))
	}
	p.Printf("\nA search that does not reach a value counts as %d evaluations.\n", c.evals+1)
}
