package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"gonum.org/v1/gonum/stat"
)

// draws is how many architectures show what the generator has learned.
const draws = 1000

// teller says in words what the search does.
type teller struct {
	out     io.Writer
	table   *nasbench.Table
	learned bool    // the generator has begun to draw
	highest float64 // accuracy so far
}

func (t *teller) begin(evaluations int) {
	fmt.Fprintf(t.out, `A network is built of copies of one cell: a small graph in which each of six edges has one of five operations.
There are %d such cells. Which one reads handwritten digits best? The search may train %d of them to find out.

It begins with cells at random, and these were better than all before them:

`, t.table.Len(), evaluations)
}

// round tells of a round that has found something better.
func (t *teller) round(h *rl.History) error {
	last := h.Rounds[len(h.Rounds)-1]
	if !last.Explored && !t.learned {
		t.learned = true
		fmt.Fprint(t.out, `
Now a graph neural network learns from the best cells so far, and proposes cells like them. Which proposal is trained
next is a second model's choice, which has learned from all results:

`)
	}
	for _, i := range last.Drawn {
		e := h.Evaluations[i]
		if e.Err != nil || e.Result.Value <= t.highest {
			continue
		}
		t.highest = e.Result.Value
		rank, err := t.table.Rank("valid", e.Result.Value)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%7d. cell: %.2f %% of the validation images right, place %d of %d\n", i+1, e.Result.Value, rank, t.table.Len())
	}
	return nil
}

// best tells of the best cell.
func (t *teller) best(h *rl.History, best rl.Evaluation) error {
	valid, err := t.table.Rank("valid", best.Result.Value)
	if err != nil {
		return err
	}
	rank, err := t.table.Rank("test", best.Result.Metrics["test"])
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, `
The best cell, after %d of %d (training those would have taken %.1f minutes on one processor):

%s
It gets %.2f %% of the validation images right, place %d of %d, and of the test images, which the search has not seen,
%.2f %%, place %d.
`, len(h.Evaluations), t.table.Len(), h.Cost().Minutes(), drawing(best.Arch.Part(0)),
		best.Result.Value, valid, t.table.Len(), best.Result.Metrics["test"], rank)
	return nil
}

// preferences tells how likely the generator draws each operation.
func (t *teller) preferences(cell generator.PartMarginals) {
	fmt.Fprintf(t.out, "\nWhat the generator has learned to prefer, by %d draws:\n\n%19s", draws, "")
	for _, op := range cell.Part.EdgeOps {
		fmt.Fprintf(t.out, "%10s", shortName(op))
	}
	fmt.Fprintln(t.out)
	nodes := len(cell.EdgeOps)
	for to := range nodes {
		for from, probabilities := range cell.EdgeOps[to] {
			fmt.Fprintf(t.out, "%10s ▶ %-7s", nodeName(from, nodes), nodeName(to, nodes))
			for op, p := range probabilities {
				if op == 0 { // "none", which is to have no edge
					p = max(0, 1-cell.Edges[to][from])
				}
				fmt.Fprintf(t.out, "%8.0f %%", 100*p)
			}
			fmt.Fprintln(t.out)
		}
	}
}

// compare compares what the generator draws with what chance does.
func (t *teller) compare(ctx context.Context, learned, chance generator.GraphGenerator) error {
	var means [2]float64
	for i, g := range []generator.GraphGenerator{learned, chance} {
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
	fmt.Fprintf(t.out, "\nA cell that it draws gets %.1f %% right on average, one drawn by chance %.1f %%.\n", means[0], means[1])
	return nil
}
