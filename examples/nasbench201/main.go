// Nasbench201 searches NAS-Bench-201 with GraphPNAS: it looks up each architecture's validation accuracy in a table
// instead of training it, and reports the test accuracy of the best that it finds.
//
//	go run ./examples/nasbench201 -table digits201 -valid valid -test test -seeds 10
//	go run ./examples/nasbench201 -table nb201.csv -valid cifar10_valid_12 -test cifar10_test_200 -seeds 10 -out found
//
// The table is a CSV or Parquet file with a column "arch" in the benchmark's notation and any numeric columns, or the one
// that comes with the library, nasbench.Digits201. Results go to standard output, a line for each seed; progress is drawn on
// standard error if that is a terminal.
//
// With -out, the same command continues a search that was stopped.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

var space = searchspace.NASBench201{}

// presets are the library's own settings, and the paper's by data set.
var presets = []tool.Named[func(generator.Model) (rl.Reinforce, rl.Config)]{
	{Name: "ranked", Value: preset.Ranked}, {Name: "cifar10", Value: preset.CIFAR10}, {Name: "cifar100", Value: preset.CIFAR100},
	{Name: "imagenet16", Value: preset.ImageNet16},
}

// forms are the generator's.
var forms = []tool.Named[gran.Form]{{Name: "paper", Value: gran.PaperForm}, {Name: "causal", Value: gran.CausalForm}}

type options struct {
	table, valid, test   string
	preset, form         string
	evals, seeds, sample int
	seed                 uint64
	json                 bool
	out                  string
}

func main() {
	program.About(`
Nasbench201 searches the 15,625 cells of NAS-Bench-201 for the most accurate one. Instead of training a cell, it looks up its
accuracy in a table. This needs no file:

  nasbench201 -table digits201 -valid valid -test test`)
	var o options
	flag.StringVar(&o.table, "table", "", "CSV or Parquet `file` with a column \"arch\"; digits201 is a table that needs no file")
	flag.StringVar(&o.valid, "valid", "", "`column` to search by; higher is better")
	flag.StringVar(&o.test, "test", "", "`column` to report for the best cell (default: the one to search by)")
	flag.StringVar(&o.preset, "preset", "ranked", "`settings` of the search. ranked: the library's own, for any table; it finds more than the\n"+
		"others. cifar10, cifar100, imagenet16: the paper's for these data sets, to reproduce its results")
	flag.StringVar(&o.form, "form", "", "`form` of the generator's network: paper, or causal, which is faster (default: causal with -preset ranked,\n"+
		"paper with the paper's presets)")
	flag.IntVar(&o.evals, "evals", 100, "evaluations in each search")
	tool.SeedFlags(flag.CommandLine, &o.seed, &o.seeds, 1, "searches")
	flag.BoolVar(&o.json, "json", false, "print JSON: a line for each seed and a last one for all")
	flag.StringVar(&o.out, "out", "", "`directory` for each seed's history, best architecture and generator, and report.html; the same command\n"+
		"continues a search that was stopped")
	flag.IntVar(&o.sample, "sample", 0, "do not search: draw this many architectures from the generator of -seed in -out")
	program.Main(func(ctx context.Context) error { return run(ctx, o, os.Stdout, os.Stderr) })
}

// defaultForm returns the form that a preset recommends.
func defaultForm(preset string) string {
	if preset == "ranked" {
		return "causal"
	}
	return "paper"
}

// validate returns an error if a flag is out of range.
func (o options) validate() error {
	switch {
	case o.sample < 0:
		return program.Usagef("-sample must be at least 1, got %d", o.sample)
	case o.sample > 0 && o.out == "":
		return program.Usagef("-sample needs the -out directory of an earlier search")
	case o.sample > 0:
		return nil
	case o.table == "" || o.valid == "":
		return program.Usagef("-table and -valid are required, as in -table digits201 -valid valid")
	}
	if _, err := tool.Find(presets, "-preset", o.preset); err != nil {
		return err
	}
	if _, err := tool.Find(forms, "-form", o.form); err != nil {
		return err
	}
	return tool.Check(tool.Bound{Name: "evals", Value: o.evals, Least: 1}, tool.Bound{Name: "seeds", Value: o.seeds, Least: 1})
}

func run(ctx context.Context, o options, stdout io.Writer, stderr *os.File) error {
	if o.form == "" {
		o.form = defaultForm(o.preset)
	}
	if err := o.validate(); err != nil {
		return err
	}
	if o.sample > 0 {
		return sample(ctx, o, stdout)
	}
	if o.test == "" {
		o.test = o.valid
	}
	table, err := openTable(o.table)
	if err != nil {
		return err
	}
	if err := warnOfMissing(stderr, table, o.valid); err != nil {
		return err
	}
	s := searcher{options: o}
	if s.eval, err = table.Evaluator(o.valid, o.test); err != nil {
		return err
	}
	if o.out != "" {
		if s.db, err = openOutput(o); err != nil {
			return err
		}
		defer s.db.Close()
	}
	display := progress.New(stderr)
	defer display.Close()
	s.bar = display.Bar(progress.Options{Total: o.seeds * o.evals, Unit: "evaluations", Times: true, Transient: true})
	return s.searchAll(ctx, display.Above(stdout))
}

// digits201 is the table that comes with the library.
const digits201 = "digits201"

// openTable opens a file, or the table that comes with the library.
func openTable(path string) (*nasbench.Table, error) {
	if path == digits201 {
		return nasbench.Digits201()
	}
	return nasbench.Open(path, space)
}

// warnOfMissing warns if the table lacks cells, because evaluations of those fail.
func warnOfMissing(stderr io.Writer, table *nasbench.Table, column string) error {
	recorded, err := table.Recorded(column)
	if err != nil {
		return err
	}
	if _, all, ok := table.Coverage(); ok && recorded < all {
		fmt.Fprintf(stderr, "The table has %s for %d of the %d cells of NAS-Bench-201. Evaluations of the others fail.\n", column, recorded, all)
	}
	return nil
}
