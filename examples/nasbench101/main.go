// Nasbench101 searches NAS-Bench-101 with GraphPNAS and its baselines, by the validation accuracy after 108 epochs, and
// prints what each has found after half of the evaluations and after all of them.
//
//	go run ./examples/nasbench101 -table nasbench_only108.tfrecord -evals 300 -seeds 10
//
// The table is the benchmark's own file, of all 423,624 cells or of some. If cells are missing, a surrogate is trained on
// those that are there and predicts the others. A line for every search goes to standard output; standard error says what
// the program is waiting for.
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
	"runtime"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/internal/summary"
	"golang.org/x/sync/errgroup"
)

type options struct {
	table, methods string
	evals, seeds   int
	seed           uint64
	hours          float64
	json           bool
	surrogate      predictor.Config
}

func main() {
	var o options
	flag.StringVar(&o.table, "table", "", "NAS-Bench-101's TFRecord file")
	flag.StringVar(&o.methods, "methods", strings.Join(methodNames(), ","), "methods to compare, separated by commas")
	flag.IntVar(&o.evals, "evals", 300, "evaluations in each search (150 and 300 in the paper)")
	flag.Uint64Var(&o.seed, "seed", 1, "first seed")
	flag.IntVar(&o.seeds, "seeds", 10, "number of seeds, counted up from the first")
	flag.Float64Var(&o.hours, "hours", 0, "end a search when training its cells would have taken this many hours (default: no limit)")
	flag.BoolVar(&o.json, "json", false, "print JSON: a line for each search and each method")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "nasbench101:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, stdout, stderr io.Writer) error {
	if o.table == "" {
		return errors.New("-table is needed; see -h")
	}
	if o.evals < 2 || o.seeds < 1 || !(o.hours >= 0 && o.hours < maxHours) {
		return fmt.Errorf("-evals must be at least 2, -seeds at least 1, and -hours from 0 to less than %g; got %d, %d and %g",
			maxHours, o.evals, o.seeds, o.hours)
	}
	chosen, err := chooseMethods(o.methods)
	if err != nil {
		return err
	}
	benchmark, err := open(ctx, o.table, o.surrogate, stderr)
	if err != nil {
		return err
	}
	p := printer{stdout, o.json}
	var totals []total
	for _, m := range chosen {
		results, err := searchAll(ctx, o, m, benchmark, p)
		if err != nil {
			return err
		}
		totals = append(totals, totalOf(m.name, results))
	}
	return p.totals(totals)
}

// maxHours is less than the longest time.Duration.
const maxHours = 1e6

// searchAll runs the seeds of a method, as many in parallel as there are processors, and prints the results in their order.
func searchAll(ctx context.Context, o options, m method, benchmark evaluator.Evaluator, p printer) ([]result, error) {
	results := make([]result, o.seeds)
	done := make([]chan struct{}, o.seeds)
	for i := range done {
		done[i] = make(chan struct{})
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(1 + runtime.GOMAXPROCS(0)) // one of them prints
	group.Go(func() error {
		for i := range results {
			select {
			case <-done[i]:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if err := p.result(results[i]); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range o.seeds {
		group.Go(func() error {
			r, err := search(ctx, o, m, o.seed+uint64(i), benchmark)
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", m.name, o.seed+uint64(i), err)
			}
			results[i] = r
			close(done[i])
			return nil
		})
	}
	return results, group.Wait()
}

// printer writes results for people, or as JSON.
type printer struct {
	io.Writer
	json bool
}

func (p printer) result(r result) error {
	if p.json {
		return json.NewEncoder(p).Encode(r)
	}
	how := "recorded"
	if r.Predicted {
		how = "predicted"
	}
	_, err := fmt.Fprintf(p, "%s seed %d: validation %.3f %% (%s) after %d evaluations (%d failed) and %.0f hours of training, found in %v: %s\n",
		r.Method, r.Seed, 100*r.Valid, how, r.Evals, r.Failed, r.Hours,
		time.Duration(r.Seconds*float64(time.Second)).Round(time.Second/10), r.Arch)
	return err
}

// totals writes a line of JSON for each method, or a Markdown table.
func (p printer) totals(all []total) error {
	if p.json {
		out := json.NewEncoder(p)
		for _, t := range all {
			if err := out.Encode(t); err != nil {
				return err
			}
		}
		return nil
	}
	text := "\n| method | best of the first half, % | best of all, % | recorded | hours of training | seconds |\n|---|---|---|---|---|---|\n"
	var failures summary.Failures
	for _, t := range all {
		text += fmt.Sprintf("| %s | %.3f ± %.3f | %.3f ± %.3f | %d of %d | %.0f | %.1f |\n", t.Method,
			100*t.MeanHalf, 100*t.ErrHalf, 100*t.MeanValid, 100*t.ErrValid, t.Recorded, t.Seeds, t.Hours, t.Seconds)
		failures.Add(t.Failures)
	}
	_, err := fmt.Fprintf(p, "%s\nMeans ± standard errors over the seeds. %v.\n", text, failures)
	return err
}
