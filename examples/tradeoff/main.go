// Tradeoff searches for networks that are accurate and take few multiplications, with at most 60,000 parameters. You learn how
// to name objectives and limits, how to say what is known of a network before it is trained, so that nothing beyond the limit is
// trained at all, and how to read the result: a front, of which no network is better than another in both. All networks have been
// trained before (nasbench.Digits201), so it takes seconds and needs no data.
//
//	go run ./examples/tradeoff -out front
//
// The directory after -out gets the drawing front.svg and the table front.csv.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/bayes"
	"github.com/graphpnas/graphpnas/rl/report/plots"
)

func main() {
	out := flag.String("out", "", "directory for a drawing and a table of the front (default: none)")
	program.About("Tradeoff searches for accurate networks of few multiplications, with a limit on parameters.")
	program.Main(func(ctx context.Context) error { return run(ctx, os.Stdout, *out, 100) })
}

func run(ctx context.Context, w io.Writer, dir string, evaluations int) error {
	table, err := nasbench.Digits201()
	if err != nil {
		return err
	}
	trained, err := table.Evaluator("valid", "valid") // what only training tells
	if err != nil {
		return err
	}
	counted, err := table.Evaluator("params", "params", "flops") // what is known before; network.Figures counts it for any design
	if err != nil {
		return err
	}
	// The method is the Gaussian process alone. With a generator, preset.Pareto makes one in its place.
	search, err := rl.New(table.Space(), bayes.HypervolumeImprovement{}, rl.Config{
		Seed: 1, Evaluations: evaluations,
		Objectives: []rl.Objective{rl.Maximize("valid"), rl.Minimize("flops")},
		Limits:     []rl.Limit{rl.AtMost("params", 60_000), rl.AtLeast("valid", 80)}, // of which training tells the second
		Figures:    counted,
	})
	if err != nil {
		return err
	}
	history, err := search.Run(ctx, trained)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d networks were trained, none of more parameters than allowed. These are better than all others in one objective at least:\n\n",
		len(history.Evaluations))
	fmt.Fprintln(w, "accuracy  multiplications  parameters  cell")
	front := history.Front()
	for i, e := range front {
		m := e.Result.Metrics
		if i > 0 && front[i-1].Result.Metrics["flops"] == m["flops"] {
			continue // another cell with the same figures
		}
		fmt.Fprintf(w, "%7.2f%% %16.0f %11.0f  %v\n", m["valid"], m["flops"], m["params"], e.Arch)
	}
	volumes, err := history.Hypervolume([]float64{80, 1e6}) // up to an accuracy of 80 and a million multiplications
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nHypervolume after half of the evaluations: %.4g, after all: %.4g.\n", volumes[len(volumes)/2], volumes[len(volumes)-1])
	if dir == "" {
		return nil
	}
	return save(history, table, dir)
}

// save draws the front and writes the table.
func save(history *rl.History, table *nasbench.Table, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	figure, err := plots.FrontGrowth("", history)
	if err != nil {
		return err
	}
	if err := figure.Save(filepath.Join(dir, "front.svg")); err != nil {
		return err
	}
	return program.WriteFile(filepath.Join(dir, "front.csv"), func(w io.Writer) error {
		return history.WriteFrontCSV(w, table.Space(), nil)
	})
}
