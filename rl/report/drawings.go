package report

import (
	"bytes"
	"fmt"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

// drawing holds drawings of an architecture as SVG, for a light and for a dark page.
type drawing struct {
	Light string `json:"light"`
	Dark  string `json:"dark"`
}

// best returns the evaluations whose architectures are drawn: the best ones, or the front if there are several objectives.
func (s Search) best() []rl.Evaluation {
	if len(s.History.Objectives) < 2 {
		return s.History.Top(s.drawn())
	}
	front := s.History.Front()
	return front[:min(s.drawn(), len(front))]
}

// drawings returns drawings of the best architectures by trial ID.
func (s Search) drawings() (map[int]drawing, error) {
	all := map[int]drawing{}
	for _, e := range s.best() {
		light, err := s.drawing(e.Arch, false)
		if err != nil {
			return nil, fmt.Errorf("trial %d: %w", e.ID, err)
		}
		dark, err := s.drawing(e.Arch, true)
		if err != nil {
			return nil, fmt.Errorf("trial %d: %w", e.ID, err)
		}
		all[e.ID] = drawing{light, dark}
	}
	return all, nil
}

// drawing draws an architecture as SVG.
func (s Search) drawing(a searchspace.Arch, dark bool) (string, error) {
	o := s.Draw
	o.Title, o.Dark = "", dark
	var text bytes.Buffer
	err := draw.SVG(&text, s.Space, a, o)
	return text.String(), err
}
