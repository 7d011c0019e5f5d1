package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/rl"
	rlreport "github.com/graphpnas/graphpnas/rl/report"
)

// suite is the state that all searches share.
type suite struct {
	options
	problems []*problem
	methods  []methods.Contender
}

// task is a search to run.
type task struct {
	problem *problem
	method  methods.Contender
	seed    uint64
}

// tasks returns all searches: the first seed of all tables and methods, then the second, and so on. A suite that is stopped
// then has about the same number of seeds for each.
func (s *suite) tasks() []task {
	most := 0
	for _, m := range s.methods {
		most = max(most, m.Seeds)
	}
	var all []task
	for i := range most {
		for _, p := range s.problems {
			for _, m := range s.methods {
				if i < m.Seeds {
					all = append(all, task{p, m, s.seed + uint64(i)})
				}
			}
		}
	}
	return all
}

// setting returns the setting of the searches of a table.
func (s *suite) setting(p *problem) setting {
	evals := cmp.Or(s.evals, p.Evals, 100)
	if s.untilBest > 0 {
		evals = s.untilBest
	}
	return setting{Table: p.Name, Mark: p.mark, Evals: evals, Batch: p.Batch, Preset: p.Preset, UntilBest: s.untilBest > 0}
}

// searchID identifies a search.
type searchID struct {
	setting
	method string
	seed   uint64
}

// run runs the searches that are missing from the file of finished ones, and returns those of this suite in the order of the tasks.
// After an error it returns those that have finished.
func (s *suite) run(ctx context.Context, path string, display *progress.Display) ([]record, error) {
	var bar *progress.Bar
	plan := runs.Plan[task, record, searchID]{
		Path: path, Tasks: s.tasks(), Task: s.id,
		Record: func(r record) searchID { return searchID{r.setting, r.Method, r.Seed} },
		Begin: func(missing []task) {
			evaluations := 0
			for _, t := range missing {
				evaluations += s.setting(t.problem).Evals
			}
			bar = display.Bar(progress.Options{
				Name: fmt.Sprintf("%d searches", len(missing)), Total: evaluations, Unit: "evaluations", Times: true, Transient: true,
			})
		},
		Run: func(ctx context.Context, t task) (record, error) {
			r, err := s.search(ctx, t, display, bar)
			if err != nil {
				return r, fmt.Errorf("%s, %s, seed %d: %w", t.problem.Name, t.method.Name, t.seed, err)
			}
			return r, nil
		},
	}
	own, err := plan.Complete(ctx)
	if bar != nil {
		bar.End()
	}
	for i := range own {
		own[i].Failures.Evaluations = own[i].Evaluated
	}
	return own, err
}

// pageID identifies a search on the page.
func (s *suite) pageID(t task) string { return fmt.Sprintf("%+v", s.id(t)) }

// page writes the page of the first seed of each table and method.
func (s *suite) page() error {
	var entries []report.Entry
	for _, t := range s.tasks() {
		if t.seed == s.seed {
			o := rlreport.Options{Name: t.problem.Name + ", " + t.method.Name, Drawings: 2}
			entries = append(entries, report.Entry{ID: s.pageID(t), Space: t.problem.space, Options: o})
		}
	}
	return report.Page(s.out, fmt.Sprintf("Searches with seed %d", s.seed), entries)
}

func (s *suite) id(t task) searchID { return searchID{s.setting(t.problem), t.method.Name, t.seed} }

// readRuns reads all finished searches.
func readRuns(path string) ([]record, error) {
	all, err := runs.Read(path, func() record { return record{} })
	for i := range all {
		all[i].Failures.Evaluations = all[i].Evaluated
	}
	return all, err
}

// open returns the search of a task and its method.
func (s *suite) open(t task, onResult func(rl.Evaluation) error) (*rl.Search, rl.Method, error) {
	p := t.problem
	paper, err := tool.Find(methods.Presets, "preset", cmp.Or(p.Preset, "cifar10"))
	if err != nil {
		return nil, nil, err
	}
	method, config, err := t.method.Value(methods.Task{Space: p.space, Paper: paper.Value, Explorer: p.explorer})
	if err != nil {
		return nil, nil, err
	}
	config.Seed, config.Evaluations, config.Workers, config.GiveUp = t.seed, s.setting(p).Evals, 1, -1
	config.Batch = cmp.Or(p.Batch, config.Batch)
	config.OnResult = onResult
	search, err := rl.New(p.space, method, config)
	return search, method, err
}

// search runs one search.
func (s *suite) search(ctx context.Context, t task, out io.Writer, bar *progress.Bar) (record, error) {
	p, r := t.problem, record{setting: s.setting(t.problem), Method: t.method.Name, Seed: t.seed}
	begin := time.Now()
	search, _, err := s.open(t, func(e rl.Evaluation) error {
		bar.Add(1)
		if r.UntilBest && e.OK() && e.Result.Value >= p.best {
			return rl.ErrStop
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	h, err := search.Run(ctx, p.evaluator)
	if err != nil {
		return r, fmt.Errorf("after %d evaluations: %w", len(h.Evaluations), err)
	}
	r.Seconds = time.Since(begin).Seconds()
	r.read(h, p)
	if t.seed == s.seed {
		if err := report.Keep(s.out, s.pageID(t), h); err != nil {
			return r, err
		}
	}
	bar.Add(r.Evals - r.Evaluated)
	_, err = fmt.Fprintf(out, "%s, %s, seed %d: best %.6g after %d evaluations (%d failed), %.1f s\n",
		p.Name, r.Method, r.Seed, r.Value, r.Evaluated, r.Failed, r.Seconds)
	return r, err
}
