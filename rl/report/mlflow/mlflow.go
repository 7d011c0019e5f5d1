// Package mlflow writes searches to a directory in the format of MLflow's file store. The command
// mlflow ui and MLflow's clients read it:
//
//	err := mlflow.Write("mlruns", space, history, mlflow.Options{Experiment: "cells", Run: "seed 1"})
//
//	mlflow ui --backend-store-uri mlruns
//
// A search is a run. The step of a metric is the number of evaluations so far. A run has these metrics:
//
//	value                                     the value of each successful evaluation
//	best                                      the best figure so far at the full budget and within the limits, if there is one objective
//	cost_hours                                the total cost so far
//	metric/NAME                               the metrics of results
//	generator/first_loss, generator/last_loss the losses of each training run of the generator
//	generator/entropy                         the entropy of the generator
//	generator/mass_of_best_tenth              the probability of the best tenth of the evaluated architectures
//
// The metrics of the generator exist if the method is rl.Reinforce. The parameters of a run are the
// space, the seed, the numbers of evaluations, of failures and of evaluations stopped early, the
// reason that the search stopped, and the best architecture. Its artifacts are the page of package
// report and the history as JSON lines.
package mlflow

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/rl/report"
	"github.com/graphpnas/graphpnas/searchspace"
)

// Options configures how a run is written. The zero value is valid.
type Options struct {
	// Experiment is the name of the experiment that contains the run. By default it is the name of the space.
	Experiment string
	// Run is the name of the run. By default it is "seed N". A run replaces an earlier one with the
	// same name in the same experiment.
	Run string
	// Begun is the start time of the search; by default it is the current time. The time of an
	// evaluation is Begun plus the cost of all evaluations up to it.
	Begun time.Time
	// Report configures the page among the artifacts. By default its Name is the name of the run.
	Report report.Options
}

// run is a run that is being written.
type run struct {
	Options
	space   searchspace.Space
	history *rl.History
	dir     string // of the run
	id      string
	root    string // of the store
	metrics map[string]*bytes.Buffer
}

// Write writes a search of the space as a run to the file store in dir. It creates the directory if it does not exist.
func Write(dir string, space searchspace.Space, h *rl.History, o Options) error {
	if space == nil || h == nil || h.Space != space.Name() {
		return errors.New("writing an MLflow run: the history must be set and belong to the space")
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	o.Experiment, o.Run = cmp.Or(o.Experiment, space.Name()), cmp.Or(o.Run, fmt.Sprint("seed ", h.Seed))
	if o.Begun.IsZero() {
		o.Begun = time.Now()
	}
	sum := sha256.Sum256([]byte(o.Experiment + "\x00" + o.Run))
	r := run{Options: o, space: space, history: h, root: root, id: fmt.Sprintf("%x", sum[:16]), metrics: map[string]*bytes.Buffer{}}
	r.dir = filepath.Join(root, r.experimentID(), r.id)
	if err := r.write(); err != nil {
		return fmt.Errorf("writing an MLflow run: %w", err)
	}
	return nil
}

// experimentID returns an ID of 18 digits. It depends only on the name of the experiment, whereas MLflow's own IDs are random.
func (r *run) experimentID() string {
	sum := sha256.Sum256([]byte(r.Experiment))
	n := new(big.Int).SetBytes(sum[:7])
	return fmt.Sprintf("1%017d", n.Mod(n, big.NewInt(1e17)))
}

// write writes all files. It writes the meta.yaml of the run last, so MLflow never sees an incomplete run.
func (r *run) write() error {
	if err := os.RemoveAll(r.dir); err != nil {
		return err
	}
	for _, name := range []string{"artifacts", "metrics", "params", "tags"} {
		if err := os.MkdirAll(filepath.Join(r.dir, name), 0o777); err != nil {
			return err
		}
	}
	end := r.measure()
	if err := errors.Join(r.writeMetrics(), r.writeParams(), r.writeArtifacts(), r.writeExperiment()); err != nil {
		return err
	}
	return r.file("meta.yaml", yaml(
		"artifact_uri", "file://"+filepath.ToSlash(filepath.Join(r.dir, "artifacts")), "end_time", end.UnixMilli(), "entry_point_name", "",
		"experiment_id", r.experimentID(), "lifecycle_stage", "active", "run_id", r.id, "run_name", r.Run, "run_uuid", r.id,
		"source_name", "", "source_type", 4, "source_version", "", "start_time", r.Begun.UnixMilli(), "status", r.status(),
		"tags", []string{}, "user_id", "graphpnas"))
}

// status returns MLflow's number for the state of the search.
func (r *run) status() int {
	switch r.history.Stop {
	case "":
		return 1 // running
	case rl.StopError:
		return 4 // failed
	}
	return 3 // finished
}

// writeExperiment writes the experiment, unless it exists.
func (r *run) writeExperiment() error {
	dir := filepath.Join(r.root, r.experimentID())
	path := filepath.Join(dir, "meta.yaml")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return os.WriteFile(path, yaml(
		"artifact_location", "file://"+filepath.ToSlash(dir), "creation_time", r.Begun.UnixMilli(), "experiment_id", r.experimentID(),
		"last_update_time", r.Begun.UnixMilli(), "lifecycle_stage", "active", "name", r.Experiment), 0o666)
}

// measure collects the metrics and returns when the search ended.
func (r *run) measure() time.Time {
	at, best := r.Begun, (*float64)(nil)
	goal, single := r.goal()
	groups := r.history.Groups
	for i, e := range r.history.Evaluations {
		for len(groups) > 0 && groups[0].Number <= e.Group {
			r.group(groups[0], at, i)
			groups = groups[1:]
		}
		if at = at.Add(e.Result.Cost); e.Result.Cost > 0 {
			r.metric("cost_hours", at, at.Sub(r.Begun).Hours(), i+1)
		}
		if !e.OK() {
			continue
		}
		r.metric("value", at, e.Result.Value, i+1)
		if v, ok := goal.Figure(e.Result); ok && single && rl.WithinLimits(e.Result, r.history.Limits) && e.Budget == 0 {
			if best == nil || goal.Better(v, *best) {
				best = &v
			}
			r.metric("best", at, *best, i+1)
		}
		for _, name := range slices.Sorted(maps.Keys(e.Result.Metrics)) {
			r.metric("metric/"+legal(name), at, e.Result.Metrics[name], i+1)
		}
	}
	return at
}

// goal returns the first objective of the search, and false if there are several.
func (r *run) goal() (rl.Objective, bool) {
	if len(r.history.Objectives) == 0 {
		return rl.Objective{}, true
	}
	return r.history.Objectives[0], len(r.history.Objectives) == 1
}

// group adds the metrics of the generator from the diagnostic of a group.
func (r *run) group(g rl.Group, at time.Time, step int) {
	var d rl.Diagnostic
	if json.Unmarshal(g.Diagnostic, &d) != nil {
		return // not written by rl.Reinforce
	}
	if d.Fit != nil {
		r.metric("generator/first_loss", at, d.Fit.FirstLoss, step)
		r.metric("generator/last_loss", at, d.Fit.LastLoss, step)
	}
	if d.Marginals != nil {
		r.metric("generator/entropy", at, d.Entropy, step)
	}
	if d.Mass != nil {
		r.metric("generator/mass_of_best_tenth", at, *d.Mass, step)
	}
}

// metric adds a value of a metric.
func (r *run) metric(name string, at time.Time, value float64, step int) {
	if r.metrics[name] == nil {
		r.metrics[name] = new(bytes.Buffer)
	}
	fmt.Fprintf(r.metrics[name], "%d %v %d\n", at.UnixMilli(), value, step)
}

// legal returns the name of a metric with all characters replaced that MLflow does not allow. The
// result is always a valid file name.
func legal(name string) string {
	name = strings.Map(func(c rune) rune {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("_-. ", c) {
			return c
		}
		return '_'
	}, name)
	if strings.Trim(name, ". ") == "" {
		return "_" + strings.ReplaceAll(name, ".", "_")
	}
	return name
}
