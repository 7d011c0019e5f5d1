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

// The columns of a history that come before and after its metrics, and the one for metrics without a column.
var (
	columnsBefore = []string{"trial", "group", "source", "log_prob", "value", "best", "cost_seconds"}
	columnsAfter  = []string{"arch", "error", temporaryColumn}
)

const (
	moreMetrics     = "more_metrics"
	temporaryColumn = "temporary" // optional when read
	budgetColumn    = "budget"    // only if there are several
)

// CSVWriter writes evaluations as a table while the search runs. Its method Write serves as [Config.OnResult].
//
// A search at several budgets needs [NewBudgetCSVWriter].
//
// The columns are the trial, its group, source and log-probability, the value, the best value so far, the cost in
// seconds, the metrics, the architecture (in the space's notation if it has one, else as JSON), the error, and "true" if
// the error is temporary. If a value stands in for that of a failed evaluation (evaluator.Penalized), the error column
// holds the failure beside the value.
type CSVWriter struct {
	out     *csv.Writer
	space   searchspace.Space
	metrics []string
	more    bool // there is a column for other metrics
	best    *float64
	begun   bool
	// budgets adds a column of budgets, empty for the full one.
	budgets bool
}

// NewCSVWriter begins a table with a column for each of the named metrics. Metrics of other names, and those that are called
// like another column, go as a JSON object into the column more_metrics.
func NewCSVWriter(w io.Writer, space searchspace.Space, metrics ...string) *CSVWriter {
	return &CSVWriter{out: csv.NewWriter(w), space: space, metrics: slices.DeleteFunc(slices.Clone(metrics), reserved), more: true}
}

// NewBudgetCSVWriter is NewCSVWriter with a column "budget" before the metrics, which is empty for the full budget. The best value
// so far is that at the full budget.
func NewBudgetCSVWriter(w io.Writer, space searchspace.Space, metrics ...string) *CSVWriter {
	c := NewCSVWriter(w, space, metrics...)
	c.budgets = true
	return c
}

// reserved reports whether a column of that name is no metric.
func reserved(name string) bool {
	return name == "" || name == moreMetrics || name == budgetColumn || slices.Contains(columnsBefore, name) || slices.Contains(columnsAfter, name)
}

// Write writes an evaluation, and the header before the first.
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

func (c *CSVWriter) row(e Evaluation) ([]string, error) {
	value, failure, temporary, logProb, best := "", e.Result.Failure, "", "", ""
	if e.Err != nil {
		failure = e.Err.Error()
		if errors.Is(e.Err, evaluator.ErrTemporary) {
			temporary = "true"
		}
	} else {
		value = number(e.Result.Value)
		if isFull(e) && (c.best == nil || e.Result.Value > *c.best) {
			c.best = &e.Result.Value
		}
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

// WriteCSV writes a row for each evaluation of the search, with the columns of a [CSVWriter] and one for every metric, in
// alphabetic order. If there are evaluations at smaller budgets, there is a column of budgets.
func (h *History) WriteCSV(w io.Writer, space searchspace.Space) error {
	names := map[string]bool{}
	for _, e := range h.Evaluations {
		for name := range e.Result.Metrics {
			names[name] = true
		}
	}
	c := NewCSVWriter(w, space, slices.Sorted(maps.Keys(names))...)
	c.more = len(c.metrics) < len(names)
	c.budgets = slices.ContainsFunc(h.Evaluations, func(e Evaluation) bool { return !isFull(e) })
	for _, e := range h.Evaluations {
		if err := c.Write(e); err != nil {
			return err
		}
	}
	return c.begin()
}

// ReadCSV reads the evaluations of a history of the space. The error of a failed evaluation reads as it did and wraps
// [ErrRecorded]. Errors name the line.
func ReadCSV(r io.Reader, space searchspace.Space) (*History, error) {
	in := csv.NewReader(r)
	h := &History{Space: space.Name()}
	header, err := in.Read()
	if err != nil {
		return h, fmt.Errorf("reading a history: %w", err)
	}
	for _, name := range slices.Concat(columnsBefore, columnsAfter) {
		if name != temporaryColumn && !slices.Contains(header, name) {
			return h, fmt.Errorf("reading a history: there is no column %q, but %q", name, header)
		}
	}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return h, nil
		}
		var e Evaluation
		if err == nil { // an error of the reader names its line itself
			if e, err = readRow(space, header, cells); err != nil {
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
	var failure string
	failed, temporary := false, false
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
			if cell != "" {
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
	if failed {
		e.Result, e.Err = evaluator.Result{}, recordedError{failure, temporary}
		return e, nil
	}
	if !finite(e.Result.Value) {
		return e, fmt.Errorf("column \"value\": %w: %v", evaluator.ErrNotFinite, e.Result.Value)
	}
	e.Result.Failure = failure
	var err error
	if e.Result.Cost, err = duration(seconds); err != nil {
		return e, fmt.Errorf("column \"cost_seconds\": %w", err)
	}
	return e, nil
}

// duration returns a number of seconds as a duration, to the nanosecond if it is below 26 days.
func duration(seconds float64) (time.Duration, error) {
	ns := math.Round(seconds * float64(time.Second))
	switch {
	case ns == math.MaxInt64: // which is how the longest duration reads in seconds
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

// budgetCell writes a budget, the full one as nothing.
func budgetCell(budget float64) string {
	if budget == 0 {
		return ""
	}
	return number(budget)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// readNumber reads what number writes, and an empty cell as zero.
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

// readArch reads what archText writes.
func readArch(space searchspace.Space, text string) (a searchspace.Arch, err error) {
	if n, ok := space.(searchspace.Notation); ok && !strings.HasPrefix(text, "{") {
		return n.Parse(text)
	}
	err = json.Unmarshal([]byte(text), &a)
	return a, err
}
