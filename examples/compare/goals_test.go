package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// smallTrade compares cells by the value of small's table against a number of convolutions that a second table has.
func smallTrade(t *testing.T) options {
	var text strings.Builder
	text.WriteString("arch,ms,kb\n")
	space := searchspace.NASBench201{}
	for a := range space.All() {
		name := space.Format(a)
		fmt.Fprintf(&text, "%s,%d,%d\n", name, 1+3*strings.Count(name, "nor_conv_3x3")+strings.Count(name, "skip"), strings.Count(name, "none"))
	}
	path := filepath.Join(t.TempDir(), "figures.csv")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o666))
	o := small(t)
	o.valid, o.test, o.preset, o.json, o.evals = "", "", "", false, 24
	o.methods, o.objectives, o.figures = "pareto-nogen,nsga2,random", "valid,-ms", path
	return o
}

func TestComparingByObjectives(t *testing.T) {
	o := smallTrade(t)
	o.limits = "kb<=1"
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), o, &stdout, os.Stderr))
	assert.Contains(t, stdout.String(), "Objectives: [maximize valid minimize ms]; limits: [kb ≤ 1].")
	file, err := os.Open(filepath.Join(o.out, "objectives.csv"))
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 4)
	for i, method := range []string{"pareto-nogen", "nsga2", "random"} {
		assert.Equal(t, method, rows[i+1][0])
		assert.Equal(t, "0", rows[i+1][10], "nothing beyond a limit that is known beforehand is evaluated")
	}
	for _, name := range []string{"objectives.md", "volume.png", "volume.svg"} {
		assert.FileExists(t, filepath.Join(o.out, name))
	}

	again := filepath.Join(o.out, "objectives.jsonl")
	before, err := os.ReadFile(again)
	require.NoError(t, err)
	require.NoError(t, run(t.Context(), o, io.Discard, os.Stderr))
	after, err := os.ReadFile(again)
	require.NoError(t, err)
	assert.Equal(t, before, after, "finished searches are not run again")
}

// Without knowing figures beforehand, searches find out what breaks a limit by evaluating it.
func TestFiguresThatAnEvaluationFinds(t *testing.T) {
	o := smallTrade(t)
	o.methods, o.limits, o.afterwards = "random", "ms<=4", true
	tr, err := newTrade(o)
	require.NoError(t, err)
	r, err := tr.search(t.Context(), methods.Search{Named: tr.methods[0].Named, Seed: 1})
	require.NoError(t, err)
	assert.Positive(t, r.Beyond)
	assert.Len(t, r.Shares, o.evals)
	for _, share := range r.Shares {
		assert.True(t, share >= 0 && share <= 1+1e-12, share)
	}
}

// If all that is within the limits is as bad as the table's worst, there is nothing to be missed.
func TestAFrontWithoutVolume(t *testing.T) {
	o := smallTrade(t)
	o.objectives, o.limits, o.methods = "valid", "kb>=6", "random"
	tr, err := newTrade(o)
	require.NoError(t, err)
	r, err := tr.search(t.Context(), methods.Search{Named: tr.methods[0].Named, Seed: 1})
	require.NoError(t, err)
	assert.Equal(t, []float64{1}, r.Shares)
	assert.Zero(t, r.Best)
}

func TestObjectivesAndLimitsAreRead(t *testing.T) {
	objectives, err := parseObjectives("valid,-ms")
	require.NoError(t, err)
	assert.Equal(t, []rl.Objective{rl.Maximize("valid"), rl.Minimize("ms")}, objectives)
	limits, err := parseLimits("ms<=2.5,valid>=-1")
	require.NoError(t, err)
	assert.Equal(t, []rl.Limit{rl.AtMost("ms", 2.5), rl.AtLeast("valid", -1)}, limits)
}

func FuzzLimits(f *testing.F) {
	for _, text := range []string{"", "a<=1", "a>=1e9,b<=-2", "<=", "a<=x", "a=1", "a<=1>=2", "a>=b<=1", "a<=NaN", "a >= -Inf", " a <= 1 ", "-a,b", "a,a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		limits, err := parseLimits(text)
		assert.False(t, err == nil && text != "" && len(limits) == 0)
		var written []string
		for _, l := range limits {
			assert.NotEmpty(t, l.Metric)
			assert.False(t, math.IsNaN(l.Bound) || math.IsInf(l.Bound, 0))
			sign := map[bool]string{false: "<=", true: ">="}[l.AtLeast]
			written = append(written, l.Metric+sign+strconv.FormatFloat(l.Bound, 'g', -1, 64))
		}
		again, err := parseLimits(strings.Join(written, ","))
		assert.NoError(t, err)
		assert.Equal(t, limits, again)

		objectives, err := parseObjectives(text)
		seen := map[string]bool{}
		for _, o := range objectives {
			assert.NotEmpty(t, o.Metric)
			assert.False(t, seen[o.Metric])
			seen[o.Metric] = true
		}
		assert.Equal(t, err != nil, objectives == nil)
	})
}

func TestBadObjectivesAreErrors(t *testing.T) {
	for message, change := range map[string]func(*options){
		`-objectives must be columns separated by commas, with a minus sign before those to minimize, got "valid,"`: func(o *options) { o.objectives = "valid," },
		"-objectives must name each column once, got valid,-valid":                                                  func(o *options) { o.objectives = "valid,-valid" },
		`-limits must be limits such as latency<=5, separated by commas, got "ms<=NaN"`:                             func(o *options) { o.limits = "ms<=NaN" },
		`-limits must be limits such as latency<=5, separated by commas, got "ms<5"`:                                func(o *options) { o.limits = "ms<5" },
		"no architecture of ": func(o *options) { o.limits = "ms<=0" },
		"-objectives cannot be used together with -valid, -workers, -arrival, -cost or -times": func(o *options) { o.valid = "valid" },
		"-limits, -figures and -afterwards require -objectives":                                func(o *options) { o.objectives, o.valid = "", "valid" },
		`unknown method "graphpnas"; there are pareto, pareto-nogen, `:                         func(o *options) { o.methods = "graphpnas" },
		"latency": func(o *options) { o.objectives = "valid,-latency" },
		"must have at least one of the columns in -objectives and -limits": func(o *options) { o.objectives = "ms" },
	} {
		o := smallTrade(t)
		change(&o)
		assert.ErrorContains(t, run(t.Context(), o, io.Discard, os.Stderr), message)
	}
	for _, change := range []func(*options){
		func(o *options) { o.listed = true }, func(o *options) { o.json = true }, func(o *options) { o.test = "test" },
		func(o *options) { o.preset = "cifar100" }, func(o *options) { o.reach = 3 }, func(o *options) { o.regret = 0.5 },
	} {
		o := smallTrade(t)
		change(&o)
		assert.EqualError(t, run(t.Context(), o, io.Discard, os.Stderr),
			"-objectives cannot be used together with -listed, -json, -test, -preset, -reach or -regret")
	}
}
