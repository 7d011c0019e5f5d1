package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/internal/summary"
)

// setting is what two searches must share to be compared.
type setting struct {
	Table   string `json:"table"` // as returned by fileID
	Space   string `json:"space,omitempty"`
	Valid   string `json:"valid_column"`
	Test    string `json:"test_column"`
	Preset  string `json:"preset"`
	Evals   int    `json:"evals"`
	Workers int    `json:"workers"`
	Batch   int    `json:"batch,omitempty"`
	Lag     int    `json:"lag,omitempty"`
	Arrival bool   `json:"arrival,omitempty"`
	Cost    string `json:"cost_column,omitempty"`
	Times   string `json:"stand_in_times,omitempty"` // as returned by fileID
	// Budgets and the fields below are the flags of the same names.
	Budgets string  `json:"budgets,omitempty"`
	Full    float64 `json:"full,omitempty"`
	Resumes bool    `json:"resumes,omitempty"`
	Listed  bool    `json:"listed,omitempty"`
	Past    string  `json:"past,omitempty"`
}

// record is one finished search.
type record struct {
	Method  string  `json:"method"`
	Seed    uint64  `json:"seed"`
	Arch    string  `json:"arch"`
	Valid   float64 `json:"valid"`
	Test    float64 `json:"test"`
	Seconds float64 `json:"seconds"`
	// Evaluated is the number of evaluations: fewer than Evals if the search found nothing new.
	Evaluated int `json:"evaluated,omitempty"`
	summary.Failures
	// BestValid is the best validation value after every ten evaluations.
	BestValid []float64 `json:"best_valid"`
	// Better are the evaluations that found something better than all before.
	Better runs.Points `json:"better"`
	// Mass is the probability that the learned distribution gives to the table's top 1 %, by the number of evaluations learned from.
	Mass runs.Points `json:"mass,omitempty"`
	// Simulated is nil unless the search ran in simulated time.
	Simulated *simulated `json:"simulated,omitempty"`
	setting
}

func settingOf(o options) (setting, error) {
	table, err := fileID(o.table)
	if err != nil {
		return setting{}, err
	}
	times, err := fileID(o.times)
	return setting{
		Table: table, Space: o.space, Valid: o.valid, Test: o.test, Preset: o.preset, Evals: o.evals,
		Workers: o.workers, Batch: o.batch, Lag: o.lag, Arrival: o.arrival, Cost: o.cost, Times: times,
		Budgets: o.budgets, Full: o.full, Resumes: o.resumes,
		Listed: o.listed, Past: o.past,
	}, err
}

// fileID returns the name of a file and its SHA-256, or the path if there is no file: "" or the library's own table.
func fileID(path string) (string, error) {
	if path == "" || path == digits201 {
		return path, nil
	}
	sum, err := tool.Sum(path)
	return filepath.Base(path) + " sha256:" + sum, err
}

// searchID identifies a search among those of comparisons with setting S.
type searchID[S comparable] struct {
	setting S
	method  string
	seed    uint64
}

// compare runs the searches that are missing from the file of finished ones, and returns all searches in the order of methods and
// seeds. After an error it returns those that have finished.
func (b *bench) compare(ctx context.Context, path string, stderr *os.File) ([]record, error) {
	display := progress.New(stderr)
	defer display.Close()
	var line *status
	plan := runs.Plan[methods.Search, record, searchID[setting]]{
		Path: path, Tasks: methods.Tasks(b.methods, b.seed),
		Fresh:  func() record { return record{setting: setting{Workers: 1}} }, // which earlier versions did not write
		Task:   func(t methods.Search) searchID[setting] { return searchID[setting]{b.setting, t.Name, t.Seed} },
		Record: func(r record) searchID[setting] { return searchID[setting]{r.setting, r.Method, r.Seed} },
		Begin: func(missing []methods.Search) {
			line = newStatus(display, b.planned()-len(missing), b.planned(), b.evals)
		},
		Run: func(ctx context.Context, t methods.Search) (record, error) {
			r, err := b.search(ctx, t.Named, t.Seed, display, line)
			if err != nil {
				return r, fmt.Errorf("%s: %w", t, err)
			}
			return r, nil
		},
	}
	finished, err := plan.Complete(ctx)
	for i, r := range finished {
		finished[i].Failures.Evaluations = cmp.Or(r.Evaluated, r.Evals)
	}
	sortByMethod(b.methods, finished, func(r record) string { return r.Method })
	return finished, err
}

// sortByMethod sorts finished searches by their method, in the order of the methods.
func sortByMethod[R any](all []methods.Contender, finished []R, method func(R) string) {
	place := func(r R) int {
		return slices.IndexFunc(all, func(m methods.Contender) bool { return m.Name == method(r) })
	}
	slices.SortStableFunc(finished, func(r, s R) int { return cmp.Compare(place(r), place(s)) })
}

// planned returns how many searches the comparison consists of.
func (b *bench) planned() int { return len(methods.Tasks(b.methods, b.seed)) }
