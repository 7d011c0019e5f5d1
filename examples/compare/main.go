// Compare runs search methods against one another on a table of architectures, each with many seeds: GraphPNAS with the
// paper's settings and with this library's own, the recurrent controller that the paper compares it with, a Gaussian
// process, local search, regularised evolution and random search.
//
//	go run ./examples/compare -table nb201.csv -valid cifar10_valid_12 -test cifar10_test_200 -seeds 20 -out compared
//	go run ./examples/compare -table digits201 -valid valid -test test -seeds 20 -out compared
//
// The second takes the table that the library brings, nasbench.Digits201.
//
// The directory after -out gets compare.md and compare.csv, the plots best.png and, where something learns, mass.png (and
// .svg), and runs.jsonl, a line for every finished search. A comparison that was stopped goes on from that file, and one
// with more seeds or methods runs only what is missing: delete it when a method has changed. To compare a method or a space
// of your own, add it to methods.go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/searchspace"
)

type options struct {
	table, space, valid, test string
	preset                    string
	methods                   string
	evals, seeds              int
	seed                      uint64
	reach                     float64
	out                       string
	json                      bool
}

func main() {
	var o options
	flag.StringVar(&o.table, "table", "", "CSV or Parquet file with a column \"arch\", or digits201, which needs none")
	flag.StringVar(&o.space, "space", "nasbench201", "search space: "+strings.Join(names(spaces), ", "))
	flag.StringVar(&o.valid, "valid", "", "column to search by")
	flag.StringVar(&o.test, "test", "", "column to report (default: the one to search by)")
	flag.StringVar(&o.preset, "preset", "cifar10", "the paper's settings: "+strings.Join(names(presets), ", "))
	flag.StringVar(&o.methods, "methods", strings.Join(names(methods), ","),
		"methods in the table's order, each with a number of seeds of its own where it is followed by one (random:200)")
	flag.IntVar(&o.evals, "evals", 100, "evaluations a search")
	flag.Uint64Var(&o.seed, "seed", 1, "first seed")
	flag.IntVar(&o.seeds, "seeds", 20, "number of seeds, counted up from the first")
	flag.Float64Var(&o.reach, "reach", 0, "count the evaluations until this value (default: the table's 99.9th percentile)")
	flag.StringVar(&o.out, "out", "", "directory for tables, plots and finished searches")
	flag.BoolVar(&o.json, "json", false, "print JSON, one line a method and seed, in place of the table")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, stdout io.Writer, stderr *os.File) error {
	b, err := newBench(o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return err
	}
	runs, err := b.compare(ctx, filepath.Join(o.out, "runs.jsonl"), stderr)
	if err != nil {
		return err
	}
	c := summarise(b, runs)
	if err := errors.Join(c.writeTables(o.out), c.plotBest(o.out), c.plotMass(o.out)); err != nil {
		return err
	}
	if !o.json {
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

// bench is what all searches of a comparison share.
type bench struct {
	options
	methods []contender
	table   *nasbench.Table
	best    float64 // the table's
	top     float64 // the least value among the table's top 1 %
}

func newBench(o options) (*bench, error) {
	if o.table == "" || o.valid == "" || o.out == "" {
		return nil, errors.New("-table, -valid and -out are needed; -h tells more")
	}
	if o.seeds < 1 || o.evals < 1 {
		return nil, fmt.Errorf("%d evaluations with %d seeds", o.evals, o.seeds)
	}
	if o.test == "" {
		o.test = o.valid
	}
	space, err := find(spaces, "space", o.space)
	if err != nil {
		return nil, err
	}
	if _, err := find(presets, "preset", o.preset); err != nil {
		return nil, err
	}
	b := &bench{}
	for name := range strings.SplitSeq(o.methods, ",") {
		m, err := contend(name, o.seeds)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(b.methods, func(other contender) bool { return other.name == m.name }) {
			return nil, fmt.Errorf("-methods names %s twice", m.name)
		}
		b.methods = append(b.methods, m)
	}
	if b.table, err = openTable(o.table, space.value); err != nil {
		return nil, err
	}
	if b.best, err = b.percentile(o.valid, 100); err != nil {
		return nil, err
	}
	if b.top, err = b.percentile(o.valid, 99); err != nil {
		return nil, err
	}
	if o.reach == 0 {
		if o.reach, err = b.percentile(o.valid, 99.9); err != nil {
			return nil, err
		}
	}
	if _, err := b.percentile(o.test, 100); err != nil {
		return nil, err
	}
	b.options = o
	return b, nil
}

// openTable opens a file, or the table that the library brings.
func openTable(path string, space searchspace.Space) (*nasbench.Table, error) {
	if path != "digits201" {
		return nasbench.Open(path, space)
	}
	table, err := nasbench.Digits201()
	if err == nil && table.Space() != space {
		err = fmt.Errorf("-table digits201 is of the space %s", table.Space().Name())
	}
	return table, err
}
