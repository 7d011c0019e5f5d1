package main

import (
	"fmt"
	"math"

	"github.com/graphpnas/graphpnas/internal/progress"
)

// status shows in a line how far the program has come.
type status struct {
	bar  *progress.Bar
	best float64
}

func (o options) newStatus(display *progress.Display) *status {
	return &status{display.Bar(progress.Options{
		Total: o.seeds * (o.evals + o.compared), Unit: "training runs", Times: true, Transient: true,
	}), math.Inf(-1)}
}

// begin names the part that begins.
func (s *status) begin(part string, seed uint64) { s.bar.Name(fmt.Sprintf("seed %d, %s", seed, part)) }

// trained counts a training run.
func (s *status) trained(ok bool, accuracy float64) {
	s.bar.Add(1)
	if ok && accuracy > s.best {
		s.best = accuracy
		s.bar.Note(fmt.Sprintf("best %.2f %%", accuracy))
	}
}
