package main

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/evaluator/network"
	"github.com/graphpnas/graphpnas/evaluator/oracle"
)

// figure describes a figure of each training run: its column, how to get it, and the number of
// decimals.
type figure struct {
	column string
	of     func(evaluator.Result) (value float64, ok bool)
	digits int
}

var figures = []figure{
	{"valid", func(r evaluator.Result) (float64, bool) { return r.Value, true }, 3},
	{"test", metric(oracle.TestAccuracy), 3},
	{"valid_loss", metric(oracle.ValidLoss), 4},
	{"test_loss", metric(oracle.TestLoss), 4},
}

func metric(name string) func(evaluator.Result) (float64, bool) {
	return func(r evaluator.Result) (float64, bool) {
		value, ok := r.Metrics[name]
		return value, ok
	}
}

// mean returns the mean over the training runs of a cell, or "" if one lacks the figure.
func (f figure) mean(trainings []evaluator.Result) string {
	sum := 0.0
	for _, r := range trainings {
		value, ok := f.of(r)
		if !ok {
			return ""
		}
		sum += value
	}
	return f.format(sum / float64(len(trainings)))
}

func (f figure) one(r evaluator.Result) string {
	value, ok := f.of(r)
	if !ok {
		return ""
	}
	return f.format(value)
}

func (f figure) format(value float64) string { return strconv.FormatFloat(value, 'f', f.digits, 64) }

// header returns the names of the columns: means over the seeds, the figures of each seed, the cost
// of both training runs, and the figures of the cell itself.
func header() []string {
	names := []string{"arch"}
	for _, f := range figures {
		names = append(names, f.column)
	}
	for seed := range seeds {
		for _, f := range figures {
			names = append(names, fmt.Sprintf("%s_%d", f.column, seed))
		}
	}
	return append(names, "seconds", "params", "flops")
}

// writeTable writes a row for every cell. Rows of the same function are consecutive, which
// compresses well.
func writeTable(w io.Writer, in network.Input, functions []function, results [seeds][]evaluator.Result) error {
	compressed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	out := csv.NewWriter(compressed)
	if err := out.Write(header()); err != nil {
		return err
	}
	for i, f := range functions {
		trained := trainedFigures(trainingsOf(results, i))
		for _, cell := range f.cells {
			plan, err := network.NewPlan(design, cell, in)
			if err != nil {
				return err
			}
			row := append([]string{space.Format(cell)}, trained...)
			row = append(row, strconv.FormatInt(plan.Params(), 10), strconv.FormatInt(plan.FLOPs(), 10))
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return compressed.Close()
}

// trainingsOf returns the training runs of function i, by seed.
func trainingsOf(results [seeds][]evaluator.Result, i int) []evaluator.Result {
	var trainings []evaluator.Result
	for _, ofSeed := range results {
		trainings = append(trainings, ofSeed[i])
	}
	return trainings
}

// trainedFigures returns the cells of a row that all cells of a function have in common.
func trainedFigures(trainings []evaluator.Result) []string {
	var row []string
	for _, f := range figures {
		row = append(row, f.mean(trainings))
	}
	seconds := 0.0
	for _, r := range trainings {
		for _, f := range figures {
			row = append(row, f.one(r))
		}
		seconds += r.Cost.Seconds()
	}
	return append(row, strconv.FormatFloat(seconds, 'f', 2, 64))
}
