package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
	rlreport "github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
)

// search runs one seed of a method. Its seconds do not include those spent on inspecting the generator.
func (b *bench) search(ctx context.Context, m tool.Named[methods.New], seed uint64, out io.Writer, line *status) (record, error) {
	eval, err := b.evaluator()
	if err != nil {
		return record{}, err
	}
	name := fmt.Sprintf("%s seed %d", m.Name, seed)
	past, err := b.earlier(ctx, m, seed)
	if err != nil {
		return record{}, err
	}
	begin := time.Now()
	method, config, err := b.method(m)
	if err != nil {
		return record{}, err
	}
	look := &onlooker{bench: b, ctx: ctx, seed: seed}
	if learning, ok := method.(rl.Reinforce); ok {
		look.model = learning.Model
	}
	config.Seed, config.Evaluations, config.Past = seed, b.evals, past
	config.Workers, config.Lag, config.Arrival = b.workers, b.lag, b.arrival
	if b.batch > 0 {
		config.Batch = b.batch
	}
	b.limit(&config)
	config.OnPropose = look.group
	config.OnResult = func(e rl.Evaluation) error {
		line.evaluated(m.Name, e)
		return nil
	}
	s, err := rl.New(b.space, method, config)
	if err != nil {
		return record{}, err
	}
	r := record{Method: m.Name, Seed: seed, setting: b.setting}
	history, err := b.run(ctx, s, eval, &r)
	if err != nil {
		if best, ok := history.Best(); ok {
			fmt.Fprintf(out, "%s: stopped, best %s %.3f after %d evaluations\n", name, b.valid, best.Result.Value, len(history.Evaluations))
		}
		return record{}, fmt.Errorf("after %d evaluations: %w", len(history.Evaluations), err)
	}
	line.finished(b.evals - len(history.Evaluations))
	r.Seconds = (time.Since(begin) - look.spent).Seconds()
	if err := look.measure(len(history.Evaluations)); err != nil {
		return record{}, err
	}
	r.Mass = look.mass
	if err := r.read(history, b.space); err != nil {
		return record{}, err
	}
	if seed == b.seed {
		if err := report.Keep(b.out, b.pageID(m.Name), history); err != nil {
			return record{}, err
		}
	}
	_, err = fmt.Fprintf(out, "%s: best %s %.3f after %d evaluations (%d failed), %.1f s\n",
		name, b.valid, r.Valid, r.Evaluated, r.Failed, r.Seconds)
	return r, err
}

// pageID identifies a method's search with the first seed on the page.
func (b *bench) pageID(method string) string {
	return fmt.Sprintf("%s, seed %d, %+v", method, b.seed, b.setting)
}

// page writes the page of each method's search with the first seed.
func (b *bench) page() error {
	var entries []report.Entry
	for _, m := range b.methods {
		o := rlreport.Options{Name: m.Name, Objective: b.valid, Unit: "epochs"}
		entries = append(entries, report.Entry{ID: b.pageID(m.Name), Space: b.space, Options: o})
	}
	return report.Page(b.out, fmt.Sprintf("Searches with seed %d", b.seed), entries)
}

// run runs a search, in simulated time if the options say so.
func (b *bench) run(ctx context.Context, s *rl.Search, e evaluator.Evaluator, r *record) (*rl.History, error) {
	if !b.simulated() {
		return s.Run(ctx, e)
	}
	h, timeline, err := s.Simulate(ctx, e)
	r.Simulated = simulatedOf(h, timeline, b.workers)
	return h, err
}

// read extracts the data for a comparison from a history.
func (r *record) read(h *rl.History, space searchspace.Space) error {
	r.Evaluated, r.Failures = len(h.Evaluations), summary.FailuresOf(h)
	best, _ := h.Best() // a search without an error has one
	r.Valid, r.Test = best.Result.Value, best.Result.Value
	r.Arch = fmt.Sprint(best.Arch)
	if n, ok := space.(searchspace.Notation); ok {
		r.Arch = n.Format(best.Arch)
	}
	if r.setting.Test != r.setting.Valid {
		test, ok := best.Result.Metrics[r.setting.Test]
		if !ok {
			return fmt.Errorf("the table has no %s of %s", r.setting.Test, r.Arch)
		}
		r.Test = test
	}
	for i, e := range h.Evaluations {
		if e.OK() && e.Budget == 0 && (len(r.Better) == 0 || e.Result.Value > r.Better[len(r.Better)-1].Value) {
			r.Better = append(r.Better, runs.Point{Evals: i + 1, Value: e.Result.Value})
		}
	}
	for n := 10; n <= r.Evals; n += 10 {
		r.BestValid = append(r.BestValid, r.bestAfter(n))
	}
	return nil
}

// bestAfter returns the best value after n evaluations, or the first value if none has succeeded by then.
func (r *record) bestAfter(n int) float64 {
	best := r.Better[0].Value
	for _, p := range r.Better {
		if p.Evals <= n {
			best = p.Value
		}
	}
	return best
}
