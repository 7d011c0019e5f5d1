package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/generator/gran"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/rl"
	rlreport "github.com/graphpnas/graphpnas/rl/report"
)

// searcher runs the searches of all seeds.
type searcher struct {
	options
	eval evaluator.Evaluator
	db   *store.DB // the records of the searches; nil without -out
	bar  *progress.Bar
}

// searchAll runs one seed after the other and prints what each finds.
func (s *searcher) searchAll(ctx context.Context, stdout io.Writer) (err error) {
	defer func() { err = errors.Join(err, s.page()) }()
	var all results
	for i := range s.seeds {
		if ctx.Err() != nil {
			return tool.Stopped(ctx, len(all), s.seeds, "searches", s.out)
		}
		r, err := s.search(ctx, s.seed+uint64(i))
		if err != nil {
			return err
		}
		if err := r.print(stdout, s.json); err != nil {
			return err
		}
		if r.Stopped {
			return tool.Stopped(ctx, len(all), s.seeds, "searches", s.out)
		}
		all = append(all, r)
	}
	return all.print(stdout, s.json)
}

func pageID(seed uint64) string { return fmt.Sprintf("seed %d", seed) }

// page writes the page of all saved seeds.
func (s *searcher) page() error {
	var entries []report.Entry
	for i := range s.seeds {
		id := pageID(s.seed + uint64(i))
		entries = append(entries, report.Entry{ID: id, Space: space, Options: rlreport.Options{Name: id, Objective: s.valid}})
	}
	return report.Page(s.out, "NAS-Bench-201", entries)
}

// search runs one seed, or returns what an earlier run has found with it.
func (s *searcher) search(ctx context.Context, seed uint64) (result, error) {
	begin := time.Now()
	kept := s.kept(seed)
	if s.complete(seed, kept) {
		s.bar.Add(s.evals)
		return s.result(seed, kept), nil
	}
	// The weights do not matter: each training run starts from fresh ones, which the search draws from its own seed.
	form, err := tool.Find(forms, "-form", s.form)
	if err != nil {
		return result{}, err
	}
	preset, err := tool.Find(presets, "-preset", s.preset)
	if err != nil {
		return result{}, err
	}
	model, err := gran.New(space, gran.Config{Form: form.Value}, rand.New(rand.NewPCG(0, 0)))
	if err != nil {
		return result{}, err
	}
	method, config := preset.Value(model)
	config.Seed, config.Evaluations = seed, s.evals
	if s.db != nil {
		config.Recorder = s.db.Recorder(fmt.Sprintf("seed %d", seed))
	}
	s.bar.Name(fmt.Sprintf("%s, seed %d", s.preset, seed))
	s.bar.Note("")
	best, evaluations := tool.NewBest(s.bar), 0
	config.OnResult = func(e rl.Evaluation) error {
		best.Count(e.OK(), e.Result.Value, fmt.Sprintf("best %.3f", e.Result.Value))
		evaluations++
		// A signal ends the search between two evaluations, so that the generator can still learn from all of them. A record
		// may be longer than the search, if -evals was larger in an earlier run.
		if ctx.Err() != nil || evaluations == s.evals {
			return rl.ErrStop
		}
		return nil
	}
	search, err := rl.New(space, method, config)
	if err != nil {
		return result{}, err
	}
	history, err := search.Run(context.WithoutCancel(ctx), s.eval)
	stopped := history.Stop == rl.StopCallback && len(history.Evaluations) < s.evals
	if stopped && errors.Is(err, rl.ErrNoSuccess) {
		err = nil // there was no time for one
	}
	if stopped && kept != nil && len(kept.Evaluations) > len(history.Evaluations) {
		history = kept // it was stopped while it repeated what an earlier run had done
	} else if s.out != "" {
		err = errors.Join(err, save(s.folder(seed), history, model), report.Keep(s.out, pageID(seed), history))
	}
	if err != nil {
		return result{}, fmt.Errorf("seed %d, after %d evaluations: %w", seed, len(history.Evaluations), err)
	}
	r := s.result(seed, history)
	r.Stopped = stopped
	r.Seconds = time.Since(begin).Seconds()
	return r, nil
}
