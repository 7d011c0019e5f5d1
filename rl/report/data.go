package report

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/finite"
	"github.com/graphpnas/graphpnas/rl"
	"github.com/graphpnas/graphpnas/searchspace"
)

// pageData is the input of the page's script, as JSON.
type pageData struct {
	Title    string       `json:"title"`
	Live     bool         `json:"live"` // the page asks the server for what is new
	State    string       `json:"state,omitempty"`
	Searches []searchData `json:"searches"`
}

// searchData describes a search.
type searchData struct {
	Name      string `json:"name"`
	Space     string `json:"space"`
	Seed      string `json:"seed"` // JavaScript's numbers are too small
	Objective string `json:"objective"`
	// Objectives and Limits are the search's; without objectives it maximizes the value.
	Objectives []rl.Objective `json:"objectives"`
	Limits     []rl.Limit     `json:"limits"`
	// Front are the trials on the front, and Hypervolume what it dominates after each evaluation, if there are several
	// objectives.
	Front       []int    `json:"front,omitempty"`
	Hypervolume []number `json:"hypervolume,omitempty"`
	// Budgets are empty if there is only one. Unit is what they count.
	Budgets  []budgetData    `json:"budgets,omitempty"`
	Unit     string          `json:"unit,omitempty"`
	Stop     rl.StopReason   `json:"stop"` // empty: it goes on
	Shown    int             `json:"shown"`
	Parts    []partData      `json:"parts"`
	Rows     []row           `json:"rows"`
	Groups   []groupData     `json:"groups"`
	Spans    []spanData      `json:"spans"`
	Drawings map[int]drawing `json:"drawings,omitempty"`
	Status   *Status         `json:"status,omitempty"`
}

// row is an evaluation.
type row struct {
	Trial     int               `json:"trial"`
	Same      *int              `json:"same,omitempty"`   // the first trial of the architecture, unless it is this one
	Budget    number            `json:"budget,omitempty"` // 0: the full one
	Group     int               `json:"group"`
	Source    string            `json:"source,omitempty"`
	Value     *number           `json:"value,omitempty"`
	Cost      number            `json:"cost,omitempty"` // in seconds
	LogProb   number            `json:"logProb,omitempty"`
	Arch      string            `json:"arch"`
	Error     string            `json:"error,omitempty"`
	Temporary bool              `json:"temporary,omitempty"`
	Stopped   bool              `json:"stopped,omitempty"`
	Repeat    bool              `json:"repeat,omitempty"`
	Curve     [][2]number       `json:"curve,omitempty"` // values after some epochs
	Metrics   map[string]number `json:"metrics,omitempty"`
}

// number is written to JSON in nine digits, which is more than a page shows, and as null if it is not finite.
type number float64

// MarshalJSON writes the number.
func (n number) MarshalJSON() ([]byte, error) {
	if !finite.Is(float64(n)) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', 9, 64), nil
}

// spanData is when a worker was busy, in seconds from the start of the search. A span that has not ended has no end.
type spanData struct {
	Trial  int     `json:"trial"`
	Worker int     `json:"worker"`
	Start  number  `json:"start"`
	End    *number `json:"end,omitempty"`
}

// data describes the search, without drawings, the first rows and the first groups. Hypervolumes are measured from the reference, or
// from the search's own worst figures if it is nil.
func (s Search) data(rows, groups int, reference []float64) (searchData, error) {
	if err := s.validate(); err != nil {
		return searchData{}, err
	}
	h := s.History
	d := searchData{
		Name: s.name(), Space: h.Space, Seed: strconv.FormatUint(h.Seed, 10), Objective: cmp.Or(s.Objective, "value"),
		Objectives: append([]rl.Objective{}, h.Objectives...), Limits: append([]rl.Limit{}, h.Limits...),
		Stop: h.Stop, Shown: s.drawn(), Parts: partsOf(s.Space), Rows: []row{}, Spans: []spanData{},
		Budgets: budgetsOf(h), Unit: s.Unit,
	}
	first := firstTrials(h.Evaluations)
	all := slices.Concat(h.Evaluations, h.Repeats, h.Past)
	for _, e := range all[min(rows, len(all)):] {
		r := s.row(e)
		if trial, ok := first[e.Key]; ok && trial != e.ID {
			r.Same = &trial
		}
		d.Rows = append(d.Rows, r)
	}
	if len(h.Objectives) > 1 {
		volumes, err := h.Hypervolume(reference)
		if err != nil {
			return searchData{}, err
		}
		for _, v := range volumes {
			d.Hypervolume = append(d.Hypervolume, number(v))
		}
		for _, e := range h.Front() {
			d.Front = append(d.Front, e.ID)
		}
	}
	d.Groups = groupsOf(h.Groups[min(groups, len(h.Groups)):])
	for _, span := range s.Timeline {
		end := number(span.End.Seconds())
		d.Spans = append(d.Spans, spanData{span.Trial, span.Worker, number(span.Start.Seconds()), &end})
	}
	return d, nil
}

// sharedReference returns the worst figures that any of several searches has found, so that their hypervolumes can be compared. It
// returns nil if they do not have the same objectives, several of them, or if nothing has succeeded.
func sharedReference(histories []*rl.History) []float64 {
	var shared []float64
	for _, h := range histories {
		if len(h.Objectives) < 2 || !slices.Equal(h.Objectives, histories[0].Objectives) {
			return nil
		}
		worst := h.Worst()
		if shared == nil {
			shared = worst
			continue
		}
		for k, v := range worst {
			if h.Objectives[k].Better(shared[k], v) {
				shared[k] = v
			}
		}
	}
	return shared
}

// row describes an evaluation.
func (s Search) row(e rl.Evaluation) row {
	r := row{
		Trial: e.ID, Group: e.Group, Source: e.Source, Repeat: e.Repeat, LogProb: number(e.LogProb),
		Arch: searchspace.Text(s.Space, e.Arch), Error: e.Result.Failure, Cost: number(e.Result.Cost.Seconds()),
		Budget: number(e.Budget), Stopped: isStopped(e), Curve: curveOf(e.Result.Curve),
	}
	if !e.OK() {
		// The search says which architecture failed, which the row does too: without that, equal reasons can be counted.
		reason := strings.TrimPrefix(e.Err.Error(), "evaluating ["+r.Arch+"]: ")
		r.Error, r.Temporary = cmp.Or(reason, "failed"), errors.Is(e.Err, evaluator.ErrTemporary)
		return r
	}
	value := number(e.Result.Value)
	r.Value = &value
	for name, m := range e.Result.Metrics {
		if r.Metrics == nil {
			r.Metrics = map[string]number{}
		}
		r.Metrics[name] = number(m)
	}
	return r
}
