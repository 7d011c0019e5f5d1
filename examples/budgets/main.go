// Budgets measures what small budgets save: it searches the cells of NAS-Bench-201 with real training runs, once with every
// network trained to the end and once with most of them stopped early (rl/bayes.Screened), and prints the training time until
// both have found equally accurate networks. With -cells, it measures how well accuracies after few epochs predict those at the end.
//
//	go run ./examples/budgets
//	go run ./examples/budgets -data fashion-mnist -train 2000 -valid 5000 -evals 24 -seeds 6
//
// The first needs no files. The second needs Fashion-MNIST, the Debian package dataset-fashion-mnist.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/examples/internal/torch"
	"github.com/graphpnas/graphpnas/examples/internal/training"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/baseline"
	"github.com/graphpnas/graphpnas/rl/bayes"
)

type options struct {
	training.Options
	channels int
	evals    int
	methods  string
	cells    int // to train instead of searching
}

// methods are the methods to compare, given the budgets below the full one in epochs. The first trains every network to the end.
var methods = []tool.Named[func(budgets []float64) rl.Method]{
	{Name: "full", Value: func([]float64) rl.Method { return bayes.ModelAverage{} }},
	{Name: "screened", Value: func(b []float64) rl.Method { return bayes.Screened{Budgets: b} }},
	{Name: "asha", Value: func(b []float64) rl.Method { return baseline.ASHA{Budgets: b} }},
	{Name: "hyperband", Value: func(b []float64) rl.Method { return baseline.Hyperband{Budgets: b} }},
	{Name: "random", Value: func([]float64) rl.Method { return baseline.RandomSearch{} }},
}

func main() {
	o := options{Options: training.Options{
		Data: "digits", Train: 500, Valid: 800, Epochs: 9, Batch: 32, Rate: 0.1, Unsaved: true,
		Trainer: torch.Trainer{Worker: torch.Go, Processes: 1},
	}}
	o.TrainingFlags(flag.CommandLine, "a complete training run")
	tool.SeedFlags(flag.CommandLine, &o.Seed, &o.Seeds, 3, "searches with each method")
	flag.IntVar(&o.channels, "channels", 4, "channels of the networks' first stage")
	flag.IntVar(&o.evals, "evals", 30, "complete training runs that a search may cost, in epochs")
	flag.StringVar(&o.methods, "methods", "full,screened", "methods, separated by commas: "+strings.Join(tool.Names(methods), ", "))
	flag.IntVar(&o.cells, "cells", 0, "instead of searching, train this many random cells and print how well their accuracies after few epochs predict those at the end")
	program.About("Budgets measures how much training time is saved by training most networks for only a few epochs.")
	program.Main(func(ctx context.Context) error { return run(ctx, o, os.Stdout, progress.New(os.Stderr)) })
}

// budgets returns a ninth and a third of the epochs, rounded down, without those below one epoch.
func (o options) budgets() (list []float64) {
	for _, share := range []int{9, 3} {
		if b := o.Epochs / share; b > 0 {
			list = append(list, float64(b))
		}
	}
	return list
}

func (o options) validate() error {
	if err := tool.Check(
		tool.Bound{Name: "epochs", Value: o.Epochs, Least: 3}, tool.Bound{Name: "evals", Value: o.evals, Least: 1}, tool.Bound{Name: "cells", Value: o.cells},
	); err != nil {
		return err
	}
	for _, name := range strings.Split(o.methods, ",") {
		if _, err := tool.Find(methods, "method", name); err != nil {
			return err
		}
	}
	return o.Validate()
}

// run searches with all methods and seeds and prints the comparison.
func run(ctx context.Context, o options, stdout io.Writer, display *progress.Display) error {
	if err := o.validate(); err != nil {
		return err
	}
	out := display.Above(stdout)
	defer display.Close()
	if o.cells > 0 {
		return o.compareEarly(ctx, out, display)
	}
	var all []*outcome
	for _, name := range strings.Split(o.methods, ",") {
		all = append(all, &outcome{name: name})
	}
	if err := o.EachSeed(ctx, func(seed uint64) error { return o.compare(ctx, seed, all, out, display) }); err != nil {
		return err
	}
	return printTable(out, all)
}

// compare runs all methods with a seed, one after another.
func (o options) compare(ctx context.Context, seed uint64, all []*outcome, out io.Writer, display *progress.Display) error {
	for _, one := range all {
		method, err := tool.Find(methods, "method", one.name)
		if err != nil {
			return err
		}
		bar := display.Bar(progress.Options{
			Name: fmt.Sprintf("%s, seed %d", one.name, seed), Total: o.evals * o.Epochs, Unit: "epochs", Times: true, Transient: true,
		})
		c, err := o.search(ctx, method.Value(o.budgets()), seed, bar)
		if err != nil {
			return err
		}
		one.curves = append(one.curves, c)
		if err := c.print(out, one.name, seed); err != nil {
			return err
		}
	}
	return nil
}
