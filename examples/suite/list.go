package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/program"
)

// entry describes a table in the list.
type entry struct {
	// Name names the table in reports and files: letters, digits, dots, hyphens and underscores.
	Name string `json:"name"`
	// Family groups tables that have much in common, such as those of one space. Intervals come from resampling families.
	Family string `json:"family"`
	// Half is "choose" for tables on which settings may be chosen, "report" for the others, or empty. See the flag -half.
	Half string `json:"half,omitempty"`

	// Objective is the name of a synthetic objective, for a table that needs no file.
	Objective string `json:"objective,omitempty"`

	// Space is the name of a search space.
	Space string `json:"space,omitempty"`
	// File is the path of the recorded architectures, relative to the directory of the data or to that of the list.
	File string `json:"file,omitempty"`
	// Value is the column to search by; higher is better.
	Value string `json:"value,omitempty"`
	// Test is a column to report for the best architecture found.
	Test string `json:"test,omitempty"`
	// Listed restricts the space to the architectures in the file. Otherwise those that it lacks are failed evaluations.
	Listed bool `json:"listed,omitempty"`
	// Surrogate is the kind of model whose predictions are searched: "network" for predictor.Train, "process" for
	// predictor.TrainProcess. It is trained on the file. If empty, recorded values are searched.
	Surrogate string `json:"surrogate,omitempty"`

	// Evals is the number of evaluations in each search; 0 means 100. The flag -evals overrides it.
	Evals int `json:"evals,omitempty"`
	// Batch is the number of architectures proposed together, for all methods; 0 means the method's setting, usually 1. Large
	// graphs are searched in rounds, because each proposal costs a training run of the generator.
	Batch int `json:"batch,omitempty"`
	// Preset names the paper's settings for the methods without their own; empty means cifar10.
	Preset string `json:"preset,omitempty"`
}

// readList reads a list of tables.
func readList(path string) ([]entry, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the list of tables: %w", err)
	}
	entries, err := parseList(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return entries, nil
}

// parseList parses a list of tables. An error names the table.
func parseList(text []byte) ([]entry, error) {
	var list struct {
		Tables []entry `json:"tables"`
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&list); err != nil {
		return nil, fmt.Errorf("the list must be JSON like {\"tables\": [{\"name\": …}, …]}: %w", err)
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, fmt.Errorf("there must be nothing after the list, but there is more at byte %d", in.InputOffset())
	}
	if len(list.Tables) == 0 {
		return nil, fmt.Errorf("the list has no tables")
	}
	seen := map[string]bool{}
	for i, e := range list.Tables {
		if err := e.validate(); err != nil {
			return nil, fmt.Errorf("table %d, %q: %w", i+1, e.Name, err)
		}
		if seen[e.Name] {
			return nil, fmt.Errorf("two tables are named %q", e.Name)
		}
		seen[e.Name] = true
	}
	return list.Tables, nil
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

func (e entry) validate() error {
	switch {
	case !nameForm.MatchString(e.Name):
		return fmt.Errorf("name must consist of 1 to 100 letters, digits, dots, hyphens and underscores")
	case e.Family == "":
		return fmt.Errorf("family must not be empty; give a table that is unlike the others its own family")
	case e.Half != "" && e.Half != "choose" && e.Half != "report":
		return fmt.Errorf(`half must be "choose", "report" or empty, got %q`, e.Half)
	case e.Evals < 0 || e.Batch < 0:
		return fmt.Errorf("evals and batch must not be negative, got %d and %d", e.Evals, e.Batch)
	}
	if e.Preset != "" {
		if _, err := tool.Find(methods.Presets, "preset", e.Preset); err != nil {
			return err
		}
	}
	if e.Objective != "" {
		if e.Space+e.File+e.Value+e.Test+e.Surrogate != "" || e.Listed {
			return fmt.Errorf("a table with an objective must not have a space, file, value, test, listed or surrogate")
		}
		_, err := tool.Find(objectives, "objective", e.Objective)
		return err
	}
	switch {
	case e.Space == "" || e.File == "" || e.Value == "":
		return fmt.Errorf("a table must have a space, a file and a value, or an objective")
	case e.Surrogate != "" && e.Listed:
		return fmt.Errorf("listed and surrogate cannot be used together: a listed space needs no predictions")
	case e.Surrogate != "" && e.Test != "":
		return fmt.Errorf("a surrogate predicts only the value; remove test")
	}
	if e.Surrogate != "" {
		if _, err := tool.Find(surrogates, "surrogate", e.Surrogate); err != nil {
			return err
		}
	}
	_, err := tool.Find(spaces, "space", e.Space)
	return err
}

// choose returns the entries that the flags -only and -half select, in the order of the list.
func choose(entries []entry, only, half string) ([]entry, error) {
	if half != "" && half != "choose" && half != "report" {
		return nil, program.Usagef("-half must be choose or report, got %q", half)
	}
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(only, ",") {
		if name != "" {
			wanted[name] = true
		}
	}
	all := len(wanted) == 0
	var chosen []entry
	for _, e := range entries {
		if (all || wanted[e.Name]) && (half == "" || e.Half == half) {
			chosen = append(chosen, e)
		}
		delete(wanted, e.Name)
	}
	for name := range wanted {
		return nil, program.Usagef("-only: the list has no table %q", name)
	}
	if len(chosen) == 0 {
		return nil, program.Usagef("-only and -half select no table of the list")
	}
	return chosen, nil
}
