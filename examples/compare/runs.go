package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/internal/summary"
	"golang.org/x/sync/errgroup"
)

// setting is what two searches must share to be compared.
type setting struct {
	Table   string `json:"table"`
	Valid   string `json:"valid_column"`
	Test    string `json:"test_column"`
	Preset  string `json:"preset"`
	Evals   int    `json:"evals"`
	Workers int    `json:"workers"`
	Batch   int    `json:"batch,omitempty"`
	Lag     int    `json:"lag,omitempty"`
	Arrival bool   `json:"arrival,omitempty"`
	Cost    string `json:"cost_column,omitempty"`
	Times   string `json:"stand_in_times,omitempty"`
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
	// Evaluated is how many evaluations there were: fewer than Evals if the search found nothing new any more.
	Evaluated int `json:"evaluated,omitempty"`
	summary.Failures
	// BestValid is the best validation value after every ten evaluations.
	BestValid []float64 `json:"best_valid"`
	// Better are the evaluations that found something better than all before.
	Better []point `json:"better"`
	// Mass is how much of the learned distribution lies on the table's top 1 %, by the evaluations learned from.
	Mass []point `json:"mass,omitempty"`
	// Simulated is nil unless the search ran in simulated time.
	Simulated *simulated `json:"simulated,omitempty"`
	setting
}

// point is a value after a number of evaluations.
type point struct {
	Evals int     `json:"evals"`
	Value float64 `json:"value"`
}

func (b *bench) setting() setting {
	base := func(path string) string {
		if path == "" {
			return ""
		}
		return filepath.Base(path)
	}
	return setting{
		Table: base(b.options.table), Valid: b.valid, Test: b.test, Preset: b.preset, Evals: b.evals,
		Workers: b.workers, Batch: b.batch, Lag: b.lag, Arrival: b.arrival, Cost: b.cost, Times: base(b.times),
		Budgets: b.budgets, Full: b.full, Resumes: b.resumes,
		Listed: b.listed, Past: b.past,
	}
}

// compare runs the searches that are missing from the file of finished ones, as many in parallel as there are processors,
// and returns all searches in the order of methods and seeds: after an error, those that have finished.
func (b *bench) compare(ctx context.Context, path string, stderr *os.File) ([]record, error) {
	finished, err := b.readRuns(path)
	if err != nil {
		return nil, err
	}
	file, err := runs.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	missing := b.missing(finished)
	display := progress.New(stderr)
	defer display.Close()
	line := newStatus(display, len(finished), b.planned(), b.evals)
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, s := range missing {
		group.Go(func() error {
			r, err := b.search(ctx, s.method, s.seed, display, line)
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", s.method.Name, s.seed, err)
			}
			mu.Lock()
			defer mu.Unlock()
			finished = append(finished, r)
			return file.Append(r)
		})
	}
	err = group.Wait()
	place := func(r record) int {
		return slices.IndexFunc(b.methods, func(m methods.Contender) bool { return m.Name == r.Method })
	}
	slices.SortFunc(finished, func(r, s record) int {
		return cmp.Or(cmp.Compare(place(r), place(s)), cmp.Compare(r.Seed, s.Seed))
	})
	return finished, err
}

// task is a search that is to be run.
type task struct {
	method methods.Named[methods.New]
	seed   uint64
}

// missing returns the searches that have not finished: the first seed of all methods, then the second, and so on, so that a
// comparison that is stopped has about as many seeds of each.
func (b *bench) missing(finished []record) []task {
	var missing []task
	for i := range b.mostSeeds() {
		seed := b.seed + uint64(i)
		for _, m := range b.methods {
			if i < m.Seeds && !slices.ContainsFunc(finished, func(r record) bool { return r.Method == m.Name && r.Seed == seed }) {
				missing = append(missing, task{m.Named, seed})
			}
		}
	}
	return missing
}

// planned returns how many searches the comparison consists of.
func (b *bench) planned() int {
	n := 0
	for _, m := range b.methods {
		n += m.Seeds
	}
	return n
}

func (b *bench) mostSeeds() int {
	most := 0
	for _, m := range b.methods {
		most = max(most, m.Seeds)
	}
	return most
}

// readRuns reads the searches that this comparison can use.
func (b *bench) readRuns(path string) ([]record, error) {
	all, err := runs.Read(path, func() record {
		return record{setting: setting{Workers: 1}} // which earlier versions did not write
	})
	var used []record
	for _, r := range all {
		r.Failures.Evaluations = cmp.Or(r.Evaluated, r.Evals)
		if b.uses(r) {
			used = append(used, r)
		}
	}
	return used, err
}

func (b *bench) uses(r record) bool {
	return r.setting == b.setting() && r.Seed >= b.seed && slices.ContainsFunc(b.methods, func(m methods.Contender) bool {
		return m.Name == r.Method && r.Seed-b.seed < uint64(m.Seeds)
	})
}
