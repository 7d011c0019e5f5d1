package main

import (
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/searchspace"
)

// status shows the progress of a search in a line.
type status struct {
	bar  *progress.Bar
	best *find // of what the generator drew last; nil if it has drawn nothing
}

// find is the best of some draws, by its accuracy with the shared weights.
type find struct {
	arch     searchspace.Arch
	accuracy float64
	draws    int
}

// begin begins a line for a part of the search, in place of an earlier one.
func (s *status) begin(display *progress.Display, seed uint64, part, unit string, total int) {
	s.end()
	s.bar = display.Bar(progress.Options{
		Name: fmt.Sprintf("seed %d, %s", seed, part), Total: total, Unit: unit, Times: true, Transient: true,
	})
	s.note()
}

func (s *status) end() {
	if s.bar != nil {
		s.bar.End()
	}
}

func (s *status) reach(n int) { s.bar.Set(n) }

func (s *status) add() { s.bar.Add(1) }

// drawn takes draws of the generator.
func (s *status) drawn(archs []searchspace.Arch, accuracies []float64) {
	i := slices.Index(accuracies, slices.Max(accuracies))
	s.best = &find{archs[i], accuracies[i], len(archs)}
	s.note()
}

func (s *status) note() {
	if s.best != nil {
		s.bar.Note(fmt.Sprintf("best of the last draws %.1f %%", s.best.accuracy))
	}
}
