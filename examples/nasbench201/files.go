package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator/store"
	"github.com/graphpnas/graphpnas/examples/internal/program"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/generator"
	"github.com/graphpnas/graphpnas/rl"
)

// The files of -out: what all its searches have in common, their records, and for each seed a directory with its results.
const (
	settingsFile  = "settings.json"
	recordsFile   = "search.db"
	historyFile   = "history.csv"
	bestFile      = "best.json"
	drawingFile   = "best.dot"
	generatorFile = "generator.safetensors"
)

// folder returns the directory of a seed's files.
func (o options) folder(seed uint64) string {
	return filepath.Join(o.out, fmt.Sprintf("seed-%d", seed))
}

// settings must not change when a search is resumed.
type settings struct {
	// Table is the SHA-256 of the file, or the name of a table that comes with the library.
	Table  string `json:"table"`
	Valid  string `json:"valid"`
	Test   string `json:"test"`
	Preset string `json:"preset"`
	Form   string `json:"form"`
}

func settingsOf(o options) (settings, error) {
	s := settings{o.table, o.valid, o.test, o.preset, o.form}
	if o.table == digits201 {
		return s, nil
	}
	sum, err := tool.Sum(o.table)
	s.Table = "sha256:" + sum
	return s, err
}

// unlike says which flags differ from those of an earlier run.
func (s settings) unlike(earlier settings) string {
	var differ []string
	if s.Table != earlier.Table {
		differ = append(differ, "another table")
	}
	for _, f := range []struct{ name, now, then string }{
		{"valid", s.Valid, earlier.Valid}, {"test", s.Test, earlier.Test},
		{"preset", s.Preset, earlier.Preset}, {"form", s.Form, earlier.Form},
	} {
		if f.now != f.then {
			differ = append(differ, fmt.Sprintf("-%s %s, not %s", f.name, f.then, f.now))
		}
	}
	return strings.Join(differ, "; ")
}

// openOutput makes the directory of -out and opens the records of its searches. It is an error if they were made with other
// settings.
func openOutput(o options) (*store.DB, error) {
	now, err := settingsOf(o)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return nil, err
	}
	path := filepath.Join(o.out, settingsFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if err := writeJSON(path, now); err != nil {
			return nil, err
		}
		return store.Open(filepath.Join(o.out, recordsFile))
	}
	if err != nil {
		return nil, err
	}
	var earlier settings
	if err := json.Unmarshal(text, &earlier); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if differ := now.unlike(earlier); differ != "" {
		return nil, fmt.Errorf("%s has searches with %s: choose another directory for -out", o.out, differ)
	}
	return store.Open(filepath.Join(o.out, recordsFile))
}

// save writes the files of one seed: the history and, if an evaluation has succeeded, the best architecture and the
// generator. The history is last, so the other files are at least as recent.
func save(dir string, h *rl.History, model generator.Model) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if best, ok := h.Best(); ok {
		drawing, err := best.Arch.DOT("best")
		if err != nil {
			return err
		}
		if err := errors.Join(
			writeJSON(filepath.Join(dir, bestFile), best.Arch),
			program.WriteFile(filepath.Join(dir, drawingFile), func(w io.Writer) error { _, err := fmt.Fprintln(w, drawing); return err }),
			program.WriteFile(filepath.Join(dir, generatorFile), model.Save),
		); err != nil {
			return err
		}
	}
	return program.WriteFile(filepath.Join(dir, historyFile), func(w io.Writer) error { return h.WriteCSV(w, space) })
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return program.WriteFile(path, func(w io.Writer) error { _, err := fmt.Fprintf(w, "%s\n", text); return err })
}

// kept returns the history that an earlier run has written for a seed, or nil if there is none that can be read.
func (o options) kept(seed uint64) *rl.History {
	text, err := os.ReadFile(filepath.Join(o.folder(seed), historyFile))
	if o.out == "" || err != nil {
		return nil
	}
	h, err := rl.ReadCSV(bytes.NewReader(text), space)
	if err != nil {
		return nil // it is written again, from the record
	}
	return h
}

// complete reports whether an earlier run has finished the search of a seed.
func (o options) complete(seed uint64, kept *rl.History) bool {
	if kept == nil || len(kept.Evaluations) != o.evals {
		return false
	}
	for _, name := range []string{bestFile, drawingFile, generatorFile} {
		if _, err := os.Stat(filepath.Join(o.folder(seed), name)); err != nil {
			return false
		}
	}
	_, ok := kept.Best()
	return ok
}
