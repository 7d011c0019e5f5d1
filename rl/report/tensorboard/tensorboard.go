// Package tensorboard writes searches as event files for TensorBoard.
//
// A [Writer] writes while the search runs:
//
//	file, err := os.Create(filepath.Join(dir, tensorboard.FileName(time.Now())))
//	…
//	events := tensorboard.NewWriter(file, tensorboard.Options{})
//	config.OnPropose, config.OnResult = events.Group, events.Evaluation
//
// [Write] writes the file of a finished search. In TensorBoard, a directory is a run, so use a separate directory for each search:
//
//	tensorboard --logdir runs
//
// The step of a value is the number of evaluations so far. An event file contains these tags:
//
//	search/value, search/best, search/cost_hours, search/failed     the objective, the best so far at the full budget and within the limits, and totals
//	search/budget, search/stopped                                   budgets below the full one, and how many evaluations were stopped
//	metrics/NAME                                                    the metrics of results
//	generator/entropy, generator/first_loss, generator/last_loss    the training of the generator
//	generator/mass_of_best_tenth                                    the probability of the best tenth of the evaluated architectures
//	generator/samples, generator/explored                           the numbers of samples drawn for a group and of trials that the explorer proposed
//	best/picture, best/notation                                     the best architecture, if Best is called
//
// The tags of the generator exist if the method is rl.Reinforce.
package tensorboard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/internal/tfrecord"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

// Options configures a [Writer]. The zero value is valid.
type Options struct {
	// Now returns the time of an event. By default it is time.Now.
	Now func() time.Time
	// Objectives lists the objectives of the search. The tag search/best shows the figure of the single objective, by default the value; it
	// is left out if there are several. It only considers results within the Limits. Write takes both from the History instead.
	Objectives []rl.Objective
	Limits     []rl.Limit
}

// FileName returns a name for an event file that TensorBoard recognizes. It contains the time at which the file begins.
func FileName(begun time.Time) string {
	return fmt.Sprintf("events.out.tfevents.%010d.graphpnas", begun.Unix())
}

// Writer writes the event file of a search while it runs. It is not safe for concurrent use; a search does not call its callbacks
// concurrently.
type Writer struct {
	out     *tfrecord.Writer
	now     func() time.Time
	done    int // evaluations
	failed  int
	stopped int // stopped early, which is not a failure
	goals   []rl.Objective
	limits  []rl.Limit
	best    *float64
	seconds float64
	err     error
}

// NewWriter returns a Writer that writes to w. It writes the first event of the file.
func NewWriter(w io.Writer, o Options) *Writer {
	t := &Writer{out: tfrecord.NewWriter(w), now: o.Now, goals: o.Objectives, limits: o.Limits}
	if t.now == nil {
		t.now = time.Now
	}
	t.write(version("brain.Event:2"))
	return t
}

// Write writes the event file of a search of the space to w. The search may still be running.
func Write(w io.Writer, space searchspace.Space, h *rl.History, o Options) error {
	o.Objectives, o.Limits = h.Objectives, h.Limits
	t := NewWriter(w, o)
	groups := h.Groups
	for e := range h.All() {
		for len(groups) > 0 && groups[0].Number <= e.Group {
			if err := t.Group(groups[0], nil); err != nil {
				return err
			}
			groups = groups[1:]
		}
		if err := t.Evaluation(e); err != nil {
			return err
		}
	}
	if best, ok := h.Best(); ok {
		return t.Best(space, best)
	}
	return t.err
}

// Evaluation writes an evaluation. It serves as [rl.Config.OnResult].
func (t *Writer) Evaluation(e rl.Evaluation) error {
	t.done++
	if e.Budget > 0 {
		t.scalar("search/budget", e.Budget)
	}
	switch {
	case e.Stopped():
		t.stopped++
		t.scalar("search/stopped", float64(t.stopped))
	case !e.OK():
		t.failed++
		t.scalar("search/failed", float64(t.failed))
	default:
		t.scalar("search/value", e.Result.Value)
		t.see(e)
	}
	if t.seconds += e.Result.Cost.Seconds(); e.Result.Cost > 0 {
		t.scalar("search/cost_hours", t.seconds/3600)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Result.Metrics)) {
		t.scalar("metrics/"+name, e.Result.Metrics[name])
	}
	return t.err
}

// see updates and writes the best figure so far at the full budget and within the limits, if the search has one objective.
func (t *Writer) see(e rl.Evaluation) {
	goal := rl.Objective{}
	switch len(t.goals) {
	case 0:
	case 1:
		goal = t.goals[0]
	default:
		return
	}
	v, ok := goal.Figure(e.Result)
	if ok && rl.WithinLimits(e.Result, t.limits) && e.Budget == 0 && (t.best == nil || goal.Better(v, *t.best)) {
		t.best = &v
	}
	if t.best != nil {
		t.scalar("search/best", *t.best)
	}
}

// Group writes the training of the generator before a group. It serves as [rl.Config.OnPropose].
func (t *Writer) Group(g rl.Group, _ []rl.Trial) error {
	var d rl.Diagnostic
	if json.Unmarshal(g.Diagnostic, &d) != nil {
		return t.err // not written by rl.Reinforce
	}
	t.scalar("generator/explored", float64(d.Explored))
	if d.Samples > 0 {
		t.scalar("generator/samples", float64(d.Samples))
	}
	if d.Fit != nil {
		t.scalar("generator/first_loss", d.Fit.FirstLoss)
		t.scalar("generator/last_loss", d.Fit.LastLoss)
	}
	if d.Marginals != nil {
		t.scalar("generator/entropy", d.Entropy)
	}
	if d.Mass != nil {
		t.scalar("generator/mass_of_best_tenth", *d.Mass)
	}
	return t.err
}

// Best writes the drawing and the notation of the best architecture so far, that of e.
func (t *Writer) Best(space searchspace.Space, e rl.Evaluation) error {
	var picture bytes.Buffer
	if err := draw.PNG(&picture, space, e.Arch, draw.Options{}); err != nil {
		return err
	}
	t.write(event(t.now(), t.done, image("best/picture", picture.Bytes())))
	t.write(event(t.now(), t.done, text("best/notation", fmt.Sprintf("%v: %s", e.Result.Value, searchspace.Text(space, e.Arch)))))
	return t.err
}

// scalar writes a number at the current step, in single precision.
func (t *Writer) scalar(tag string, x float64) { t.write(event(t.now(), t.done, scalar(tag, x))) }

// write writes a record. It does nothing after an error.
func (t *Writer) write(record []byte) {
	if t.err != nil {
		return
	}
	if err := t.out.Write(record); err != nil {
		t.err = fmt.Errorf("writing events: %w", err)
	}
}
