package main

import (
	"fmt"
	"math"
	"sync"

	"github.com/graphpnas/graphpnas/internal/progress"
	"github.com/graphpnas/graphpnas/rl"
)

// status shows in a line how far a comparison has come. It is safe for concurrent use.
type status struct {
	bar     *progress.Bar
	planned int // searches

	mu   sync.Mutex // guards what follows
	done int        // searches
	best float64
}

// newStatus begins a line for a comparison of which some searches are done. Each search has evals evaluations.
func newStatus(display *progress.Display, done, planned, evals int) *status {
	s := &status{planned: planned, done: done, best: math.Inf(-1)}
	s.bar = display.Bar(progress.Options{
		Name: s.name(), Total: (planned - done) * evals, Unit: "evaluations", Times: true, Transient: true,
	})
	return s
}

func (s *status) name() string { return fmt.Sprintf("%d of %d searches", s.done, s.planned) }

// evaluated counts an evaluation of a method.
func (s *status) evaluated(method string, e rl.Evaluation) {
	s.bar.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.OK() && e.Result.Value > s.best {
		s.best = e.Result.Value
		s.bar.Note(fmt.Sprintf("best %.3f by %s", s.best, method))
	}
}

// finished counts a search, which may have ended before all its evaluations.
func (s *status) finished(unused int) {
	s.bar.Add(unused)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	s.bar.Name(s.name())
}
