// Nasbench201 searches NAS-Bench-201 with GraphPNAS: it looks up each architecture's validation accuracy in a table
// instead of training it, and reports the test accuracy of the best it finds.
//
//	go run ./examples/nasbench201 -table nb201.csv -valid cifar10_valid_12 -test cifar10_test_200 -seeds 10
//	go run ./examples/nasbench201 -table digits201 -valid valid -test test -seeds 10
//
// The table is a CSV or Parquet file with a column "arch" in the benchmark's notation and any numeric columns, or the one
// that comes with the library, nasbench.Digits201. Results go to standard output, a line for each seed; progress is drawn on
// standard error if that is a terminal.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

var space = searchspace.NASBench201{}

// presets are the paper's, by data set, and the library's own for all of them.
var presets = map[string]func(generator.Model) (rl.Reinforce, rl.Config){
	"cifar10":    preset.CIFAR10,
	"cifar100":   preset.CIFAR100,
	"imagenet16": preset.ImageNet16,
	"ranked":     preset.Ranked,
}

// forms are the generator's.
var forms = map[string]gran.Form{"paper": gran.PaperForm, "causal": gran.CausalForm}

type options struct {
	table, valid, test   string
	preset, form         string
	evals, seeds, sample int
	seed                 uint64
	json                 bool
	out                  string
}

func main() {
	var o options
	flag.StringVar(&o.table, "table", "", "CSV or Parquet file with a column \"arch\"; digits201 needs no file")
	flag.StringVar(&o.valid, "valid", "", "column to search by")
	flag.StringVar(&o.test, "test", "", "column to report (default: the one to search by)")
	flag.StringVar(&o.preset, "preset", "cifar10", "settings: the paper's (cifar10, cifar100 or imagenet16) or the library's own (ranked)")
	flag.StringVar(&o.form, "form", "paper", "form of the generator: paper or causal (faster)")
	flag.IntVar(&o.evals, "evals", 0, "evaluations in each search (default: the preset's)")
	flag.Uint64Var(&o.seed, "seed", 1, "first seed")
	flag.IntVar(&o.seeds, "seeds", 1, "number of seeds, counted up from the first")
	flag.BoolVar(&o.json, "json", false, "print JSON: a line for each seed and a last one for all")
	flag.StringVar(&o.out, "out", "", "directory for each seed's history, best architecture and generator")
	flag.IntVar(&o.sample, "sample", 0, "do not search: draw this many architectures from the generator of -seed in -out")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "nasbench201:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, stdout io.Writer, stderr *os.File) error {
	if o.sample > 0 {
		return sample(ctx, o, stdout)
	}
	settings, ok := presets[o.preset]
	if !ok {
		return fmt.Errorf("unknown preset %q: want cifar10, cifar100, imagenet16 or ranked", o.preset)
	}
	if _, ok := forms[o.form]; !ok {
		return fmt.Errorf("unknown form %q: want paper or causal", o.form)
	}
	if o.table == "" || o.valid == "" {
		return errors.New("-table and -valid are needed; see -h")
	}
	if o.seeds < 1 || o.evals < 0 {
		return fmt.Errorf("-seeds must be at least 1 and -evals must not be negative, got %d and %d", o.seeds, o.evals)
	}
	if o.test == "" {
		o.test = o.valid
	}
	table, err := openTable(o.table)
	if err != nil {
		return err
	}
	eval, err := table.Evaluator(o.valid, o.test)
	if err != nil {
		return err
	}
	if o.evals == 0 {
		_, config := settings(nil) // the number of evaluations does not depend on the model
		o.evals = config.Evaluations
	}

	display := progress.New(stderr)
	defer display.Close()
	bar := display.Bar(progress.Options{Total: o.seeds * o.evals, Unit: "evaluations", Times: true})
	var all results
	for i := range o.seeds {
		r, err := search(ctx, o, o.seed+uint64(i), eval, bar)
		if err != nil {
			return err
		}
		all = append(all, r)
		if err := r.print(stdout, o.json); err != nil {
			return err
		}
	}
	return all.print(stdout, o.json)
}

// openTable opens a file, or the table that comes with the library.
func openTable(path string) (*nasbench.Table, error) {
	if path == "digits201" {
		return nasbench.Digits201()
	}
	return nasbench.Open(path, space)
}

// search runs one seed.
func search(ctx context.Context, o options, seed uint64, eval evaluator.Evaluator, bar *progress.Bar) (result, error) {
	begin := time.Now()
	// The weights do not matter: each training starts from fresh ones, which the search draws from its own seed.
	model, err := gran.New(space, gran.Config{Form: forms[o.form]}, rand.New(rand.NewPCG(0, 0)))
	if err != nil {
		return result{}, err
	}
	method, config := presets[o.preset](model)
	config.Seed, config.Evaluations = seed, o.evals
	config.OnResult = func(rl.Evaluation) error {
		bar.Add(1)
		return nil
	}
	s, err := rl.New(space, method, config)
	if err != nil {
		return result{}, err
	}
	history, err := s.Run(ctx, eval)
	if err == nil && o.out != "" {
		err = save(o, seed, history, model)
	}
	if err != nil {
		return result{}, fmt.Errorf("seed %d, after %d evaluations: %w", seed, len(history.Evaluations), err)
	}
	best, _ := history.Best() // a search without an error has one
	r := result{
		Seed: seed, Evals: len(history.Evaluations), Failures: summary.FailuresOf(history), Arch: space.Format(best.Arch),
		Valid: best.Result.Value, Test: best.Result.Value, Seconds: time.Since(begin).Seconds(),
	}
	if o.test != o.valid {
		test, ok := best.Result.Metrics[o.test]
		if !ok {
			return result{}, fmt.Errorf("seed %d: the table has no %s for %s", seed, o.test, r.Arch)
		}
		r.Test = test
	}
	return r, nil
}
