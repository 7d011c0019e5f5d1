// Nasbench101 searches NAS-Bench-101 with GraphPNAS and other methods, by the validation accuracy after 108 epochs, and
// prints what each has found after half of the evaluations and after all of them.
//
//	go run ./examples/nasbench101 -table nasbench_only108.tfrecord -evals 300 -seeds 10
//	go run ./examples/nasbench101 -table nasbench_only108.tfrecord -methods ranked,evolution,random -out compared
//
// The table is the benchmark's own file with all 423,624 cells or some of them. If cells are missing, a surrogate is trained on
// the recorded ones and predicts the others. It is saved in the directory of -cache, so only the first run trains it.
//
// Each search prints a line to standard output; progress goes to standard error. With -out, finished searches are saved: after an
// interruption, the same command runs the missing ones.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/internal/progress"
)

type options struct {
	table, methods string
	evals, seeds   int
	seed           uint64
	hours          float64
	json           bool
	cache, out     string
	surrogate      predictor.Config
}

func main() {
	program.About(`
Nasbench101 searches the 423,624 cells of NAS-Bench-101 for the most accurate one. Instead of training a cell, it looks up its
accuracy in the benchmark's file, or predicts it if the file has only some of the cells:

  nasbench101 -table nasbench_only108.tfrecord

The methods, for -methods:

  ranked             GraphPNAS with the library's own preset, for any table; it finds more than the next three
  graphpnas, causal  GraphPNAS with the paper's preset, in the paper's form and in the faster causal form
  lstm               a recurrent generator in place of the graph network
  process            a Gaussian process
  local, evolution   local search, regularized evolution
  random             uniform random search`)
	var o options
	flag.StringVar(&o.table, "table", "", "NAS-Bench-101's TFRecord `file`")
	flag.StringVar(&o.methods, "methods", "ranked", "`methods` to compare, separated by commas, each optionally with its own number of seeds (random:200); see above")
	flag.IntVar(&o.evals, "evals", 300, "evaluations in each search (150 and 300 in the paper)")
	tool.SeedFlags(flag.CommandLine, &o.seed, &o.seeds, 10, "searches with each method")
	flag.Float64Var(&o.hours, "hours", 0, "end a search when training its cells would have taken this many hours (default: no limit)")
	flag.BoolVar(&o.json, "json", false, "print JSON: a line for each search and each method")
	flag.StringVar(&o.cache, "cache", defaultCache(), "`directory` that keeps the trained surrogate; if empty, it is trained every time")
	flag.StringVar(&o.out, "out", "", "`directory` for finished searches and a report, report.html. After an interruption, the same command runs the remaining searches")
	program.Main(func(ctx context.Context) error { return run(ctx, o, os.Stdout, os.Stderr) })
}

// defaultCache returns a directory in the user's cache directory, or "" if there is none.
func defaultCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "graphpnas", "nasbench101")
}

// maxHours is less than the longest time.Duration.
const maxHours = 1e6

// validate returns an error if a flag is out of range.
func (o options) validate() error {
	switch {
	case o.table == "":
		return program.Usagef("-table is required: the TFRecord file of NAS-Bench-101")
	case !(o.hours >= 0 && o.hours < maxHours):
		return program.Usagef("-hours must be at least 0 and less than %g, got %g", maxHours, o.hours)
	}
	return tool.Check(tool.Bound{Name: "evals", Value: o.evals, Least: 2}, tool.Bound{Name: "seeds", Value: o.seeds, Least: 1})
}

func run(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	if err := o.validate(); err != nil {
		return err
	}
	chosen, err := methods.Contenders(o.methods, o.seeds)
	if err != nil {
		return err
	}
	display := progress.New(stderr)
	defer display.Close()
	b := bench{options: o, printer: printer{display.Above(stdout), o.json}, methods: chosen}
	if b.benchmark, err = open(ctx, o, display); err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w before the search began; the next run starts over", context.Cause(ctx))
	} else if err != nil {
		return err
	}
	if b.finished, err = openFinished(o); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.finished.close()) }()
	b.bar = display.Bar(progress.Options{
		Name: "searching", Total: b.planned() * o.evals, Unit: "evaluations", Times: true, Transient: true,
	})
	defer func() { err = errors.Join(err, b.page()) }()
	var totals []total
	for _, m := range chosen {
		results, err := b.searchAll(ctx, m)
		if err != nil {
			return err
		}
		totals = append(totals, totalOf(m.Name, results))
	}
	return b.totals(totals)
}
