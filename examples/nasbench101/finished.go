package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/report"
	rlreport "github.com/graphpnas/graphpnas/rl/report"
)

// finishedFile is a file of the directory of -out.
const finishedFile = "searches.jsonl"

// finished keeps the results of finished searches in a file, a line of JSON for each. Searches with other settings may be in
// the same file. A nil finished keeps nothing. It is safe for concurrent use.
type finished struct {
	path     string
	settings settings

	mu   sync.Mutex
	kept []keptResult
}

// settings are what the searches of a run have in common.
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
	sum, err := sumOf(o.table)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return nil, err
	}
	f := &finished{path: filepath.Join(o.out, finishedFile), settings: settings{sum, o.evals, o.hours}}
	text, err := os.ReadFile(f.path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	lines := 0
	for line := range bytes.Lines(text) {
		lines++
		var k keptResult
		if err := json.Unmarshal(line, &k); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", f.path, lines, err)
		}
		f.kept = append(f.kept, k)
	}
	return f, nil
}

// find returns the result of a search that is finished.
func (f *finished) find(method string, seed uint64) (result, bool) {
	if f == nil {
		return result{}, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.kept, func(k keptResult) bool {
		return k.Result.Method == method && k.Result.Seed == seed && k.Settings == f.settings
	})
	if i < 0 {
		return result{}, false
	}
	return f.kept[i].Result, true
}

// pageID identifies a search on the page.
func (f *finished) pageID(method string, seed uint64) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%s, seed %d, %+v", method, seed, f.settings)
}

// page writes the page of the searches that are kept: the first seed of each method, then the second, and so on.
func (b *bench) page(chosen []method) error {
	var entries []report.Entry
	for i := range b.seeds {
		for _, m := range chosen {
			seed := b.seed + uint64(i)
			o := rlreport.Options{Name: fmt.Sprintf("%s, seed %d", m.name, seed), Objective: "validation accuracy", Drawings: 3}
			entries = append(entries, report.Entry{ID: b.finished.pageID(m.name, seed), Space: space, Options: o})
		}
	}
	return report.Page(b.out, "NAS-Bench-101", entries)
}

// add keeps a result.
func (f *finished) add(r result) error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept = append(f.kept, keptResult{f.settings, r})
	return program.WriteFile(f.path, func(w io.Writer) error {
		out := json.NewEncoder(w)
		for _, k := range f.kept {
			if err := out.Encode(k); err != nil {
				return err
			}
		}
		return nil
	})
}
