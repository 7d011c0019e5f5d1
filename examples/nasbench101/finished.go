package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/report"
	"github.com/graphpnas/graphpnas/examples/internal/runs"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	rlreport "github.com/graphpnas/graphpnas/rl/report"
)

// finishedFile is a file of the directory of -out.
const finishedFile = "searches.jsonl"

// finished keeps the results of finished searches in a file, a line of JSON for each. Searches with other settings may be in
// the same file. A nil finished keeps nothing. It is safe for concurrent use.
type finished struct {
	*runs.File
	settings settings
	results  map[searchID]result
}

// searchID identifies a search among those of a run.
type searchID struct {
	method string
	seed   uint64
}

// settings are common to all searches of a run.
type settings struct {
	Table string  `json:"table"` // SHA-256 of the file
	Evals int     `json:"evals"`
	Hours float64 `json:"hours"`
}

type keptResult struct {
	Settings settings `json:"settings"`
	Result   result   `json:"result"`
}

// openFinished reads the file of finished searches, if -out is given.
func openFinished(o options) (*finished, error) {
	if o.out == "" {
		return nil, nil
	}
	sum, err := tool.Sum(o.table)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return nil, err
	}
	path := filepath.Join(o.out, finishedFile)
	kept, err := runs.Read(path, func() keptResult { return keptResult{} })
	if err != nil {
		return nil, err
	}
	f := &finished{settings: settings{sum, o.evals, o.hours}, results: map[searchID]result{}}
	for _, k := range kept {
		if k.Settings == f.settings {
			f.results[searchID{k.Result.Method, k.Result.Seed}] = k.Result
		}
	}
	f.File, err = runs.Open(path)
	return f, err
}

// find returns the result of a search that is finished.
func (f *finished) find(method string, seed uint64) (result, bool) {
	if f == nil {
		return result{}, false
	}
	r, ok := f.results[searchID{method, seed}]
	return r, ok
}

// pageID identifies a search on the page.
func (f *finished) pageID(method string, seed uint64) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%s, seed %d, %+v", method, seed, f.settings)
}

// page writes the page of the searches that are kept: the first seed of each method, then the second, and so on.
func (b *bench) page() error {
	var entries []report.Entry
	for _, t := range methods.Tasks(b.methods, b.seed) {
		o := rlreport.Options{Name: fmt.Sprintf("%s, seed %d", t.Name, t.Seed), Objective: "validation accuracy", Drawings: 3}
		entries = append(entries, report.Entry{ID: b.finished.pageID(t.Name, t.Seed), Space: space, Options: o})
	}
	return report.Page(b.out, "NAS-Bench-101", entries)
}

// add keeps a result.
func (f *finished) add(r result) error {
	if f == nil {
		return nil
	}
	return f.Append(keptResult{f.settings, r})
}

// close closes the file.
func (f *finished) close() error {
	if f == nil {
		return nil
	}
	return f.Close()
}
