package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/preset"
	"github.com/graphpnas/graphpnas/searchspace"
)

var space = searchspace.NASBench101{}

// bench runs searches and prints what they find.
type bench struct {
	options
	printer
	methods   []methods.Contender
	benchmark evaluator.Evaluator
	finished  *finished // nil without -out
	bar       *progress.Bar
	done      int // searches of the methods before the one that runs

	best    *tool.Best // of the method that runs
	mu      sync.Mutex // guards what follows, for the method that runs
	results []result   // by seed
	ended   []bool
	printed int // how many seeds are printed
}

// planned returns the number of searches.
func (b *bench) planned() int { return len(methods.Tasks(b.methods, b.seed)) }

// searchAll runs the seeds of a method, as many in parallel as there are processors, and prints the results in their order.
func (b *bench) searchAll(ctx context.Context, m methods.Contender) ([]result, error) {
	b.bar.Name(m.Name)
	b.bar.Note("")
	b.best, b.results, b.ended, b.printed = tool.NewBest(b.bar), make([]result, m.Seeds), make([]bool, m.Seeds), 0
	group, searching := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range m.Seeds {
		group.Go(func() error {
			seed := b.seed + uint64(i)
			r, err := b.search(searching, m, seed)
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", m.Name, seed, err)
			}
			return b.end(i, r)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	finished := 0
	for _, r := range b.results {
		if !r.Stopped {
			finished++
		}
	}
	if b.done += finished; finished < m.Seeds {
		return nil, tool.Stopped(ctx, b.done, b.planned(), "searches", b.out)
	}
	return b.results, nil
}

// end records the result of a search and prints it. A search that was stopped before it began is left out.
func (b *bench) end(i int, r result) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.results[i], b.ended[i] = r, true
	for ; b.printed < len(b.results) && b.ended[b.printed]; b.printed++ {
		if next := b.results[b.printed]; next.Evals > 0 {
			if err := b.result(next); err != nil {
				return err
			}
		}
	}
	return nil
}

// search runs one seed of a method, unless an earlier run has finished it. If ctx ends, it returns what the search had found
// by then.
func (b *bench) search(ctx context.Context, m methods.Contender, seed uint64) (result, error) {
	if r, ok := b.finished.find(m.Name, seed); ok {
		b.bar.Add(b.evals)
		return r, nil
	}
	if ctx.Err() != nil {
		return result{Stopped: true}, nil
	}
	begin := time.Now()
	method, config, err := m.Value(methods.Task{Space: space, Paper: preset.NASBench101})
	if err != nil {
		return result{}, err
	}
	config.Seed, config.Evaluations, config.MaxCost = seed, b.evals, time.Duration(b.hours*float64(time.Hour))
	config.OnResult = func(e rl.Evaluation) error {
		b.best.Count(e.OK(), e.Result.Value, fmt.Sprintf("best %.3f %%", 100*e.Result.Value))
		return nil
	}
	s, err := rl.New(space, method, config)
	if err != nil {
		return result{}, err
	}
	history, err := s.Run(ctx, b.benchmark)
	r := newResult(m.Name, seed, history)
	r.Seconds, r.wanted = time.Since(begin).Seconds(), b.evals
	if err != nil && ctx.Err() != nil {
		r.Stopped = true
		return r, nil
	}
	if err != nil {
		return result{}, fmt.Errorf("after %d evaluations: %w", len(history.Evaluations), err)
	}
	b.bar.Add(b.evals - len(history.Evaluations)) // not needed because of -hours
	if err := report.Keep(b.out, b.finished.pageID(m.Name, seed), history); err != nil {
		return result{}, err
	}
	return r, b.finished.add(r)
}
