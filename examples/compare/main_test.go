package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/graphpnas/graphpnas/examples/internal/tool"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/internal/race"
	"github.com/graphpnas/graphpnas/internal/tfrecord"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// writeTable writes a table of all cells of NAS-Bench-201, scored by a formula. Only one cell has the best value. The cost
// is from 1 to 7 hours.
func writeTable(t *testing.T) string {
	var text strings.Builder
	text.WriteString("arch,valid,test,seconds\n")
	space := searchspace.NASBench201{}
	for a := range space.All() {
		name := space.Format(a)
		value := 2*strings.Count(name, "nor_conv_3x3") + strings.Count(name, "skip_connect")
		fmt.Fprintf(&text, "%s,%d,%d,%d\n", name, value, 2*value, 3600*(1+strings.Count(name, "conv")))
	}
	path := filepath.Join(t.TempDir(), "table.csv")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o666))
	return path
}

func small(t *testing.T) options {
	return options{
		table: writeTable(t), space: "nasbench201", valid: "valid", test: "test", preset: "imagenet16",
		methods: "random,graphpnas,evolution", evals: 14, seed: 3, seeds: 2, workers: 1, out: t.TempDir(), json: true,
	}
}

func runsOf(t *testing.T, o options) []record {
	var stdout bytes.Buffer
	require.NoError(t, run(context.Background(), o, &stdout, os.Stderr))
	var all []record
	for line := range strings.Lines(stdout.String()) {
		var r record
		require.NoError(t, json.Unmarshal([]byte(line), &r), line)
		all = append(all, r)
	}
	return all
}

func TestALineForEveryMethodAndSeed(t *testing.T) {
	o := small(t)
	all := runsOf(t, o)
	require.Len(t, all, 6)
	for i, r := range all {
		assert.Equal(t, []string{"random", "graphpnas", "evolution"}[i/2], r.Method)
		assert.EqualValues(t, 3+i%2, r.Seed)
		assert.Equal(t, 2*r.Valid, r.Test)
		assert.Equal(t, r.Valid, r.Better[len(r.Better)-1].Value)
		assert.Len(t, r.BestValid, 1)
		assert.Equal(t, r.Method == "graphpnas", len(r.Mass) > 0)
		assert.Equal(t, 14, r.Evaluated)
		assert.Zero(t, r.Failed)
		assert.Nil(t, r.Simulated)
		_, err := searchspace.NASBench201{}.Parse(r.Arch)
		assert.NoError(t, err)
	}
}

func TestTheLibrarysOwnTable(t *testing.T) {
	o := small(t)
	o.table, o.methods = "digits201", "random"
	for _, r := range runsOf(t, o) {
		assert.Greater(t, r.Valid, 50.0)
		assert.NotEqual(t, r.Valid, r.Test)
	}
}

// A search with a table of one cell in five fails four times in five.
// withGaps compares on a table that lacks four of five architectures.
func withGaps(t *testing.T) options {
	o := small(t)
	text, err := os.ReadFile(o.table)
	require.NoError(t, err)
	var some strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if i%5 == 0 { // the header is line 0
			some.WriteString(line + "\n")
		}
	}
	require.NoError(t, os.WriteFile(o.table, []byte(some.String()), 0o666))
	return o
}

// A space that is restricted to the table has no architecture that the table lacks.
func TestARestrictedSpace(t *testing.T) {
	o := withGaps(t)
	o.methods, o.listed = "random,process,ranked-nogen", true
	for _, r := range runsOf(t, o) {
		assert.Zero(t, r.Failed, r.Method)
		assert.Equal(t, o.evals, r.Evaluated, r.Method)
	}
}

// A search that begins from an earlier one begins with the best of that.
func TestSearchesBeginFromEarlierOnes(t *testing.T) {
	o := small(t)
	o.methods, o.past, o.evals, o.seeds = "ranked-nogen,ranked-nogen-cold", "test", 30, 1
	warm := runsOf(t, o)
	assert.Equal(t, "test", warm[0].Past)
	first := func(r record) float64 {
		assert.Equal(t, 1, r.Better[0].Evals)
		return r.Better[0].Value
	}
	assert.Greater(t, first(warm[0]), first(warm[1]))
	o.methods, o.past = "ranked-nogen", ""
	assert.Equal(t, runsOf(t, o)[0].Better, warm[1].Better, "a cold search is one without -past")
}

func TestFailuresAreReported(t *testing.T) {
	o := withGaps(t)
	o.methods, o.evals = "random", 30
	all := runsOf(t, o)
	failed := 0
	for _, r := range all {
		assert.Positive(t, r.Failed)
		assert.Contains(t, r.FirstError, "not recorded")
		failed += r.Failed
	}
	o.json = false
	var stdout bytes.Buffer
	require.NoError(t, run(context.Background(), o, &stdout, os.Stderr)) // from the finished searches
	assert.Contains(t, stdout.String(), fmt.Sprintf("\n%d of 60 evaluations failed; the first error: %s.\n", failed, all[0].FirstError))
}

func TestWorkersInSimulatedTime(t *testing.T) {
	o := small(t)
	alone := runsOf(t, o)
	o.workers = 4
	var stdout bytes.Buffer
	err := run(context.Background(), o, &stdout, os.Stderr)
	require.ErrorContains(t, err, "-cost")
	require.ErrorContains(t, err, "-times")
	assert.Empty(t, stdout.String())

	o.cost, o.methods = "seconds", "random+graphpnas"
	four := runsOf(t, o) // the earlier searches are in the directory, and are not taken for these
	require.Len(t, four, 4)
	assert.Equal(t, withoutTime(four), withoutTime(runsOf(t, o)), "these are")
	for i, r := range four {
		require.NotNil(t, r.Simulated)
		s := r.Simulated
		assert.Equal(t, r.Valid, s.Better[len(s.Better)-1].Value)
		assert.Equal(t, s.HoursToBest, s.Better[len(s.Better)-1].Hours)
		assert.LessOrEqual(t, s.HoursToBest, s.Hours)
		assert.True(t, s.Busy > 0.5 && s.Busy <= 1, s.Busy)
		assert.Equal(t, i >= 2, len(r.Mass) > 0)
	}
	o.out = t.TempDir()
	assert.Equal(t, withoutTime(four), withoutTime(runsOf(t, o)), "a seed fixes a simulated search")

	o.lag = 1 // nothing in parallel
	for i, r := range runsOf(t, o) {
		assert.Equal(t, alone[i].Better, r.Better)
		assert.Equal(t, alone[i].Mass, r.Mass)
		assert.InDelta(t, 0.25, r.Simulated.Busy, 1e-9)
	}
	o.lag, o.batch = 1, 4 // rounds of four
	rounds := runsOf(t, o)
	assert.Greater(t, rounds[2].Simulated.Busy, 0.3)
	o.lag, o.batch, o.arrival = 0, 0, true
	arrival := runsOf(t, o)
	assert.Greater(t, arrival[2].Simulated.Busy, 0.8, "nobody waits but at the end")

	o.json, o.arrival = false, false
	require.NoError(t, run(context.Background(), o, &stdout, os.Stderr))
	assert.Contains(t, stdout.String(), "Hours are simulated: 4 workers, the library's default lag, the column seconds.\n")
	assert.Contains(t, stdout.String(), "| hours until the best, median | hours in all | workers busy |")
	assert.Contains(t, stdout.String(), "| hours until a mean regret of 2.000 | until random's at the end |\n")
	assert.Contains(t, stdout.String(), "The budget is what 14 full evaluations cost on average:\n")
	for _, name := range []string{"hours.png", "hours.svg"} {
		assert.FileExists(t, filepath.Join(o.out, name))
	}
}

// writeTimes writes a file in the format of NAS-Bench-101 with two cells, trained for one and for three hours.
func writeTimes(t *testing.T) string {
	var file bytes.Buffer
	w := tfrecord.NewWriter(&file)
	space, hours := searchspace.NASBench101{}, float32(1)
	for a := range space.All() {
		cell, err := nb101.CellOf(a)
		require.NoError(t, err)
		key, ok := nb101.ParseKey(space.Key(a))
		require.True(t, ok)
		row := nb101.Row{Key: key, Epochs: 108, Cell: cell}
		row.Metrics.Evaluations[nb101.Final] = nb101.Evaluation{3600 * hours, 1, 0.5, 0.25}
		require.NoError(t, w.Write(row.AppendTo(nil)))
		if hours += 2; hours > 3 {
			break
		}
	}
	path := filepath.Join(t.TempDir(), "nb101.tfrecord")
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o666))
	return path
}

func TestMadeUpTimes(t *testing.T) {
	o := small(t)
	o.methods, o.workers, o.times = "random", 2, writeTimes(t)
	for _, r := range runsOf(t, o) {
		hours := 2 * r.Simulated.Hours * r.Simulated.Busy // of both workers
		assert.InDelta(t, math.Round(hours), hours, 1e-9)
		assert.True(t, hours > 14 && hours < 42, "14 evaluations of one or three hours: %v", hours)
	}
	o.json = false
	var stdout bytes.Buffer
	require.NoError(t, run(context.Background(), o, &stdout, os.Stderr))
	assert.Contains(t, stdout.String(), "Hours are simulated: 2 workers, the library's default lag, made-up training times from nb101.tfrecord.\n")
}

// Earlier versions wrote neither workers nor failures.
func TestFinishedSearchesOfEarlierVersions(t *testing.T) {
	o := small(t)
	before := runsOf(t, o)
	path := filepath.Join(o.out, "runs.jsonl")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, field := range []string{`"workers":1,`, `,"workers":1`, `"evaluated":14,`, `"failed":0,`} {
		text = bytes.ReplaceAll(text, []byte(field), nil)
	}
	require.NotContains(t, string(text), "workers")
	require.NotContains(t, string(text), "failed")
	require.NoError(t, os.WriteFile(path, text, 0o666))
	after := runsOf(t, o)
	for i := range after {
		assert.Equal(t, before[i].Seconds, after[i].Seconds, "it is the same search")
	}
}

func TestAMethodMayHaveItsOwnNumberOfSeeds(t *testing.T) {
	o := small(t)
	o.methods = "evolution,random:5"
	all := runsOf(t, o)
	require.Len(t, all, 7)
	for i, r := range all[2:] {
		assert.Equal(t, "random", r.Method)
		assert.EqualValues(t, 3+i, r.Seed)
	}
}

func TestTablesAndPlots(t *testing.T) {
	o := small(t)
	o.json = false
	var stdout bytes.Buffer
	require.NoError(t, run(context.Background(), o, &stdout, os.Stderr))
	markdown, err := os.ReadFile(filepath.Join(o.out, "compare.md"))
	require.NoError(t, err)
	assert.Equal(t, stdout.String(), string(markdown))
	for _, method := range strings.Split(o.methods, ",") {
		assert.Contains(t, stdout.String(), "| "+method+" |")
	}

	file, err := os.Open(filepath.Join(o.out, "compare.csv"))
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 4)
	base := slices.Index(rows[0], "baseline")
	assert.Equal(t, []string{"", "random", "random"}, []string{rows[1][base], rows[2][base], rows[3][base]})
	assert.Contains(t, stdout.String(), "A search that does not reach a value counts as 15 evaluations.\n")
	assert.Contains(t, stdout.String(), "\n0 of 84 evaluations failed.\n")
	assert.NotContains(t, stdout.String(), "hours")
	assert.NoFileExists(t, filepath.Join(o.out, "hours.png"))

	for _, name := range []string{"best", "mass"} {
		picture, err := os.ReadFile(filepath.Join(o.out, name+".png"))
		require.NoError(t, err)
		_, err = png.Decode(bytes.NewReader(picture))
		assert.NoError(t, err, name)
		drawing, err := os.ReadFile(filepath.Join(o.out, name+".svg"))
		require.NoError(t, err)
		assert.Contains(t, string(drawing), "graphpnas")
	}
}

// withoutTime leaves out what differs from search to search.
func withoutTime(runs []record) []record {
	runs = slices.Clone(runs)
	for i := range runs {
		runs[i].Seconds = 0
	}
	return runs
}

func TestAStoppedComparisonGoesOn(t *testing.T) {
	o := small(t)
	before := runsOf(t, o)
	path := filepath.Join(o.out, "runs.jsonl")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text[:len(text)-20], 0o666))

	o.seeds = 3
	after := runsOf(t, o)
	require.Len(t, after, 9)
	for i, r := range before {
		assert.Equal(t, withoutTime(before[i : i+1])[0], withoutTime(after[i/2*3+i%2 : i/2*3+i%2+1])[0], "%s %d", r.Method, r.Seed)
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, 9, bytes.Count(written, []byte("\n")))
	assert.True(t, bytes.HasPrefix(written, text[:bytes.LastIndexByte(text[:len(text)-1], '\n')]), "what was whole stays")

	o.evals = 15
	assert.NotEqual(t, after, runsOf(t, o), "searches of another length are not taken for these")
}

func TestASeedFixesASearchOnAnyNumberOfProcessors(t *testing.T) {
	o := small(t)
	two := runsOf(t, o)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	o.out = t.TempDir()
	assert.Equal(t, withoutTime(two), withoutTime(runsOf(t, o)))
}

func TestEveryMethodSearches(t *testing.T) {
	if race.Enabled {
		t.Skip("the methods' own tests run under the race detector")
	}
	o := small(t)
	o.methods, o.evals, o.seeds = strings.Join(tool.Names(methods.All), ","), 22, 1
	all := runsOf(t, o)
	require.Len(t, all, len(methods.All))
	for i, r := range all {
		assert.Equal(t, methods.All[i].Name, r.Method)
	}
}

func TestBadFlagsAreErrors(t *testing.T) {
	good := small(t)
	for name, change := range map[string]func(*options){
		"method twice":        func(o *options) { o.methods = "random,local+random:3" },
		"no table":            func(o *options) { o.table = "" },
		"missing table":       func(o *options) { o.table += ".gz" },
		"other space":         func(o *options) { o.table, o.space = "digits201", "nasbench101" },
		"unknown column":      func(o *options) { o.valid = "accuracy" },
		"unknown test":        func(o *options) { o.test = "accuracy" },
		"unknown preset":      func(o *options) { o.preset = "mnist" },
		"unknown space":       func(o *options) { o.space = "mnist" },
		"unknown baseline":    func(o *options) { o.baseline = "process" },
		"unknown method":      func(o *options) { o.methods = "random,oracle" },
		"no seeds":            func(o *options) { o.seeds = 0 },
		"no own seeds":        func(o *options) { o.methods = "random:0" },
		"seeds in words":      func(o *options) { o.methods = "random:ten" },
		"no evaluations":      func(o *options) { o.evals = 0 },
		"no directory":        func(o *options) { o.out = "" },
		"no workers":          func(o *options) { o.workers = 0 },
		"negative batch":      func(o *options) { o.batch = -1 },
		"negative lag":        func(o *options) { o.lag = -1 },
		"unknown cost":        func(o *options) { o.cost = "hours" },
		"missing times":       func(o *options) { o.times = o.table + ".gz" },
		"arrival but no cost": func(o *options) { o.arrival = true },
		"negative regret":     func(o *options) { o.regret = -1 },
		"reach and regret":    func(o *options) { o.reach, o.regret = 5, 1 },
		"cold without past":   func(o *options) { o.methods = "random-cold" },
		"arrival with a lag":  func(o *options) { o.arrival, o.lag, o.cost = true, 3, "seconds" },
		"unknown past":        func(o *options) { o.past = "valid,accuracy" },
		"past and budgets":    func(o *options) { o.past, o.budgets, o.full, o.cost = "test", "4=test", 12, "seconds" },
		"two kinds of costs":  func(o *options) { o.cost, o.times = "seconds", o.table },
		"rubbish in the finished searches": func(o *options) {
			require.NoError(t, os.WriteFile(filepath.Join(o.out, "runs.jsonl"), []byte("rubbish\n"), 0o666))
		},
	} {
		o := good
		change(&o)
		var stdout bytes.Buffer
		assert.Error(t, run(context.Background(), o, &stdout, os.Stderr), name)
		assert.Empty(t, stdout.String(), name)
	}
}

func TestWhatFlagsAllow(t *testing.T) {
	good := small(t)
	for message, change := range map[string]func(*options){
		"-seeds must be at least 1, got 0": func(o *options) { o.seeds = 0 },
		"-lag must be at least 0, got -2":  func(o *options) { o.lag = -2 },
		`-methods: unknown method "oracle"; there are ranked, ranked-paper, ranked-lstm, ranked-nogen, graphpnas, causal, lstm, process, local, evolution, random`: func(o *options) { o.methods = "oracle" },
		`-methods random:0: the number of seeds must be at least 1, got "0"`:                                                                                       func(o *options) { o.methods = "random:0" },
		"-baseline lstm is not among the methods, which are random, graphpnas, evolution":                                                                          func(o *options) { o.baseline = "lstm" },
	} {
		o := good
		change(&o)
		assert.EqualError(t, run(t.Context(), o, io.Discard, os.Stderr), message)
	}
}

// An interrupted comparison writes what has finished and says how to go on.
func TestACanceledComparisonEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o := small(t)
	o.json = false
	var stdout bytes.Buffer
	err := run(ctx, o, &stdout, os.Stderr)
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "0 of 6 searches have finished")
	assert.Empty(t, stdout.String())
	assert.NoFileExists(t, filepath.Join(o.out, "compare.md"))

	o.methods = "random:2,graphpnas:1"
	require.NoError(t, run(t.Context(), o, io.Discard, os.Stderr))
	o.methods = "random:4,graphpnas:2,evolution:2"
	err = run(ctx, o, &stdout, os.Stderr)
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "3 of 8 searches have finished; the results so far are saved in "+o.out+"; the same command continues")
	text := stdout.String()
	assert.True(t, strings.HasPrefix(text, "Incomplete: 3 of 8 searches have finished.\n"), text)
	assert.Contains(t, text, "| graphpnas | 1 |")
	assert.NotContains(t, text, "evolution", "no search of it has finished")
	written, err := os.ReadFile(filepath.Join(o.out, "compare.md"))
	require.NoError(t, err)
	assert.Equal(t, text, string(written))
	assert.FileExists(t, filepath.Join(o.out, "best.png"))
}
