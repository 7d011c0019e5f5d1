package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/graphpnas/graphpnas/evaluator/predictor"
	"github.com/graphpnas/graphpnas/examples/internal/methods"
	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/generator/explore"
	"github.com/graphpnas/graphpnas/internal/nb101"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/internal/tfrecord"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// formula gives the accuracy and the hours of training of a cell: 3×3 convolutions help, edges cost.
func formula(a searchspace.Arch) (accuracy, hours float64) {
	convolutions := 0.0
	for i := range a.Part(0).Len() {
		if a.Part(0).NodeOp(i) == "conv3x3-bn-relu" {
			convolutions++
		}
	}
	return 0.5 + 0.0625*convolutions, 0.25 * float64(a.Part(0).NumEdges())
}

// small is a surrogate that is trained in no time.
var small = predictor.Config{Networks: 1, Hidden: 8, Layers: 1, Epochs: 5}

// writeFile writes a file in the benchmark's format with the cells of 60 draws, of which 37 differ.
func writeFile(t *testing.T) string { return writeCells(t, 60) }

// writeCells writes a file with the cells of the first n of always the same draws.
func writeCells(t *testing.T, n int) string {
	var file bytes.Buffer
	w := tfrecord.NewWriter(&file)
	cells, err := explore.NewUniform(space).Sample(context.Background(), rand.New(rand.NewPCG(1, 1)), n)
	require.NoError(t, err)
	for _, a := range cells {
		cell, err := nb101.CellOf(a)
		require.NoError(t, err)
		key, ok := nb101.ParseKey(space.Key(a))
		require.True(t, ok)
		accuracy, hours := formula(a)
		unset := float32(math.NaN())
		row := nb101.Row{Key: key, Epochs: 108, Cell: cell}
		row.Metrics.Evaluations[nb101.Final] = nb101.Evaluation{
			nb101.TrainingTime: float32(3600 * hours), nb101.TrainAccuracy: unset,
			nb101.ValidationAccuracy: float32(accuracy), nb101.TestAccuracy: float32(accuracy / 2),
		}
		require.NoError(t, w.Write(row.AppendTo(nil)))
	}
	path := filepath.Join(t.TempDir(), "some.tfrecord")
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o666))
	return path
}

// runsOf returns the searches and the totals that a run prints.
func runsOf(t *testing.T, o options) (runs []result, all []total) {
	var stdout bytes.Buffer
	require.NoError(t, run(context.Background(), o, &stdout, io.Discard))
	for line := range strings.Lines(stdout.String()) {
		var s total
		require.NoError(t, json.Unmarshal([]byte(line), &s), line)
		if s.Summary {
			all = append(all, s)
			continue
		}
		var r result
		require.NoError(t, json.Unmarshal([]byte(line), &r), line)
		r.Seconds = 0 // differs from search to search
		runs = append(runs, r)
	}
	return runs, all
}

func TestALineForEverySearchAndMethod(t *testing.T) {
	o := options{table: writeFile(t), surrogate: small, methods: "random,graphpnas", evals: 40, seed: 3, seeds: 2, json: true}
	runs, all := runsOf(t, o)
	require.Len(t, runs, 4)
	require.Len(t, all, 2)
	for i, r := range runs {
		assert.Equal(t, []string{"random", "graphpnas"}[i/2], r.Method)
		assert.EqualValues(t, 3+i%2, r.Seed)
		assert.Equal(t, 40, r.Evals)
		assert.Len(t, r.BestValid, 4)
		assert.Equal(t, r.BestValid[1], r.Half)
		assert.Equal(t, r.BestValid[3], r.Valid)
		assert.Positive(t, r.Hours)
		if !r.Predicted {
			assert.InDelta(t, r.Valid/2, r.Test, 1e-6)
		}
	}
	for i, s := range all {
		assert.Equal(t, 2, s.Seeds)
		assert.InDelta(t, (runs[2*i].Valid+runs[2*i+1].Valid)/2, s.MeanValid, 1e-9)
	}

	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	again, _ := runsOf(t, o)
	assert.Equal(t, runs, again, "on another number of processors")
}

func TestABudgetOfTrainingEndsASearch(t *testing.T) {
	o := options{table: writeFile(t), surrogate: small, methods: "graphpnas,random", evals: 300, seeds: 1, hours: 30, json: true}
	runs, _ := runsOf(t, o)
	for _, r := range runs {
		assert.Less(t, r.Evals, 300)
		assert.GreaterOrEqual(t, r.Hours, 30.0)
		assert.Less(t, r.Hours, 30+10*2.25*2, "a group of ten cells is finished")
	}
}

func TestTheSurrogateRecordsAndPredicts(t *testing.T) {
	benchmark, err := open(context.Background(), options{table: writeFile(t), surrogate: small}, progress.New(io.Discard))
	require.NoError(t, err)
	cells, err := explore.NewUniform(space).Sample(context.Background(), rand.New(rand.NewPCG(1, 1)), 80)
	require.NoError(t, err)
	for i, a := range cells {
		r, err := benchmark.Evaluate(context.Background(), a)
		require.NoError(t, err)
		if i < 60 {
			accuracy, hours := formula(a)
			assert.InDelta(t, accuracy, r.Value, 1e-6)
			assert.InDelta(t, hours, r.Cost.Hours(), 1e-6)
			assert.Zero(t, r.Metrics[predictor.Predicted])
		}
	}
}

func TestEveryMethodSearches(t *testing.T) {
	o := options{table: writeFile(t), surrogate: small, methods: strings.Join(tool.Names(methods.All), ","), evals: 33, seeds: 1, json: true}
	runs, _ := runsOf(t, o)
	require.Len(t, runs, len(methods.All))
	for i, r := range runs {
		assert.Equal(t, methods.All[i].Name, r.Method)
	}
}

func TestLinesToRead(t *testing.T) {
	var stdout bytes.Buffer
	o := options{table: writeFile(t), surrogate: small, methods: "random", evals: 20, seeds: 2}
	require.NoError(t, run(context.Background(), o, &stdout, io.Discard))
	assert.Regexp(t, `random seed 1: validation .* after 20 evaluations \(0 failed\) and`, stdout.String())
	assert.Regexp(t, `\. 0 of 40 evaluations failed\.\n$`, stdout.String())
	assert.Contains(t, stdout.String(), "\n| random | ")
}

func TestBadFlagsAreErrors(t *testing.T) {
	good := options{table: writeFile(t), surrogate: small, methods: "random", evals: 10, seeds: 1}
	for name, change := range map[string]func(*options){
		"no table":          func(o *options) { o.table = "" },
		"missing table":     func(o *options) { o.table += ".gz" },
		"unknown method":    func(o *options) { o.methods = "random,oracle" },
		"no seeds":          func(o *options) { o.seeds = 0 },
		"no evaluations":    func(o *options) { o.evals = 0 },
		"negative hours":    func(o *options) { o.hours = -1 },
		"hours without end": func(o *options) { o.hours = math.Inf(1) },
		"hours that are not a number": func(o *options) {
			o.hours = math.NaN()
		},
	} {
		o := good
		change(&o)
		var stdout bytes.Buffer
		assert.Error(t, run(context.Background(), o, &stdout, io.Discard), name)
		assert.Empty(t, stdout.String(), name)
	}
}
