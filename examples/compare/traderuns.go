package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/internal/summary"
	"github.com/graphpnas/graphpnas/rl"
)

// tradeRun is one finished search with several objectives.
type tradeRun struct {
	// Setting is what two searches must share to be compared.
	Setting string `json:"setting"`
	Method  string `json:"method"`
	Seed    uint64 `json:"seed"`
	// Shares are the hypervolume after each evaluation as a share of that of the table's front.
	Shares []float64 `json:"shares"`
	// Best is the best figure of the first objective within the limits.
	Best summary.Number `json:"best"`
	// Beyond is the number of evaluations that broke a limit.
	Beyond int `json:"beyond"`
	// Within is the share of a generator's last samples that were within the limits; it is missing if there are none.
	Within  *float64 `json:"within,omitempty"`
	Seconds float64  `json:"seconds"`
}

// settingText returns the setting of a search.
func (t *trade) settingText() (string, error) {
	table, err := fileID(t.options.table)
	if err != nil {
		return "", err
	}
	figures, err := fileID(t.options.figures)
	return fmt.Sprintf("%s %s %s %v %v afterwards=%t evals=%d batch=%d lag=%d",
		t.space, table, figures, t.objectives, t.limits, t.afterwards, t.evals, t.batch, t.lag), err
}

// runTrade compares methods with several objectives.
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
			return errors.Join(stopped, err)
		}
	}
	if stopped == nil || ctx.Err() == nil {
		return stopped
	}
	return tool.Stopped(ctx, len(all), len(methods.Tasks(t.methods, t.seed)), "searches", o.out)
}

// compare runs the searches that are missing, and returns all of them in the order of methods and seeds.
func (t *trade) compare(ctx context.Context, path string, stderr *os.File) ([]tradeRun, error) {
	display := progress.New(stderr)
	defer display.Close()
	var bar *progress.Bar
	plan := runs.Plan[methods.Search, tradeRun, searchID[string]]{
		Path: path, Tasks: methods.Tasks(t.methods, t.seed),
		Task:   func(s methods.Search) searchID[string] { return searchID[string]{t.setting, s.Name, s.Seed} },
		Record: func(r tradeRun) searchID[string] { return searchID[string]{r.Setting, r.Method, r.Seed} },
		Begin: func(missing []methods.Search) {
			bar = display.Bar(progress.Options{Name: "searches", Total: len(missing), Unit: "searches", Times: true, Transient: true})
		},
		Run: func(ctx context.Context, s methods.Search) (tradeRun, error) {
			r, err := t.search(ctx, s)
			if err != nil {
				return r, fmt.Errorf("%s: %w", s, err)
			}
			bar.Add(1)
			return r, nil
		},
	}
	finished, err := plan.Complete(ctx)
	sortByMethod(t.methods, finished, func(r tradeRun) string { return r.Method })
	return finished, err
}

// search runs one seed of a method.
func (t *trade) search(ctx context.Context, s methods.Search) (tradeRun, error) {
	found, known, err := t.evaluators()
	if err != nil {
		return tradeRun{}, err
	}
	method, config, err := s.Value(methods.Task{Space: t.searched.Space()})
	if err != nil {
		return tradeRun{}, err
	}
	config.Objectives, config.Limits, config.Figures = t.objectives, t.limits, known
	config.Seed, config.Evaluations, config.Workers, config.Lag = s.Seed, t.evals, 1, t.lag
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
		Setting: t.setting, Method: s.Name, Seed: s.Seed, Seconds: time.Since(begin).Seconds(),
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

// within returns the share of a generator's samples that are within the limits, over the last ten groups that it drew for. It
// returns nil if there are none.
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
