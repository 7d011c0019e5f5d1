// Nasbench201 searches NAS-Bench-201 with GraphPNAS: it looks up each architecture's validation accuracy in a table
// instead of training it, and reports the test accuracy of the best it finds.
//
//	go run ./examples/nasbench201 -table nb201.csv -valid cifar10_valid_12 -test cifar10_test_200 -seeds 10
//	go run ./examples/nasbench201 -table digits201 -valid valid -test test -seeds 10
//
// The table is a CSV or Parquet file with a column "arch" in the benchmark's notation and any numeric columns, or the one
// that the library brings, nasbench.Digits201. Results go to standard output, a line a seed, progress to standard error.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/nasbench"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"gonum.org/v1/gonum/stat"
)

// space is where the search takes place.
var space = searchspace.NASBench201{}

// presets are the paper's, by data set, and the library's own for all of them.
var presets = map[string]func() rl.Config{
	"cifar10":    rl.PresetCIFAR10,
	"cifar100":   rl.PresetCIFAR100,
	"imagenet16": rl.PresetImageNet16,
	"ranked":     rl.PresetRanked,
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
	flag.StringVar(&o.table, "table", "", "CSV or Parquet file with a column \"arch\", or digits201, which needs none")
	flag.StringVar(&o.valid, "valid", "", "column to search by")
	flag.StringVar(&o.test, "test", "", "column to report (default: the one to search by)")
	flag.StringVar(&o.preset, "preset", "cifar10", "settings: the paper's (cifar10, cifar100 or imagenet16) or the library's own (ranked)")
	flag.StringVar(&o.form, "form", "paper", "the generator's form: paper or causal (faster)")
	flag.IntVar(&o.evals, "evals", 0, "evaluations a search (default: the preset's)")
	flag.Uint64Var(&o.seed, "seed", 1, "first seed")
	flag.IntVar(&o.seeds, "seeds", 1, "number of seeds, counted up from the first")
	flag.BoolVar(&o.json, "json", false, "print JSON, one line a seed and a last one for all")
	flag.StringVar(&o.out, "out", "", "directory for each seed's history, best architecture and generator")
	flag.IntVar(&o.sample, "sample", 0, "search nothing: draw this many architectures from the generator of -seed in -out")
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
	preset, ok := presets[o.preset]
	if !ok {
		return fmt.Errorf("unknown preset %q: there are cifar10, cifar100, imagenet16 and ranked", o.preset)
	}
	form, ok := forms[o.form]
	if !ok {
		return fmt.Errorf("unknown form %q: there are paper and causal", o.form)
	}
	if o.table == "" || o.valid == "" {
		return errors.New("-table and -valid are needed; -h tells more")
	}
	if o.seeds < 1 || o.evals < 0 {
		return fmt.Errorf("%d evaluations with %d seeds", o.evals, o.seeds)
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

	config := preset()
	if o.evals > 0 {
		config.Evaluations = o.evals
	}
	bar := newProgress(stderr, o.seeds, config.Evaluations)
	defer bar.close()
	var all results
	for i := range o.seeds {
		config.Seed = o.seed + uint64(i)
		r, err := search(ctx, o, form, config, eval, bar)
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

// openTable opens a file, or the table that the library brings.
func openTable(path string) (*nasbench.Table, error) {
	if path == "digits201" {
		return nasbench.Digits201()
	}
	return nasbench.Open(path, space)
}

// search runs one seed.
func search(ctx context.Context, o options, form gran.Form, config rl.Config, eval evaluator.Evaluator, bar *progress) (result, error) {
	begin := time.Now()
	config.OnRound = bar.round
	// The trainer draws the weights from its own seed.
	model, err := gran.New(space, gran.Config{Form: form}, rand.New(rand.NewPCG(0, 0)))
	if err != nil {
		return result{}, err
	}
	trainer, err := rl.NewTrainer(model, eval, config)
	if err != nil {
		return result{}, err
	}
	history, err := trainer.Run(ctx)
	if err == nil && o.out != "" {
		err = save(o, config.Seed, history, model)
	}
	if err != nil {
		return result{}, fmt.Errorf("seed %d, after %d evaluations: %w", config.Seed, len(history.Evaluations), err)
	}
	best, _ := history.Best() // a run without error has one
	r := result{
		Seed: config.Seed, Evals: len(history.Evaluations), Arch: space.Format(best.Arch),
		Valid: best.Result.Value, Test: best.Result.Value, Seconds: time.Since(begin).Seconds(),
	}
	if o.test != o.valid {
		test, ok := best.Result.Metrics[o.test]
		if !ok {
			return result{}, fmt.Errorf("seed %d: the table has no %s for %s", config.Seed, o.test, r.Arch)
		}
		r.Test = test
	}
	return r, nil
}

// result is what one seed found.
type result struct {
	Seed    uint64  `json:"seed"`
	Evals   int     `json:"evals"`
	Arch    string  `json:"arch"`
	Valid   float64 `json:"valid"`
	Test    float64 `json:"test"`
	Seconds float64 `json:"seconds"`
}

func (r result) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	_, err := fmt.Fprintf(w, "seed %d: validation %.3f, test %.3f after %d evaluations in %.1f s: %s\n",
		r.Seed, r.Valid, r.Test, r.Evals, r.Seconds, r.Arch)
	return err
}

type results []result

// print writes means and sample standard deviations over the seeds.
func (all results) print(w io.Writer, asJSON bool) error {
	var valid, test []float64
	seconds := 0.0
	for _, r := range all {
		valid, test, seconds = append(valid, r.Valid), append(test, r.Test), seconds+r.Seconds
	}
	s := struct {
		Summary   bool    `json:"summary"`
		Seeds     int     `json:"seeds"`
		MeanValid float64 `json:"mean_valid"`
		StdValid  float64 `json:"std_valid"`
		MeanTest  float64 `json:"mean_test"`
		StdTest   float64 `json:"std_test"`
		Seconds   float64 `json:"seconds"`
	}{true, len(all), stat.Mean(valid, nil), deviation(valid), stat.Mean(test, nil), deviation(test), seconds}
	if asJSON {
		return json.NewEncoder(w).Encode(s)
	}
	_, err := fmt.Fprintf(w, "%d seeds: validation %.3f ± %.3f, test %.3f ± %.3f in %.1f s\n",
		s.Seeds, s.MeanValid, s.StdValid, s.MeanTest, s.StdTest, s.Seconds)
	return err
}

// deviation is the sample standard deviation, 0 of a single value.
func deviation(x []float64) float64 {
	if len(x) < 2 {
		return 0
	}
	return stat.StdDev(x, nil)
}
