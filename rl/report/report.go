package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
	"github.com/graphpnas/graphpnas/searchspace/draw"
)

// defaultDrawings is the default number of drawn architectures.
const defaultDrawings = 12

// Options configures how a search is shown. The zero value is valid.
type Options struct {
	// Name is the heading of the search. By default it consists of the space and the seed.
	Name string
	// Objective is the name of Result.Value, with its unit if any, such as "validation accuracy (%)". By default it is "value".
	Objective string
	// Unit is the unit of budgets, such as "epochs". The page shows it if the search has several budgets or learning curves. A [Monitor]
	// takes it from the evaluator by default.
	Unit string
	// Drawings is the number of best architectures to draw. 0 means 12, and a negative number means none.
	Drawings int
	// Draw configures the drawings. The fields Dark, Title and Scale are ignored.
	Draw draw.Options
	// Timeline records when workers evaluated each trial, as returned by [rl.Search.Simulate] or
	// [Monitor.Timeline]. If it is nil, the page does not show workers.
	Timeline rl.Timeline
	// Workers is the number of workers, including any that were never busy. A [Monitor] takes it from Config.Workers. By default, it is the
	// number of workers in the Timeline.
	Workers int
}

// Search is a search to show on a page.
type Search struct {
	Space   searchspace.Space
	History *rl.History
	Options
}

// Write writes the page of a search of the space to w. If the search is still running, the page shows the state at the time of the call.
//
// Write returns an error if the History belongs to another space.
func Write(w io.Writer, space searchspace.Space, h *rl.History, o Options) error {
	return WriteAll(w, "", Search{space, h, o})
}

// WriteAll writes one page for several searches, with a table that compares them. If the title is
// empty, it is the name of the search, or "Searches" if there are several.
func WriteAll(w io.Writer, title string, searches ...Search) error {
	if len(searches) == 0 {
		return errors.New("writing a report: there must be at least one search")
	}
	p := pageData{Title: title}
	var histories []*rl.History
	for i, s := range searches {
		if err := s.validate(); err != nil {
			return fmt.Errorf("writing a report: search %d: %w", i, err)
		}
		histories = append(histories, s.History)
	}
	reference := sharedReference(histories)
	for i, s := range searches {
		data, err := s.data(0, 0, reference)
		if err != nil {
			return fmt.Errorf("writing a report: search %d: %w", i, err)
		}
		if data.Drawings, err = s.drawings(); err != nil {
			return fmt.Errorf("writing a report: search %d: %w", i, err)
		}
		p.Searches = append(p.Searches, data)
	}
	if err := p.write(w); err != nil {
		return fmt.Errorf("writing a report: %w", err)
	}
	return nil
}

// validate returns an error if the space or the history is missing, or if they do not belong together.
func (s Search) validate() error {
	switch {
	case s.Space == nil || s.History == nil:
		return errors.New("the Space and the History must be set")
	case s.History.Space != s.Space.Name():
		return fmt.Errorf("the history belongs to the space %q, not to %q", s.History.Space, s.Space.Name())
	}
	return nil
}

// name returns the heading of the search.
func (s Search) name() string {
	return cmp.Or(s.Name, fmt.Sprintf("%s, seed %d", s.Space.Name(), s.History.Seed))
}

// drawn returns the number of architectures to draw.
func (o Options) drawn() int { return max(0, cmp.Or(o.Drawings, defaultDrawings)) }
