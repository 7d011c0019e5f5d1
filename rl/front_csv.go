package rl

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/graphpnas/graphpnas/searchspace"
)

// WriteFrontCSV writes a table with one row for each evaluation: the trial, the figures of the
// objectives and limits, whether the evaluation is feasible (successful and within the limits),
// whether it is on the final front, the hypervolume so far, and the architecture. The reference is
// that of [History.Hypervolume]. The figures of failed evaluations are empty.
func (h *History) WriteFrontCSV(w io.Writer, space searchspace.Space, reference []float64) error {
	volumes, err := h.Hypervolume(reference)
	if err != nil {
		return err
	}
	metrics := h.goals().metrics()
	header := []string{"trial"}
	for _, m := range metrics {
		header = append(header, figureName(m))
	}
	rows := [][]string{append(header, "feasible", "front", "hypervolume", "arch")}
	front := map[int]bool{}
	for _, e := range h.Front() {
		front[e.ID] = true
	}
	for i, e := range h.Evaluations {
		row := []string{strconv.Itoa(e.ID)}
		for _, m := range metrics {
			cell := ""
			if v, ok := figure(e.Result, m); ok && e.OK() {
				cell = number(v)
			}
			row = append(row, cell)
		}
		text, err := archText(space, e.Arch)
		if err != nil {
			return fmt.Errorf("writing a front: trial %d: %w", e.ID, err)
		}
		rows = append(rows, append(row, strconv.FormatBool(h.Feasible(e)), strconv.FormatBool(front[e.ID]), number(volumes[i]), text))
	}
	if err := csv.NewWriter(w).WriteAll(rows); err != nil {
		return fmt.Errorf("writing a front: %w", err)
	}
	return nil
}

// metrics returns the names of the figures of all objectives and limits, each once.
func (g goals) metrics() []string {
	var all []string
	for _, o := range g.objectives {
		all = append(all, o.Metric)
	}
	for _, l := range g.limits {
		if !slices.Contains(all, l.Metric) {
			all = append(all, l.Metric)
		}
	}
	return all
}
