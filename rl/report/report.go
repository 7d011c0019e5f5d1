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

// defaultDrawings is how many architectures are drawn by default.
const defaultDrawings = 12

// Options says how a search is shown. The zero value is fine.
type Options struct {
	// Name is the heading of the search; by default its space and seed.
	Name string
	// Objective names Result.Value, with its unit if it has one, such as "validation accuracy (%)"; "value" by default.
	Objective string
	// Unit names what budgets count, such as "epochs", if the search has several budgets or learning curves. By default it is
	// that of the evaluator which a [Monitor] watches.
	Unit string
	// Drawings is how many of the best architectures are drawn; 0 means 12, a negative number none.
	Drawings int
	// Draw changes the drawings. Its Dark, Title and Scale are ignored.
	Draw draw.Options
	// Timeline is when workers evaluated which trials, as [rl.Search.Simulate] or [Monitor.Timeline] returns it. If nil,
	// workers are not shown.
	Timeline rl.Timeline
}

// Search is a search to be shown.
type Search struct {
	Space   searchspace.Space
	History *rl.History
	Options
}

// Write writes the page of a search of the space. The page does not change any more: the History of a running search shows
// what there was.
//
// It is an error if the History is that of another space.
func Write(w io.Writer, space searchspace.Space, h *rl.History, o Options) error {
	return WriteAll(w, "", Search{space, h, o})
}

// WriteAll writes one page of several searches, with a table that compares them. By default the title is the name of the
// only search, or "Searches".
func WriteAll(w io.Writer, title string, searches ...Search) error {
	if len(searches) == 0 {
		return errors.New("writing a report: there is no search")
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

// validate returns what is missing, or does not fit together.
func (s Search) validate() error {
	switch {
	case s.Space == nil || s.History == nil:
		return errors.New("it needs a Space and a History")
	case s.History.Space != s.Space.Name():
		return fmt.Errorf("the history is of the space %q, not of %q", s.History.Space, s.Space.Name())
	}
	return nil
}

// name returns the heading of the search.
func (s Search) name() string {
	return cmp.Or(s.Name, fmt.Sprintf("%s, seed %d", s.Space.Name(), s.History.Seed))
}

// drawn returns how many architectures are drawn.
func (o Options) drawn() int { return max(0, cmp.Or(o.Drawings, defaultDrawings)) }
