package main

import (
	"fmt"

	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/internal/progress"
)

// status shows the progress of the program in a line.
type status struct{ *tool.Best }

func (o options) newStatus(display *progress.Display) *status {
	return &status{tool.NewBest(display.Bar(progress.Options{
		Total: o.Seeds * (len(o.learners)*o.evals + o.graphs), Unit: "training runs", Times: true, Transient: true,
	}))}
}

// begin names the part that begins.
func (s *status) begin(part string, seed uint64) { s.Name(fmt.Sprintf("seed %d, %s", seed, part)) }

// trained counts a training run.
func (s *status) trained(ok bool, accuracy float64) {
	s.Count(ok, accuracy, fmt.Sprintf("best %.2f %%", accuracy))
}
