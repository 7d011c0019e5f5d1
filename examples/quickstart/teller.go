package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"gonum.org/v1/gonum/stat"
)

// draws is how many architectures show what the generator has learned.
const draws = 1000

// teller explains the search in words.
type teller struct {
	display   *progress.Display
	bar       *progress.Bar
	out       io.Writer
	table     *nasbench.Table
	evaluated int
	learned   bool    // the generator has begun to propose
	highest   float64 // accuracy so far
}

func (t *teller) begin(evaluations int) {
	fmt.Fprintf(t.out, `A network is built from copies of one cell: a small graph whose six edges each have one of five operations. There are
%d such cells. Which one reads handwritten digits best? The search may train %d of them to find out.

It begins with random cells. These were better than all before them:

`, t.table.Len(), evaluations)
	t.bar = t.display.Bar(progress.Options{Name: "searching", Total: evaluations, Unit: "cells", Times: true, Transient: true})
}

// result counts an evaluation, and reports it if it is better than all before it.
func (t *teller) result(e rl.Evaluation) error {
	t.evaluated++
	t.bar.Add(1)
	if e.Source != rl.SourceExplorer && !t.learned {
		t.learned = true
		fmt.Fprint(t.out, `
Now a graph neural network learns from the best cells so far and proposes similar ones. A second model, which learns from
all results, chooses which proposal is trained next:

`)
	}
	if !e.OK() || e.Result.Value <= t.highest {
		return nil
	}
	t.highest = e.Result.Value
	t.bar.Note(fmt.Sprintf("best %.2f %%", t.highest))
	rank, err := t.table.Rank("valid", e.Result.Value)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "  cell %3d: %.2f %% of the validation images right, number %d of %d\n",
		t.evaluated, e.Result.Value, rank, t.table.Len())
	return err
}

// best describes the best cell.
func (t *teller) best(h *rl.History, best rl.Evaluation) error {
	valid, err := t.table.Rank("valid", best.Result.Value)
	if err != nil {
		return err
	}
	test, err := t.table.Rank("test", best.Result.Metrics["test"])
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, `
The best cell, after %d of %d trainings, of which %d failed (they would have taken %.1f minutes on one processor):

%s
It gets %.2f %% of the validation images right (number %d of %d), and %.2f %% of the test images (number %d), which
the search has not seen.
`, len(h.Evaluations), t.table.Len(), len(h.Failures()), h.Cost().Minutes(), drawing(best.Arch),
		best.Result.Value, valid, t.table.Len(), best.Result.Metrics["test"], test)
	return err
}

// preferences shows how likely the generator is to draw each operation.
func (t *teller) preferences(cell generator.PartMarginals) {
	fmt.Fprintf(t.out, "\nWhat the generator has learned to prefer, in %d draws:\n\n%19s", draws, "")
	for _, op := range cell.Part.EdgeOps {
		fmt.Fprintf(t.out, "%10s", shortName(op))
	}
	fmt.Fprintln(t.out)
	nodes := len(cell.EdgeOps)
	for to := range nodes {
		for from, probabilities := range cell.EdgeOps[to] {
			fmt.Fprintf(t.out, "%10s ▶ %-7s", nodeName(from, nodes), nodeName(to, nodes))
			for op, p := range probabilities {
				if op == 0 { // "none" means that there is no edge
					p = max(0, 1-cell.Edges[to][from])
				}
				fmt.Fprintf(t.out, "%8.0f %%", 100*p)
			}
			fmt.Fprintln(t.out)
		}
	}
}

// compare compares cells that the generator draws with random ones.
func (t *teller) compare(ctx context.Context, learned, random generator.GraphGenerator) error {
	var means [2]float64
	for i, g := range []generator.GraphGenerator{learned, random} {
		archs, err := g.Sample(ctx, rand.New(rand.NewPCG(seed, 2)), draws)
		if err != nil {
			return err
		}
		values := make([]float64, len(archs))
		for k, a := range archs {
			if values[k], err = t.table.Value(a, "valid"); err != nil {
				return err
			}
		}
		means[i] = stat.Mean(values, nil)
	}
	_, err := fmt.Fprintf(t.out, "\nA cell from the generator gets %.1f %% right on average, a random cell %.1f %%.\n", means[0], means[1])
	return err
}
