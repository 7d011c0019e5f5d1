// Nasbench101 searches NAS-Bench-101 with GraphPNAS and its rivals, by the validation accuracy after 108 epochs, and
// prints what each has found after half of the evaluations and after all of them.
//
//	go run ./examples/nasbench101 -table nasbench_only108.tfrecord -evals 300 -seeds 10
//
// The table is the benchmark's own file, of all 423,624 cells or of some. Where cells are missing a surrogate is trained
// on those that are there, and predicts the others. A line for every search goes to standard output, what it waits for to
// standard error.
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
	flag.StringVar(&o.methods, "methods", strings.Join(methodNames(), ","), "methods to run")
	flag.IntVar(&o.evals, "evals", 300, "evaluations a search (the paper has 150 and 300)")
	flag.Uint64Var(&o.seed, "seed", 1, "first seed")
	flag.IntVar(&o.seeds, "seeds", 10, "number of seeds, counted up from the first")
	flag.Float64Var(&o.hours, "hours", 0, "end a search when its cells have trained for so many hours together (default: never)")
	flag.BoolVar(&o.json, "json", false, "print JSON, one line a search and one a method")
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
		return errors.New("-table is needed; -h tells more")
	}
	if o.evals < 2 || o.seeds < 1 || !(o.hours >= 0 && o.hours < maxHours) {
		return fmt.Errorf("%d evaluations or %v hours with %d seeds", o.evals, o.hours, o.seeds)
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
	var summaries []summary
	for _, m := range chosen {
		results, err := searchAll(ctx, o, m, benchmark, p)
		if err != nil {
			return err
		}
		summaries = append(summaries, summarise(m.name, results))
	}
	return p.summaries(summaries)
}

// maxHours keep within what a time.Duration can be.
const maxHours = 1e6

// searchAll runs a method's seeds, as many at a time as there are processors, and prints each in the order of the seeds.
func searchAll(ctx context.Context, o options, m method, benchmark evaluator.Evaluator, p printer) ([]result, error) {
	results := make([]result, o.seeds)
	done := make([]chan struct{}, o.seeds)
	for i := range done {
		done[i] = make(chan struct{})
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(1 + runtime.GOMAXPROCS(0)) // before anything runs
	group.Go(func() error {                   // prints
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

// printer writes lines to read or JSON.
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
	_, err := fmt.Fprintf(p, "%s seed %d: validation %.3f %% (%s) after %d evaluations and %.0f hours of training, found in %v: %s\n",
		r.Method, r.Seed, 100*r.Valid, how, r.Evals, r.Hours, time.Duration(r.Seconds*float64(time.Second)).Round(time.Second/10), r.Arch)
	return err
}

// summaries writes a line of JSON a method, or a Markdown table.
func (p printer) summaries(all []summary) error {
	if p.json {
		out := json.NewEncoder(p)
		for _, s := range all {
			if err := out.Encode(s); err != nil {
				return err
			}
		}
		return nil
	}
	text := "\n| method | best of the first half, % | best of all, % | recorded | hours of training | seconds |\n|---|---|---|---|---|---|\n"
	for _, s := range all {
		text += fmt.Sprintf("| %s | %.3f ± %.3f | %.3f ± %.3f | %d of %d | %.0f | %.1f |\n", s.Method,
			100*s.MeanHalf, 100*s.ErrHalf, 100*s.MeanValid, 100*s.ErrValid, s.Recorded, s.Seeds, s.Hours, s.Seconds)
	}
	_, err := fmt.Fprint(p, text+"\nMeans ± standard errors over the seeds.\n")
	return err
}
