package main

import (
	"fmt"
	"sync"

	"github.com/graphpnas/graphpnas/examples/internal/tool"
	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/rl"
)

// status shows the progress of a comparison on one line. It is safe for concurrent use.
type status struct {
	*tool.Best
	planned int // searches

	mu   sync.Mutex // guards the fields below
	done int        // searches
}

// newStatus begins the line of a comparison in which some searches are already done. Each search has evals
// evaluations.
func newStatus(display *progress.Display, done, planned, evals int) *status {
	s := &status{planned: planned, done: done}
	s.Best = tool.NewBest(display.Bar(progress.Options{
		Name: s.name(), Total: (planned - done) * evals, Unit: "evaluations", Times: true, Transient: true,
	}))
	return s
}

func (s *status) name() string { return fmt.Sprintf("%d of %d searches", s.done, s.planned) }

// evaluated counts an evaluation of a method.
func (s *status) evaluated(method string, e rl.Evaluation) {
	s.Count(e.OK(), e.Result.Value, fmt.Sprintf("best %.3f by %s", e.Result.Value, method))
}

// finished counts a search. unused is the number of its evaluations that were not needed.
func (s *status) finished(unused int) {
	s.Add(unused)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	s.Name(s.name())
}
