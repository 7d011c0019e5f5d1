package main

import (
	"fmt"

	"github.com/graphpnas/graphpnas/internal/progress"
)

// steps shows what the program is doing: a line for each step, with a bar if the length of the step is
// known.
type steps struct {
	display *progress.Display
	bar     *progress.Bar // bar of the current step; nil if its length is not known
}

// begin begins a step. A length of 0 means that it is unknown.
func (s *steps) begin(step string, length int) {
	s.end()
	fmt.Fprintln(s.display, step)
	if length > 0 {
		s.bar = s.display.Bar(progress.Options{Total: length, Times: true, Transient: true})
	}
}

// reached sets how much of the step is done.
func (s *steps) reached(length int) {
	if s.bar != nil {
		s.bar.Set(length)
	}
}

func (s *steps) end() {
	if s.bar != nil {
		s.bar.End()
		s.bar = nil
	}
}

func (s *steps) close() {
	s.end()
	s.display.Close()
}
