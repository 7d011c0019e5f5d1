// Compare runs search methods against one another on a table of architectures, each with many seeds: GraphPNAS with the
// paper's settings and with this library's own, the recurrent controller that the paper compares it with, a Gaussian
// process, local search, regularized evolution and random search.
//
//	go run ./examples/compare -table nb201.csv -valid cifar10_valid_12 -test cifar10_test_200 -seeds 20 -out compared
//	go run ./examples/compare -table digits201 -valid valid -test test -seeds 20 -out compared
//	go run ./examples/compare -table digits201 -valid valid -test test -cost seconds -workers 16 -out parallel
//
// The second takes the table that comes with the library, nasbench.Digits201. The third compares searches with 16 workers,
// in simulated time: a training takes as long as the table says, but costs nothing here.
//
// The directory after -out gets compare.md and compare.csv, the plots best.png, mass.png if something learns and hours.png if
// time is simulated (each also as .svg), and runs.jsonl with a line for each finished search. A comparison that was stopped
// continues from that file, and one with more seeds or methods runs only what is missing; delete the file when a method has
// changed. To compare a method or a space of your own, add it to methods.go.
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
)

type options struct {
	table, space, valid, test string
	preset                    string
	methods                   string
	evals, seeds              int
	seed                      uint64
	reach                     float64
	batch, workers, lag       int
	arrival                   bool
	cost, times               string
	out                       string
	json                      bool
}

func main() {
	var o options
	flag.StringVar(&o.table, "table", "", "CSV or Parquet file with a column \"arch\"; digits201 needs no file")
	flag.StringVar(&o.space, "space", "nasbench201", "search space: "+strings.Join(names(spaces), ", "))
	flag.StringVar(&o.valid, "valid", "", "column to search by")
	flag.StringVar(&o.test, "test", "", "column to report (default: the one to search by)")
	flag.StringVar(&o.preset, "preset", "cifar10", "the paper's settings: "+strings.Join(names(presets), ", "))
	flag.StringVar(&o.methods, "methods", strings.Join(names(methods), ","),
		"methods in the table's order, separated by commas or +, each optionally with its own number of seeds (random:200)")
	flag.IntVar(&o.evals, "evals", 100, "evaluations in each search")
	flag.Uint64Var(&o.seed, "seed", 1, "first seed")
	flag.IntVar(&o.seeds, "seeds", 20, "number of seeds, counted up from the first")
	flag.Float64Var(&o.reach, "reach", 0, "count the evaluations until this value (default: the table's 99.9th percentile)")
	flag.IntVar(&o.batch, "batch", 0, "architectures that a method proposes together (default: the method's own)")
	flag.IntVar(&o.workers, "workers", 1, "workers of each search, in simulated time; more than one needs -cost or -times")
	flag.IntVar(&o.lag, "lag", 0, "how many trials later a result is seen (default: the library's, 2·workers + workers/8 − 1)")
	flag.BoolVar(&o.arrival, "arrival", false, "see results as they arrive, without a -lag; needs -cost or -times")
	flag.StringVar(&o.cost, "cost", "", "column with the seconds that an evaluation takes")
	flag.StringVar(&o.times, "times", "", "NAS-Bench-101's TFRecord file, whose training times stand in for those that the table lacks")
	flag.StringVar(&o.out, "out", "", "directory for tables, plots and finished searches")
	flag.BoolVar(&o.json, "json", false, "print JSON, a line for each method and seed, instead of the table")
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
	c := comparisonOf(b, runs)
	if err := errors.Join(c.writeTables(o.out), c.plotBest(o.out), c.plotMass(o.out), c.plotHours(o.out)); err != nil {
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
	if err := o.validate(); err != nil {
		return nil, err
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
	for name := range strings.SplitSeq(strings.ReplaceAll(o.methods, "+", ","), ",") {
		m, err := contend(name, o.seeds)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(b.methods, func(other contender) bool { return other.name == m.name }) {
			return nil, fmt.Errorf("-methods names %s twice", m.name)
		}
		b.methods = append(b.methods, m)
	}
	if b.table, err = openTable(o, space.value); err != nil {
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

func (o options) validate() error {
	switch {
	case o.table == "" || o.valid == "" || o.out == "":
		return errors.New("-table, -valid and -out are needed; see -h")
	case o.seeds < 1 || o.evals < 1 || o.workers < 1:
		return fmt.Errorf("-seeds, -evals and -workers must be at least 1, got %d, %d and %d", o.seeds, o.evals, o.workers)
	case o.batch < 0 || o.lag < 0:
		return fmt.Errorf("-batch and -lag must not be negative, got %d and %d", o.batch, o.lag)
	case o.cost != "" && o.times != "":
		return errors.New("-cost and -times exclude each other: either the table has the costs or they are made up")
	case (o.workers > 1 || o.arrival) && !o.simulated():
		return errors.New("-workers above 1 and -arrival simulate time and need to know how long evaluations take: name a column by " +
			"-cost, or NAS-Bench-101's file by -times for made-up times")
	case o.arrival && o.lag > 0:
		return errors.New("-arrival and -lag exclude each other")
	}
	return nil
}

// simulated reports whether searches run in simulated time.
func (o options) simulated() bool { return o.cost != "" || o.times != "" }
