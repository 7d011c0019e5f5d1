package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// writeTable makes a table of all cells of NAS-Bench-201, scored by a formula. No other cell has the best value.
func writeTable(t *testing.T) string {
	var text strings.Builder
	text.WriteString("arch,valid,test\n")
	space := searchspace.NASBench201{}
	for a := range space.All() {
		name := space.Format(a)
		value := 2*strings.Count(name, "nor_conv_3x3") + strings.Count(name, "skip_connect")
		fmt.Fprintf(&text, "%s,%d,%d\n", name, value, 2*value)
	}
	path := filepath.Join(t.TempDir(), "table.csv")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o666))
	return path
}

func small(t *testing.T) options {
	return options{
		table: writeTable(t), space: "nasbench201", valid: "valid", test: "test", preset: "imagenet16",
		methods: "random,graphpnas,evolution", evals: 14, seed: 3, seeds: 2, out: t.TempDir(), json: true,
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
	assert.Len(t, rows, 4)

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

// withoutTime sets aside what no two searches share.
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
	o := small(t)
	o.methods, o.evals, o.seeds = strings.Join(names(methods), ","), 22, 1
	all := runsOf(t, o)
	require.Len(t, all, len(methods))
	for i, r := range all {
		assert.Equal(t, methods[i].name, r.Method)
	}
}

func TestBadFlagsAreErrors(t *testing.T) {
	good := small(t)
	for name, change := range map[string]func(*options){
		"method twice":   func(o *options) { o.methods = "random,local,random:3" },
		"no table":       func(o *options) { o.table = "" },
		"missing table":  func(o *options) { o.table += ".gz" },
		"other space":    func(o *options) { o.table, o.space = "digits201", "nasbench101" },
		"unknown column": func(o *options) { o.valid = "accuracy" },
		"unknown test":   func(o *options) { o.test = "accuracy" },
		"unknown preset": func(o *options) { o.preset = "mnist" },
		"unknown space":  func(o *options) { o.space = "mnist" },
		"unknown method": func(o *options) { o.methods = "random,oracle" },
		"no seeds":       func(o *options) { o.seeds = 0 },
		"no own seeds":   func(o *options) { o.methods = "random:0" },
		"seeds in words": func(o *options) { o.methods = "random:ten" },
		"no evaluations": func(o *options) { o.evals = 0 },
		"no directory":   func(o *options) { o.out = "" },
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

func TestACancelledComparisonEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorIs(t, run(ctx, small(t), &bytes.Buffer{}, os.Stderr), context.Canceled)
}
