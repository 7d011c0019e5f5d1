package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/searchspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// writeTables writes a list of four made-up tables, which share a file: a table in which four cells of five are missing, the
// same with the recorded cells alone, a surrogate, and a chain. It returns the path of the list.
func writeTables(t *testing.T) string {
	dir := t.TempDir()
	var text strings.Builder
	text.WriteString("arch,valid,test\n")
	space, i := searchspace.NASBench201{}, 0
	for a := range space.All() {
		if i++; i%5 != 0 || i > 4000 {
			continue
		}
		name := space.Format(a)
		value := 2*strings.Count(name, "nor_conv_3x3") + strings.Count(name, "skip_connect")
		fmt.Fprintf(&text, "%s,%d,%d\n", name, value, 3*value)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cells.csv"), []byte(text.String()), 0o666))
	cells := `"space": "nasbench201", "file": "cells.csv", "value": "valid"`
	path := filepath.Join(dir, "list.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"tables": [
		{"name": "sparse", "family": "cells", "half": "choose", `+cells+`, "test": "test"},
		{"name": "recorded", "family": "cells", "half": "report", `+cells+`, "listed": true},
		{"name": "predicted", "family": "predictions", `+cells+`, "surrogate": "network"},
		{"name": "chain", "family": "chains", "objective": "chain-20", "evals": 9}
	]}`), 0o666))
	return path
}

// small is a suite that takes a second.
func small(t *testing.T) options {
	return options{
		tables: writeTables(t), methods: "random,evolution", seed: 3, seeds: 2, makeReferences: true, out: t.TempDir(),
		training: training{Network: predictor.Config{Networks: 1, Hidden: 8, Layers: 2, Epochs: 6}},
	}
}

// runsOf runs a suite and returns its searches, sorted.
func runsOf(t *testing.T, o options) []record {
	require.NoError(t, run(t.Context(), o, io.Discard, os.Stderr))
	all, err := readRuns(filepath.Join(o.out, "runs.jsonl"))
	require.NoError(t, err)
	slices.SortFunc(all, func(r, s record) int {
		return strings.Compare(fmt.Sprint(r.Table, r.Method, r.Seed), fmt.Sprint(s.Table, s.Method, s.Seed))
	})
	return all
}

// withoutTime leaves out what differs from run to run.
func withoutTime(all []record) []record {
	all = slices.Clone(all)
	for i := range all {
		all[i].Seconds = 0
	}
	return all
}

func TestALineForEverySearch(t *testing.T) {
	o := small(t)
	all := runsOf(t, o)
	require.Len(t, all, 16)
	for _, r := range all {
		evals := 100
		if r.Table == "chain" {
			evals = 9
		}
		assert.Equal(t, evals, r.Evals)
		assert.Equal(t, evals, r.Evaluated)
		assert.Equal(t, r.Value, r.Better[len(r.Better)-1].Value)
		assert.LessOrEqual(t, r.Worst, r.Better[0].Value)
		assert.Equal(t, r.Table == "sparse", r.Failed > 0, "%s: %s", r.Table, r.FirstError)
		assert.NotEmpty(t, r.Arch)
		if r.Table == "sparse" {
			require.NotNil(t, r.Test)
			assert.Equal(t, 3*r.Value, *r.Test)
		} else {
			assert.Nil(t, r.Test)
		}
	}
	references, err := readReferences(referencePath(o.tables))
	require.NoError(t, err)
	assert.Len(t, references, 2, "two tables are not recorded")
	models, err := filepath.Glob(filepath.Join(o.out, "surrogates", "predicted-network-*.safetensors"))
	require.NoError(t, err)
	assert.Len(t, models, 1)
}

func TestReportsAndPictures(t *testing.T) {
	o := small(t)
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), o, &stdout, os.Stderr))
	markdown, err := os.ReadFile(filepath.Join(o.out, "suite.md"))
	require.NoError(t, err)
	assert.Equal(t, stdout.String(), string(markdown))
	assert.Contains(t, stdout.String(), "4 tables in 3 families that all methods have searched.")
	assert.Contains(t, stdout.String(), "| method | average rank | normalized regret | rank behind random | regret behind random |")
	for _, table := range []string{"sparse", "recorded", "predicted", "chain"} {
		assert.Contains(t, stdout.String(), "\n## "+table+"\n")
	}
	assert.FileExists(t, filepath.Join(o.out, "suite.csv"))
	picture, err := os.ReadFile(filepath.Join(o.out, "suite.png"))
	require.NoError(t, err)
	_, err = png.Decode(bytes.NewReader(picture))
	assert.NoError(t, err)
	drawing, err := os.ReadFile(filepath.Join(o.out, "suite.svg"))
	require.NoError(t, err)
	assert.Contains(t, string(drawing), "evolution")
	assert.Contains(t, string(drawing), "Normalized regret")
}

// A suite that was killed goes on, and finds what one finds that was not. Methods, seeds and tables may be added.
func TestAKilledSuiteGoesOn(t *testing.T) {
	o := small(t)
	whole := runsOf(t, o)
	reports, err := os.ReadFile(filepath.Join(o.out, "suite.csv"))
	require.NoError(t, err)

	before := o
	before.methods, before.only, before.seeds, before.out = "random", "chain,sparse", 1, t.TempDir()
	require.Len(t, runsOf(t, before), 2)
	path := filepath.Join(before.out, "runs.jsonl")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text[:len(text)-20], 0o666))
	before.methods, before.only, before.seeds = o.methods, o.only, o.seeds
	assert.Equal(t, withoutTime(whole), withoutTime(runsOf(t, before)))
	again, err := os.ReadFile(filepath.Join(before.out, "suite.csv"))
	require.NoError(t, err)
	assert.Equal(t, withoutSeconds(reports), withoutSeconds(again))

	o.evals = 7
	all := runsOf(t, o)
	assert.Len(t, all, 32, "searches of another length are not taken for these")
}

// withoutSeconds cuts the column of seconds out of suite.csv.
func withoutSeconds(text []byte) string {
	var lines []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, ",")
		lines = append(lines, strings.Join(append(cells[:18:18], cells[19:]...), ","))
	}
	return strings.Join(lines, "")
}

func TestASeedFixesASearchOnAnyNumberOfProcessors(t *testing.T) {
	o := small(t)
	all := runsOf(t, o)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	o.out = t.TempDir()
	assert.Equal(t, withoutTime(all), withoutTime(runsOf(t, o)))
}

func TestUntilTheBest(t *testing.T) {
	o := small(t)
	o.only, o.methods, o.untilBest = "recorded", "local,random", 400
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), o, &stdout, os.Stderr))
	assert.Contains(t, stdout.String(), "Each search ended when it found the best, or after 400 evaluations. One that did not find it counts as 401.")
	assert.Contains(t, stdout.String(), "| evaluations until then: mean ± standard error |")
	short := 0
	for _, r := range runsOf(t, o) {
		assert.True(t, r.UntilBest)
		last := r.Better[len(r.Better)-1]
		if r.Evaluated < 400 {
			short++
			assert.Equal(t, r.Evaluated, last.Evals, "the search ends with the best")
		}
	}
	assert.Positive(t, short)
}

// Random search draws the members of a listed space uniformly, however few of its decisions lead to them.
func TestRandomDrawsFromAList(t *testing.T) {
	path := writeTables(t)
	cells := filepath.Join(filepath.Dir(path), "cells.csv")
	var text strings.Builder
	text.WriteString("arch,valid,test\n|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|,1000,1\n")
	i := 0
	for a := range (searchspace.NASBench201{}).All() { // all others have no operation there
		if name := (searchspace.NASBench201{}).Format(a); i < 99 && strings.HasPrefix(name, "|none") {
			fmt.Fprintf(&text, "%s,%d,1\n", name, i)
			i++
		}
	}
	require.NoError(t, os.WriteFile(cells, []byte(text.String()), 0o666))
	o := small(t)
	o.tables, o.only, o.methods, o.makeReferences, o.evals, o.seeds = path, "recorded", "random", false, 10, 40
	found := 0
	for _, r := range runsOf(t, o) {
		if r.Value == 1000 {
			found++
		}
	}
	assert.Less(t, found, 15, "of 40 searches that draw 10 of 100 architectures")
}

// The halves of a list are searched apart.
func TestHalves(t *testing.T) {
	o := small(t)
	o.half, o.methods, o.seeds, o.evals = "report", "random", 1, 5
	all := runsOf(t, o)
	require.Len(t, all, 1)
	assert.Equal(t, "recorded", all[0].Table)
}

// A reference of another objective is not used. What searches found beyond a reference enters it when it is made again.
func TestReferences(t *testing.T) {
	o := small(t)
	o.only, o.methods, o.makeReferences = "chain", "random", false
	err := run(t.Context(), o, io.Discard, os.Stderr)
	require.ErrorContains(t, err, "list.reference.json has no best and median of this objective")
	o.makeReferences = true
	all := runsOf(t, o)
	path := referencePath(o.tables)
	made, err := readReferences(path)
	require.NoError(t, err)

	all[0].Value = made["chain"].Best + 1
	line, err := json.Marshal(all[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(o.out, "runs.jsonl"), append(line, '\n'), 0o666))
	_ = runsOf(t, o)
	again, err := readReferences(path)
	require.NoError(t, err)
	assert.Equal(t, made["chain"].Best+1, again["chain"].Best)
	assert.Equal(t, made["chain"].Median, again["chain"].Median)

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, bytes.ReplaceAll(text, []byte(made["chain"].Mark), []byte("00000000")), 0o666))
	o.makeReferences = false
	assert.ErrorContains(t, run(t.Context(), o, io.Discard, os.Stderr), "has no best and median of this objective")
	require.NoError(t, os.WriteFile(path, []byte("rubbish"), 0o666))
	assert.ErrorContains(t, run(t.Context(), o, io.Discard, os.Stderr), "reading the reference")
}

func TestBadFlagsAreErrors(t *testing.T) {
	good := small(t)
	good.makeReferences = false
	for message, change := range map[string]func(*options){
		"-seeds must be at least 1, got 0":               func(o *options) { o.seeds = 0 },
		"-evals must be at least 0, got -1":              func(o *options) { o.evals = -1 },
		"-out is required":                               func(o *options) { o.out = "" },
		"-evals and -until-best cannot be used together": func(o *options) { o.evals, o.untilBest = 1, 2 },
		"-draws and -until-best cannot be used together": func(o *options) { o.draws, o.untilBest = 1, 2 },
		`unknown method "oracle"`:                        func(o *options) { o.methods = "oracle" },
		"-against local is not among the methods":        func(o *options) { o.against = "local" },
		`the list has no table "mnist"`:                  func(o *options) { o.only = "mnist" },
		`-half must be choose or report, got "left"`:     func(o *options) { o.half = "left" },
		"reading the list of tables":                     func(o *options) { o.tables = "nowhere.json" },
		"table sparse: opening a table":                  func(o *options) { o.data = "nowhere" },
		"runs.jsonl: line 1": func(o *options) {
			o.only, o.out = "sparse", t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(o.out, "runs.jsonl"), []byte("rubbish\n"), 0o666))
		},
	} {
		o := good
		change(&o)
		var stdout bytes.Buffer
		assert.ErrorContains(t, run(t.Context(), o, &stdout, os.Stderr), message)
		assert.Empty(t, stdout.String(), message)
	}
}

// A suite that is interrupted reports what has finished and says how to go on.
func TestAnInterruptedSuite(t *testing.T) {
	o := small(t)
	o.only, o.methods, o.seeds = "sparse", "random", 1
	_ = runsOf(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o.methods = "random:2,evolution:1"
	var stdout bytes.Buffer
	err := run(ctx, o, &stdout, os.Stderr)
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "1 of 3 searches have finished; the results so far are saved in "+o.out+"; the same command continues")
	assert.True(t, strings.HasPrefix(stdout.String(), "Incomplete: 1 of 3 searches have finished.\n"), stdout.String())
}
