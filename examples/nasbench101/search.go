package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/rl"
)

// bench runs searches and prints what they find.
type bench struct {
	options
	printer
	benchmark evaluator.Evaluator
	finished  *finished // nil without -out
	bar       *progress.Bar

	mu      sync.Mutex // guards what follows, for the method that runs
	best    float64    // accuracy so far
	results []result   // by seed
	ended   []bool
	printed int // how many seeds are printed
}

// searchAll runs the seeds of a method, as many in parallel as there are processors, and prints the results in their order.
func (b *bench) searchAll(ctx context.Context, m method) ([]result, error) {
	b.bar.Name(m.name)
	b.best, b.results, b.ended, b.printed = 0, make([]result, b.seeds), make([]bool, b.seeds), 0
	group, searching := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range b.seeds {
		group.Go(func() error {
			seed := b.seed + uint64(i)
			r, err := b.search(searching, m, seed)
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", m.name, seed, err)
			}
			return b.end(i, r)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(b.results, func(r result) bool { return r.Stopped }) {
		return nil, b.stopped(ctx)
	}
	return b.results, nil
}

// end enters the result of a search and prints what there is to print. A search that was stopped before it began is left
// out.
func (b *bench) end(i int, r result) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.results[i], b.ended[i] = r, true
	for ; b.printed < b.seeds && b.ended[b.printed]; b.printed++ {
		if next := b.results[b.printed]; next.Evals > 0 {
			if err := b.result(next); err != nil {
				return err
			}
		}
	}
	return nil
}

// stopped says how to go on after a signal.
func (b *bench) stopped(ctx context.Context) error {
	if b.finished == nil {
		return fmt.Errorf("%w: nothing is kept; with -out DIR, finished searches are kept, and the same command runs the others", context.Cause(ctx))
	}
	return fmt.Errorf("%w: finished searches are kept in %s, and the same command runs the others", context.Cause(ctx), b.out)
}

// search runs one seed of a method, unless an earlier run has finished it. If ctx ends, it returns what the search had found
// by then.
func (b *bench) search(ctx context.Context, m method, seed uint64) (result, error) {
	if r, ok := b.finished.find(m.name, seed); ok {
		b.bar.Add(b.evals)
		return r, nil
	}
	if ctx.Err() != nil {
		return result{Stopped: true}, nil
	}
	begin := time.Now()
	method, config, err := m.make()
	if err != nil {
		return result{}, err
	}
	config.Seed, config.Evaluations, config.MaxCost = seed, b.evals, time.Duration(b.hours*float64(time.Hour))
	config.OnResult = func(e rl.Evaluation) error {
		b.show(e)
		return nil
	}
	s, err := rl.New(space, method, config)
	if err != nil {
		return result{}, err
	}
	history, err := s.Run(ctx, b.benchmark)
	r := newResult(m.name, seed, history)
	r.Seconds, r.wanted = time.Since(begin).Seconds(), b.evals
	if err != nil && ctx.Err() != nil {
		r.Stopped = true
		return r, nil
	}
	if err != nil {
		return result{}, fmt.Errorf("after %d evaluations: %w", len(history.Evaluations), err)
	}
	b.bar.Add(b.evals - len(history.Evaluations)) // that -hours has spared
	if err := report.Keep(b.out, b.finished.pageID(m.name, seed), history); err != nil {
		return result{}, err
	}
	return r, b.finished.add(r)
}

// show counts an evaluation and shows the best accuracy so far.
func (b *bench) show(e rl.Evaluation) {
	b.mu.Lock()
	if e.OK() {
		b.best = max(b.best, e.Result.Value)
	}
	best := b.best
	b.mu.Unlock()
	b.bar.Note(fmt.Sprintf("best %.3f %%", 100*best))
	b.bar.Add(1)
}
