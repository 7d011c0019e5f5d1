package mlflow_test

import (
	"errors"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/rl/report/mlflow"
	"github.com/graphpnas/graphpnas/searchspace"
)

var space = searchspace.NASBench201{}

// history returns a history of two successes and a failure.
func history(metrics map[string]float64) *rl.History {
	h := &rl.History{Space: space.Name(), Seed: 7, Stop: rl.StopBudget}
	for a := range space.All() {
		e := rl.Evaluation{Trial: rl.Trial{ID: len(h.Evaluations), Arch: a}}
		if e.ID == 1 {
			e.Err = errors.New("no memory")
		} else {
			e.Result = evaluator.Result{Value: 3 - float64(e.ID), Metrics: metrics, Cost: time.Hour}
		}
		if h.Evaluations = append(h.Evaluations, e); e.ID == 2 {
			break
		}
	}
	return h
}

// files returns the contents of the files in a directory, by path.
func files(t require.TestingT, dir string) map[string]string {
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(text)
		return err
	}))
	return all
}

// An evaluation that the search stopped early is no failure.
func TestStoppedEvaluations(t *testing.T) {
	dir, h := t.TempDir(), history(nil)
	h.Evaluations[2].Result, h.Evaluations[2].Err = evaluator.Result{}, evaluator.ErrStopped
	require.NoError(t, mlflow.Write(dir, space, h, mlflow.Options{Experiment: "cells", Run: "first"}))
	counts := map[string]string{}
	for name, text := range files(t, dir) {
		switch base := path.Base(name); base {
		case "failures", "stopped":
			counts[base] = text
		}
	}
	assert.Equal(t, map[string]string{"failures": "1", "stopped": "1"}, counts)
}

func TestARun(t *testing.T) {
	dir := t.TempDir()
	o := mlflow.Options{Experiment: "cells: \"small\"", Run: "first", Begun: time.UnixMilli(1_000_000)}
	require.NoError(t, mlflow.Write(dir, space, history(map[string]float64{"params (M)": 1.5}), o))
	all := files(t, dir)
	var runs []string
	for name := range all {
		if strings.HasSuffix(name, "/params/seed") {
			runs = append(runs, strings.TrimSuffix(name, "params/seed"))
		}
	}
	require.Len(t, runs, 1)
	run := runs[0]
	assert.Regexp(t, `^\d{18}/[0-9a-f]{32}/$`, run)
	experiment, _, _ := strings.Cut(run, "/")
	assert.Contains(t, all[experiment+"/meta.yaml"], "name: \"cells: \\\"small\\\"\"\n")
	meta := all[run+"meta.yaml"]
	for _, line := range []string{"experiment_id: \"" + experiment + "\"", "run_name: \"first\"", "start_time: 1000000", "end_time: 8200000", "status: 3", "lifecycle_stage: \"active\""} {
		assert.Contains(t, "\n"+meta, "\n"+line+"\n")
	}
	assert.Equal(t, "4600000 3 1\n8200000 1 3\n", all[run+"metrics/value"])
	assert.Equal(t, "4600000 3 1\n8200000 3 3\n", all[run+"metrics/best"])
	assert.Equal(t, "4600000 1.5 1\n8200000 1.5 3\n", all[run+"metrics/metric/params _M_"])
	assert.Equal(t, "first", all[run+"tags/mlflow.runName"])
	assert.Equal(t, []string{"7", "3", "1", "0", "budget"}, []string{all[run+"params/seed"], all[run+"params/evaluations"], all[run+"params/failures"], all[run+"params/stopped"], all[run+"params/stop"]})
	assert.Contains(t, all[run+"artifacts/report.html"], "<!doctype html>")
	assert.Contains(t, all[run+"artifacts/history.jsonl"], `"no memory"`)

	require.NoError(t, mlflow.Write(dir, space, history(nil), o), "again")
	again := files(t, dir)
	assert.NotContains(t, again, run+"metrics/metric/params _M_", "it replaces the run")
	assert.Equal(t, all[experiment+"/meta.yaml"], again[experiment+"/meta.yaml"])
	o.Run = "second"
	require.NoError(t, mlflow.Write(dir, space, history(nil), o))
	assert.Len(t, files(t, dir), 2*len(again)-1, "in the same experiment")
}

func TestBestOnlyCountsTheFullBudget(t *testing.T) {
	h := history(nil)
	h.Evaluations[0].Budget = 4
	dir := t.TempDir()
	require.NoError(t, mlflow.Write(dir, space, h, mlflow.Options{Begun: time.UnixMilli(0)}))
	for name, text := range files(t, dir) {
		if strings.HasSuffix(name, "metrics/best") {
			assert.Equal(t, "7200000 1 3\n", text)
			return
		}
	}
	assert.Fail(t, "the metric best is missing")
}

// The best figure is within the limits, and the cost includes that of stopped evaluations.
func TestLimitsAndStoppedEvaluations(t *testing.T) {
	h := history(nil)
	h.Evaluations[1].Err, h.Evaluations[1].Result.Cost = evaluator.ErrStopped, time.Hour
	h.Limits = []rl.Limit{rl.AtMost("", 2)}
	dir := t.TempDir()
	require.NoError(t, mlflow.Write(dir, space, h, mlflow.Options{Begun: time.UnixMilli(0)}))
	texts := map[string]string{}
	for name, text := range files(t, dir) {
		_, metric, _ := strings.Cut(name, "/metrics/")
		texts[metric] = text
	}
	assert.Equal(t, "10800000 1 3\n", texts["best"], "3 is beyond the limit")
	assert.Equal(t, "3600000 1 1\n7200000 2 2\n10800000 3 3\n", texts["cost_hours"])
}

// The files of metrics with any names are in the directory of the run and contain their values.
func TestNamesOfMetrics(t *testing.T) {
	for _, name := range []string{"..", "../../x", "/etc/x", ".", "", "a/b", "a\\b", "\x00", "…"} {
		dir := t.TempDir()
		run := filepath.Join(dir, "runs")
		o := mlflow.Options{Begun: time.UnixMilli(0), Report: report.Options{Drawings: -1}}
		require.NoError(t, mlflow.Write(run, space, history(map[string]float64{name: math.Pi}), o))
		found := 0
		for path, text := range files(t, run) {
			if strings.Contains(path, "/metrics/metric/") && strings.Contains(text, "3.14159") {
				found++
			}
		}
		assert.Equal(t, 1, found, "%q", name)
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Len(t, entries, 1, "%q: all files are in the store", name)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := mlflow.Legal(rapid.String().Draw(t, "name"))
		assert.Regexp(t, `^[\w\-. ]+$`, name)
		assert.NotEmpty(t, strings.Trim(name, ". "), "it is not a directory")
	})
}

func TestInvalidArguments(t *testing.T) {
	dir := t.TempDir()
	assert.ErrorContains(t, mlflow.Write(dir, space, nil, mlflow.Options{}), "the history must be set and belong to the space")
	assert.ErrorContains(t, mlflow.Write(dir, searchspace.NASBench101{}, history(nil), mlflow.Options{}), "the history must be set and belong to the space")
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	assert.Error(t, mlflow.Write(file, space, history(nil), mlflow.Options{}))
}
