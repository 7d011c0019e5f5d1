package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
	"golang.org/x/sync/errgroup"
)

// tradeRun is one finished search by several objectives.
type tradeRun struct {
	// Setting is what two searches must share to be compared.
	Setting string `json:"setting"`
	Method  string `json:"method"`
	Seed    uint64 `json:"seed"`
	// Shares are the hypervolume after each evaluation as a share of that of the table's front.
	Shares []float64 `json:"shares"`
	// Best is the best figure of the first objective within the limits.
	Best summary.Number `json:"best"`
	// Beyond is how many evaluations broke a limit.
	Beyond int `json:"beyond"`
	// Within is the share of a generator's last samples that were within the limits; it is missing if there are none.
	Within  *float64 `json:"within,omitempty"`
	Seconds float64  `json:"seconds"`
}

func (t *trade) setting() string {
	return fmt.Sprintf("%s %s %v %v afterwards=%t evals=%d batch=%d lag=%d", filepath.Base(t.options.table), filepath.Base(t.options.figures),
		t.objectives, t.limits, t.afterwards, t.evals, t.batch, t.lag)
}

// runTrade compares methods by several objectives.
func runTrade(ctx context.Context, o options, stdout io.Writer, stderr *os.File) error {
	t, err := newTrade(o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return err
	}
	all, stopped := t.compare(ctx, filepath.Join(o.out, "objectives.jsonl"), stderr)
	if len(all) > 0 {
		if err := t.report(all, stdout); err != nil {
			return err
		}
	}
	return stopped
}

// compare runs the searches that are missing, and returns all of them in the order of methods and seeds.
func (t *trade) compare(ctx context.Context, path string, stderr *os.File) ([]tradeRun, error) {
	finished, err := runs.Read(path, func() tradeRun { return tradeRun{} })
	if err != nil {
		return nil, err
	}
	finished = slices.DeleteFunc(finished, func(r tradeRun) bool {
		return r.Setting != t.setting() || r.Seed < t.seed || !slices.ContainsFunc(t.methods, func(m methods.Contender) bool {
			return m.Name == r.Method && r.Seed-t.seed < uint64(m.Seeds)
		})
	})
	file, err := runs.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	display := progress.New(stderr)
	defer display.Close()
	missing := t.missing(finished)
	bar := display.Bar(progress.Options{Name: "searches", Total: len(missing), Unit: "searches", Times: true, Transient: true})
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, s := range missing {
		group.Go(func() error {
			r, err := t.search(ctx, s)
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", s.method.Name, s.seed, err)
			}
			bar.Add(1)
			mu.Lock()
			defer mu.Unlock()
			finished = append(finished, r)
			return file.Append(r)
		})
	}
	err = group.Wait()
	place := func(r tradeRun) int {
		return slices.IndexFunc(t.methods, func(m methods.Contender) bool { return m.Name == r.Method })
	}
	slices.SortFunc(finished, func(r, s tradeRun) int {
		return cmp.Or(cmp.Compare(place(r), place(s)), cmp.Compare(r.Seed, s.Seed))
	})
	return finished, err
}

// missing returns the searches that have not finished: the first seed of all methods, then the second, and so on.
func (t *trade) missing(finished []tradeRun) []task {
	var done []record
	for _, r := range finished {
		done = append(done, record{Method: r.Method, Seed: r.Seed})
	}
	b := bench{options: t.options, methods: t.methods}
	return b.missing(done)
}

// search runs one seed of a method.
func (t *trade) search(ctx context.Context, s task) (tradeRun, error) {
	found, known, err := t.evaluators()
	if err != nil {
		return tradeRun{}, err
	}
	method, config, err := s.method.Value(methods.Task{Space: t.searched.Space()})
	if err != nil {
		return tradeRun{}, err
	}
	config.Objectives, config.Limits, config.Figures = t.objectives, t.limits, known
	config.Seed, config.Evaluations, config.Workers, config.Lag = s.seed, t.evals, 1, t.lag
	config.Batch = cmp.Or(t.batch, config.Batch)
	begin := time.Now()
	search, err := rl.New(t.searched.Space(), method, config)
	if err != nil {
		return tradeRun{}, err
	}
	h, err := search.Run(ctx, found)
	if err != nil {
		return tradeRun{}, fmt.Errorf("after %d evaluations: %w", len(h.Evaluations), err)
	}
	r := tradeRun{
		Setting: t.setting(), Method: s.method.Name, Seed: s.seed, Seconds: time.Since(begin).Seconds(),
		Best: summary.Number(t.best(h)), Beyond: t.beyond(h), Within: within(h),
	}
	if r.Shares, err = h.Hypervolume(t.reference); err != nil {
		return tradeRun{}, err
	}
	for i := range r.Shares {
		if r.Shares[i] /= t.volume; t.volume == 0 { // all within the limits are as bad as the reference
			r.Shares[i] = 1
		}
	}
	return r, nil
}

// within returns the share of the samples within the limits in the last ten groups for which a generator drew, nil if there are
// none.
func within(h *rl.History) *float64 {
	samples, good := 0, 0
	for _, g := range h.Groups[max(0, len(h.Groups)-10):] {
		var d rl.Diagnostic
		if err := json.Unmarshal(g.Diagnostic, &d); err == nil && d.Within != nil && d.Fit != nil {
			samples, good = samples+d.Samples, good+*d.Within
		}
	}
	if samples == 0 {
		return nil
	}
	share := float64(good) / float64(samples)
	return &share
}
