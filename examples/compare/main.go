// Compare runs search methods against one another on a table of architectures, each with many seeds: GraphPNAS with the
// paper's settings and with this library's own, the recurrent controller that the paper compares it with, a Gaussian
// process, local search, regularized evolution and random search.
//
//	go run ./examples/compare -table nb201.csv -valid cifar10_valid_12 -test cifar10_test_200 -seeds 20 -out compared
//	go run ./examples/compare -table digits201 -valid valid -test test -seeds 20 -out compared
//	go run ./examples/compare -table digits201 -valid valid -test test -cost seconds -workers 16 -out parallel
//	go run ./examples/compare -table nb201.csv -valid cifar100_valid_12 -past cifar10_valid_12 -methods ranked,ranked-cold -out warm
//	go run ./examples/compare -table nb201.csv -figures latency.csv -objectives cifar10_valid_12,-raspi4_ms -out front
//	go run ./examples/compare -table nb101.parquet -space nasbench101 -listed -valid validation_accuracy_108 -cost training_time_108 \
//		-budgets 4=validation_accuracy_4,12=validation_accuracy_12,36=validation_accuracy_36 -full 108 \
//		-methods ranked-nogen,screened,asha,hyperband -workers 16 -out budgets
//
// What the commands show:
//
//  1. A comparison on a table in a file.
//  2. The same on the table that comes with the library, nasbench.Digits201.
//  3. Searches with 16 workers in simulated time: a training run takes as long as the table says, but nothing is trained.
//  4. Warm starts. Each search begins with the results of a finished search of another column. The methods whose names
//     end in -cold begin without them.
//  5. Two objectives. Methods are compared by the hypervolume of the front that they find. The second objective is known
//     before an evaluation. With -limits, architectures must also stay within limits.
//  6. Several budgets. Methods that evaluate at smaller budgets first are compared with methods that do not. Each search
//     may spend what -evals full evaluations cost on average. With -listed, the space consists of the architectures in
//     the table.
//
// The program writes these files to the directory given by -out:
//
//   - compare.md and compare.csv, the tables;
//   - best.png, mass.png if a method learns a distribution, and hours.png if time is simulated, each also as .svg and
//     .pdf;
//   - report.html, a page that shows each method's search with the first seed;
//   - runs.jsonl, with a line for each finished search.
//
// With -objectives, it writes objectives.md, objectives.csv, objectives.jsonl and the plot volume.png instead.
//
// If you press Ctrl-C, the program writes the files for the searches that have finished. The same command then runs the
// others. To add seeds or methods, run it again with these: only the missing searches run. Delete runs.jsonl when a
// method has changed. To compare your own method or space, add it to package examples/internal/methods or
// examples/internal/spaces.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/examples/internal/spaces"
	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

type options struct {
	table, space, valid, test string
	preset                    string
	methods, baseline         string
	evals, seeds              int
	seed                      uint64
	reach, regret             float64
	batch, workers, lag       int
	arrival                   bool
	cost, times               string
	objectives, limits        string
	figures                   string
	afterwards                bool
	budgets                   string
	full                      float64
	resumes                   bool
	listed                    bool
	past                      string
	out                       string
	json                      bool
}

func main() {
	var o options
	flag.StringVar(&o.table, "table", "", "CSV or Parquet file with a column \"arch\"; digits201 needs no file")
	flag.StringVar(&o.space, "space", "nasbench201", "search space: "+strings.Join(tool.Names(spaces.Tables), ", "))
	flag.StringVar(&o.valid, "valid", "", "column to search by")
	flag.StringVar(&o.test, "test", "", "column to report for the best architecture found (default: the column to search by)")
	flag.StringVar(&o.preset, "preset", "", "data set whose settings in the paper graphpnas and causal use: "+
		strings.Join(tool.Names(methods.Presets), ", ")+" (default: cifar10); ranked and lstm have the same settings on all tables")
	flag.StringVar(&o.methods, "methods", "",
		"methods to compare, separated by commas or +, in the order of the printed table; random:200 gives a method its own number of seeds; default: "+
			strings.Join(tool.Names(methods.All), ",")+", or with -objectives "+strings.Join(tool.Names(methods.Several), ","))
	flag.StringVar(&o.baseline, "baseline", "",
		"method that the others are compared with (default: random, or with -objectives nsga2; the first method if that is not one of them)")
	flag.IntVar(&o.evals, "evals", 100, "evaluations in each search")
	tool.SeedFlags(flag.CommandLine, &o.seed, &o.seeds, 20, "searches with each method")
	flag.Float64Var(&o.reach, "reach", 0, "report how many evaluations, and simulated hours, it takes to reach this value (default: the best 0.1 % of the table)")
	flag.Float64Var(&o.regret, "regret", 0, "instead of -reach: the value that is this far below the best of the table")
	flag.IntVar(&o.batch, "batch", 0, "architectures that a method proposes together (default: the method's own)")
	flag.IntVar(&o.workers, "workers", 1, "workers of each search, in simulated time; more than one requires -cost or -times")
	flag.IntVar(&o.lag, "lag", 0, "number of trials after which the search uses a result (default: see rl.Config.Lag)")
	flag.BoolVar(&o.arrival, "arrival", false, "use results as soon as they arrive, instead of after -lag trials; requires -cost or -times")
	flag.StringVar(&o.cost, "cost", "", "column with the seconds that an evaluation takes")
	flag.StringVar(&o.times, "times", "", "NAS-Bench-101's TFRecord file: use its training times, for a table that has none")
	flag.StringVar(&o.objectives, "objectives", "",
		"search for several objectives instead of -valid: columns separated by commas, with a minus sign before those to minimize")
	flag.StringVar(&o.limits, "limits", "", "limits on columns, such as latency<=5, separated by commas; requires -objectives")
	flag.StringVar(&o.figures, "figures", "", "second table, whose columns are known before an evaluation; requires -objectives")
	flag.BoolVar(&o.afterwards, "afterwards", false, "treat the columns of -figures as unknown before an evaluation")
	flag.StringVar(&o.budgets, "budgets", "",
		"columns of smaller budgets, such as 4=valid_4,12=valid_12; methods are compared at equal cost, and -methods also accepts "+
			"screened, screened-ranked, screened-nogen, asha, halving, hyperband and bohb; requires -cost and -full")
	flag.Float64Var(&o.full, "full", 0, "full budget: that of the column to search by, in the unit of -budgets")
	flag.BoolVar(&o.resumes, "resumes", false, "training at a larger budget continues from a smaller one, and costs only the difference (default: it costs the full amount)")
	flag.BoolVar(&o.listed, "listed", false, "restrict the space to the architectures in the table (default: the others in the space are failed evaluations)")
	flag.StringVar(&o.past, "past", "", "columns, separated by commas: each search begins with the results of finished searches of these columns by the same "+
		"method; -methods then also accepts names such as ranked-cold, which begin without them")
	flag.StringVar(&o.out, "out", "", "directory for tables, plots and finished searches")
	flag.BoolVar(&o.json, "json", false, "print a line of JSON for each search instead of the table")
	program.About(`
Compare runs search methods against one another on a table of architectures, each with many seeds, and writes tables and
plots. For a first look:

  go run ./examples/compare -table digits201 -valid valid -test test -seeds 5 -out compared`)
	program.Main(func(ctx context.Context) error { return run(ctx, o, os.Stdout, os.Stderr) })
}

func run(ctx context.Context, o options, stdout io.Writer, stderr *os.File) error {
	if o.objectives != "" {
		return runTrade(ctx, o, stdout, stderr)
	}
	b, err := newBench(o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return err
	}
	runs, stopped := b.compare(ctx, filepath.Join(o.out, "runs.jsonl"), stderr)
	if len(runs) > 0 {
		if err := b.report(runs, stdout); err != nil {
			return errors.Join(stopped, err)
		}
	}
	if stopped == nil || ctx.Err() == nil {
		return stopped
	}
	return tool.Stopped(ctx, len(runs), b.planned(), "searches", o.out)
}

// report writes the tables and plots, and prints the table or the searches as JSON.
func (b *bench) report(runs []record, stdout io.Writer) error {
	c := comparisonOf(b, runs)
	if err := errors.Join(c.writeTables(b.out), c.plotBest(b.out), c.plotMass(b.out), c.plotHours(b.out), b.page()); err != nil {
		return err
	}
	if !b.json {
		return c.markdown(stdout)
	}
	out := json.NewEncoder(stdout)
	for _, r := range runs {
		if err := out.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// bench is the state shared by all searches of a comparison.
type bench struct {
	options
	setting setting
	methods []methods.Contender
	table   *nasbench.Table
	space   searchspace.Space
	// explorer makes the random draws of methods without a generator, if the space is restricted to the table.
	explorer methods.Explorer
	best     float64       // the table's
	top      float64       // the least value among the table's top 1 %
	mean     time.Duration // mean cost of a full evaluation, if time is simulated
}

func newBench(o options) (*bench, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	o.test, o.preset = cmp.Or(o.test, o.valid), cmp.Or(o.preset, "cifar10")
	space, err := spaces.Find(o.space)
	if err != nil {
		return nil, err
	}
	if _, err := tool.Find(methods.Presets, "preset", o.preset); err != nil {
		return nil, err
	}
	b := &bench{space: space}
	_, amounts, err := readBudgets(o.budgets)
	if err != nil {
		return nil, err
	}
	all := methods.All
	if len(amounts) > 0 {
		all = slices.Concat(all, budgeted(amounts))
	}
	if o.past != "" {
		all = slices.Concat(all, cold(all))
	}
	o.methods = cmp.Or(o.methods, strings.Join(tool.Names(methods.All), ","))
	if b.methods, err = methods.ContendersOf(all, o.methods, o.seeds); err != nil {
		return nil, err
	}
	if o.baseline, err = methods.Baseline("baseline", o.baseline, "random", b.methods); err != nil {
		return nil, err
	}
	if b.table, err = openTable(o, space); err != nil {
		return nil, err
	}
	if o.listed {
		if b.space, b.explorer, err = restrict(space, b.table, o.valid); err != nil {
			return nil, err
		}
	}
	if b.best, err = b.percentile(o.valid, 100); err != nil {
		return nil, err
	}
	if b.top, err = b.percentile(o.valid, 99); err != nil {
		return nil, err
	}
	switch {
	case o.regret > 0:
		o.reach = b.best - o.regret
	case o.reach == 0:
		if o.reach, err = b.percentile(o.valid, 99.9); err != nil {
			return nil, err
		}
	}
	for _, column := range append(o.pasts(), o.test) {
		if _, err := b.percentile(column, 100); err != nil {
			return nil, err
		}
	}
	b.options = o
	if b.setting, err = settingOf(o); err != nil {
		return nil, err
	}
	return b, b.measure()
}

func (o options) validate() error {
	if err := tool.Check(
		tool.Bound{Name: "seeds", Value: o.seeds, Least: 1}, tool.Bound{Name: "evals", Value: o.evals, Least: 1},
		tool.Bound{Name: "workers", Value: o.workers, Least: 1}, tool.Bound{Name: "batch", Value: o.batch},
		tool.Bound{Name: "lag", Value: o.lag},
	); err != nil {
		return err
	}
	switch {
	case o.table == "" || o.valid == "" && o.objectives == "" || o.out == "":
		return program.Usagef("-table, -out, and -valid or -objectives are required")
	case o.objectives != "" && (o.simulated() || o.valid != "" || o.workers > 1 || o.arrival):
		return program.Usagef("-objectives cannot be used together with -valid, -workers, -arrival, -cost or -times")
	case o.objectives == "" && (o.limits != "" || o.figures != "" || o.afterwards):
		return program.Usagef("-limits, -figures and -afterwards require -objectives")
	case o.cost != "" && o.times != "":
		return program.Usagef("-cost and -times cannot be used together: costs are either a column of the table or made up")
	case (o.workers > 1 || o.arrival) && !o.simulated():
		return program.Usagef("-workers above 1 and -arrival simulate time, so the program must know how long evaluations take: give a " +
			"column of seconds with -cost, or NAS-Bench-101's file with -times for made-up times")
	case o.budgets != "" && (o.cost == "" || o.full <= 0):
		return program.Usagef("-budgets requires the column of costs (-cost) and the amount of the full budget (-full)")
	case o.past != "" && (o.objectives != "" || o.budgets != ""):
		return program.Usagef("-past cannot be used together with -objectives or -budgets")
	case !(o.regret >= 0) || o.regret > 0 && o.reach != 0:
		return program.Usagef("-regret must be at least 0, and cannot be used together with -reach")
	case o.objectives != "" && (o.listed || o.json || o.test != "" || o.preset != "" || o.reach != 0 || o.regret != 0):
		return program.Usagef("-objectives cannot be used together with -listed, -json, -test, -preset, -reach or -regret")
	case o.arrival && o.lag > 0:
		return program.Usagef("-arrival and -lag cannot be used together")
	}
	return nil
}

// pasts returns the columns of -past.
func (o options) pasts() []string {
	if o.past == "" {
		return nil
	}
	return strings.Split(o.past, ",")
}

// simulated reports whether searches run in simulated time.
func (o options) simulated() bool { return o.cost != "" || o.times != "" }
