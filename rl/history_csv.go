package rl

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/figures"
	"github.com/graphpnas/graphpnas/searchspace"
)

// The columns before and after those of the metrics, and the column of metrics that have none of
// their own.
var (
	columnsBefore = []string{"trial", "group", "source", "log_prob", "value", "best", "cost_seconds"}
	columnsAfter  = []string{"arch", "error", temporaryColumn}
)

const (
	moreMetrics     = "more_metrics"
	temporaryColumn = "temporary" // ReadCSV accepts tables without it
	uncertain       = "uncertain" // its value for errors that wrap evaluator.ErrUncertain
	stopped         = "stopped"   // its value for errors that wrap evaluator.ErrStopped
	budgetColumn    = "budget"    // only in tables with several budgets
)

// CSVWriter writes evaluations as a CSV table while a search runs. Use its Write method as
// [Config.OnResult]. For a search with several budgets, use [NewBudgetCSVWriter].
//
// The columns are the trial, its group, source and log-probability, the value, the best so far, the
// cost in seconds, the metrics, the architecture (in the space's notation if it has one, otherwise
// as JSON), the error, and "true" if the error is temporary, "uncertain" if it wraps
// evaluator.ErrUncertain, or "stopped" if it wraps evaluator.ErrStopped. If a failed evaluation
// counts with a substitute value (evaluator.Penalized), the row has both the value and the error.
type CSVWriter struct {
	// Objectives and Limits are those of the search. The column "best" has the best figure of a single
	// objective so far, of results within the limits; it is empty if there are several objectives.
	Objectives []Objective
	Limits     []Limit

	out     *csv.Writer
	space   searchspace.Space
	metrics []string
	more    bool // whether there is a column more_metrics
	best    *float64
	begun   bool
	// budgets adds a column for budgets, which is empty for the full budget.
	budgets bool
}

// NewCSVWriter returns a CSVWriter whose table has a column for each of the named metrics. Other
// metrics, and those whose name is that of another column, are written as a JSON object to the
// column more_metrics.
func NewCSVWriter(w io.Writer, space searchspace.Space, metrics ...string) *CSVWriter {
	return &CSVWriter{out: csv.NewWriter(w), space: space, metrics: slices.DeleteFunc(slices.Clone(metrics), reserved), more: true}
}

// NewBudgetCSVWriter is like NewCSVWriter, but adds a column "budget" before the metrics, which is
// empty for the full budget. The column "best" considers only evaluations at the full budget.
func NewBudgetCSVWriter(w io.Writer, space searchspace.Space, metrics ...string) *CSVWriter {
	c := NewCSVWriter(w, space, metrics...)
	c.budgets = true
	return c
}

// reserved reports whether name is the name of a column that does not hold a metric.
func reserved(name string) bool {
	return name == "" || name == moreMetrics || name == budgetColumn || slices.Contains(columnsBefore, name) || slices.Contains(columnsAfter, name)
}

// Write writes an evaluation. The first call also writes the header.
func (c *CSVWriter) Write(e Evaluation) error {
	if err := c.begin(); err != nil {
		return err
	}
	row, err := c.row(e)
	if err == nil {
		err = c.out.Write(row)
	}
	if err == nil {
		c.out.Flush()
		err = c.out.Error()
	}
	if err != nil {
		return fmt.Errorf("writing a history: trial %d: %w", e.ID, err)
	}
	return nil
}

// begin writes the header once.
func (c *CSVWriter) begin() error {
	if c.begun {
		return nil
	}
	c.begun = true
	header := slices.Clone(columnsBefore)
	if c.budgets {
		header = append(header, budgetColumn)
	}
	header = append(header, c.metrics...)
	if c.more {
		header = append(header, moreMetrics)
	}
	if err := c.out.Write(append(header, columnsAfter...)); err != nil {
		return fmt.Errorf("writing a history: %w", err)
	}
	c.out.Flush()
	return c.out.Error()
}

// improve updates the best figure.
func (c *CSVWriter) improve(e Evaluation) {
	g, err := newGoals(c.Objectives, c.Limits)
	if err != nil || len(g.objectives) > 1 || !isFull(e) || g.check(e.Result) != nil || g.excesses(e.Result) != nil {
		return
	}
	o := g.objectives[0]
	v, _ := figure(e.Result, o.Metric)
	if c.best == nil || (v > *c.best) != o.Minimize && v != *c.best {
		c.best = &v
	}
}

func (c *CSVWriter) row(e Evaluation) ([]string, error) {
	value, failure, temporary, logProb, best := "", e.Result.Failure, "", "", ""
	if e.Err != nil {
		failure = e.Err.Error()
		switch {
		case e.Stopped():
			temporary = stopped
		case errors.Is(e.Err, evaluator.ErrUncertain):
			temporary = uncertain
		case errors.Is(e.Err, evaluator.ErrTemporary):
			temporary = "true"
		}
	} else {
		value = number(e.Result.Value)
		c.improve(e)
	}
	if e.LogProb != 0 {
		logProb = number(e.LogProb)
	}
	if c.best != nil {
		best = number(*c.best)
	}
	row := []string{strconv.Itoa(e.ID), strconv.Itoa(e.Group), e.Source, logProb, value, best, number(e.Result.Cost.Seconds())}
	if c.budgets {
		row = append(row, budgetCell(e.Budget))
	}
	others := maps.Clone(e.Result.Metrics)
	for _, name := range c.metrics {
		cell := ""
		if v, ok := e.Result.Metrics[name]; ok {
			cell = number(v)
		}
		delete(others, name)
		row = append(row, cell)
	}
	if c.more {
		cell := ""
		if len(others) > 0 {
			text, err := figures.Figures(others).MarshalJSON()
			if err != nil {
				return nil, err
			}
			cell = string(text)
		}
		row = append(row, cell)
	}
	text, err := archText(c.space, e.Arch)
	return append(row, text, failure, temporary), err
}

// WriteCSV writes a row for each of h.Evaluations with the columns of a [CSVWriter] and a column
// for each metric, in alphabetical order. It adds the column of budgets if some evaluations used
// less than the full budget.
func (h *History) WriteCSV(w io.Writer, space searchspace.Space) error {
	names := map[string]bool{}
	for _, e := range h.Evaluations {
		for name := range e.Result.Metrics {
			names[name] = true
		}
	}
	c := NewCSVWriter(w, space, slices.Sorted(maps.Keys(names))...)
	c.Objectives, c.Limits = h.Objectives, h.Limits
	c.more = len(c.metrics) < len(names)
	c.budgets = slices.ContainsFunc(h.Evaluations, func(e Evaluation) bool { return !isFull(e) })
	for _, e := range h.Evaluations {
		if err := c.Write(e); err != nil {
			return err
		}
	}
	return c.begin()
}

// ReadCSV reads the table of a [CSVWriter] or [History.WriteCSV]; its architectures must be in the
// space. The error of a failed evaluation has its original text and wraps [ErrRecorded], and that of
// a stopped one wraps evaluator.ErrStopped. An error of ReadCSV itself names the line. The table does
// not contain learning curves, nor the objectives and limits of the search: set those of the History
// before calling methods such as Best and Front, or use [ReadJSONL].
func ReadCSV(r io.Reader, space searchspace.Space) (*History, error) {
	in, seen := csv.NewReader(r), trialSet{}
	h := &History{Space: space.Name()}
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return h, errors.New("reading a history: the file is empty")
	}
	if err != nil {
		return h, fmt.Errorf("reading a history: %w", err)
	}
	for _, name := range slices.Concat(columnsBefore, columnsAfter) {
		if name != temporaryColumn && !slices.Contains(header, name) {
			return h, fmt.Errorf("reading a history: missing column %q among %q", name, header)
		}
	}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return h, nil
		}
		var e Evaluation
		if err == nil { // the reader's own errors name the line
			if e, err = readRow(space, header, cells); err == nil {
				err = seen.add(e.ID)
			}
			if err != nil {
				line, _ := in.FieldPos(0)
				err = fmt.Errorf("line %d: %w", line, err)
			}
		}
		if err != nil {
			return h, fmt.Errorf("reading a history: %w", err)
		}
		h.Evaluations = append(h.Evaluations, e)
		if last := len(h.Groups) - 1; last >= 0 && h.Groups[last].Number == e.Group {
			h.Groups[last].Trials = append(h.Groups[last].Trials, e.ID)
		} else {
			h.Groups = append(h.Groups, Group{Number: e.Group, First: e.ID, Trials: []int{e.ID}})
		}
	}
}

func readRow(space searchspace.Space, header, cells []string) (Evaluation, error) {
	var e Evaluation
	var seconds float64
	var failure, kind string
	var failed, temporary bool
	for i, name := range header {
		cell := cells[i]
		var err error
		switch name {
		case "trial":
			e.ID, err = strconv.Atoi(cell)
		case "group":
			e.Group, err = strconv.Atoi(cell)
		case "source":
			e.Source = cell
		case "log_prob":
			e.LogProb, err = readNumber(cell)
		case "value":
			failed = cell == ""
			e.Result.Value, err = readNumber(cell)
		case budgetColumn:
			if e.Budget, err = readNumber(cell); err == nil {
				err = checkBudget(e.Budget)
			}
		case "best":
		case "cost_seconds":
			seconds, err = readNumber(cell)
		case "arch":
			e.Arch, err = readArch(space, cell)
		case "error":
			failure = cell
		case temporaryColumn:
			if kind = cell; cell != "" && cell != uncertain && cell != stopped {
				temporary, err = strconv.ParseBool(cell)
			}
		case moreMetrics:
			err = e.addMetrics(cell)
		default:
			if cell != "" {
				var v float64
				v, err = readNumber(cell)
				e.setMetric(name, v)
			}
		}
		if err != nil {
			return e, fmt.Errorf("column %q: %w", name, err)
		}
	}
	if err := space.Validate(e.Arch); err != nil {
		return e, err
	}
	e.Key = space.Key(e.Arch)
	cost, err := duration(seconds)
	switch {
	case err != nil:
		return e, fmt.Errorf("column \"cost_seconds\": %w", err)
	case failed && kind == stopped:
		e.Result, e.Err = evaluator.Result{Cost: cost}, stoppedError(failure)
	case failed:
		e.Result, e.Err = evaluator.Result{}, recordedError{failure, temporary, kind == uncertain}
	case !finite(e.Result.Value):
		return e, fmt.Errorf("column \"value\": %w: %v", evaluator.ErrNotFinite, e.Result.Value)
	default:
		e.Result.Failure, e.Result.Cost = failure, cost
	}
	return e, nil
}

// duration converts seconds to a duration. Below 26 days, the result is exact to the nanosecond.
func duration(seconds float64) (time.Duration, error) {
	ns := math.Round(seconds * float64(time.Second))
	switch {
	case ns == math.MaxInt64: // what the longest duration rounds to
		return math.MaxInt64, nil
	case !(math.Abs(ns) < math.MaxInt64):
		return 0, fmt.Errorf("%v seconds are out of range", seconds)
	}
	return time.Duration(ns), nil
}

func (e *Evaluation) setMetric(name string, v float64) {
	if e.Result.Metrics == nil {
		e.Result.Metrics = map[string]float64{}
	}
	e.Result.Metrics[name] = v
}

func (e *Evaluation) addMetrics(cell string) error {
	if cell == "" {
		return nil
	}
	var more figures.Figures
	if err := json.Unmarshal([]byte(cell), &more); err != nil {
		return err
	}
	for name, v := range more {
		e.setMetric(name, v)
	}
	return nil
}

// budgetCell returns the cell of a budget, which is empty for the full budget.
func budgetCell(budget float64) string {
	if budget == 0 {
		return ""
	}
	return number(budget)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// readNumber parses what number formats. An empty cell is zero.
func readNumber(cell string) (float64, error) {
	if cell == "" {
		return 0, nil
	}
	return strconv.ParseFloat(cell, 64)
}

func archText(space searchspace.Space, a searchspace.Arch) (string, error) {
	if n, ok := space.(searchspace.Notation); ok {
		return n.Format(a), nil
	}
	text, err := a.MarshalJSON()
	return string(text), err
}

// readArch parses what archText returns.
func readArch(space searchspace.Space, text string) (a searchspace.Arch, err error) {
	if n, ok := space.(searchspace.Notation); ok && !strings.HasPrefix(text, "{") {
		return n.Parse(text)
	}
	err = json.Unmarshal([]byte(text), &a)
	return a, err
}
