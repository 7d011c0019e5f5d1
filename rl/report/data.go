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
	Live     bool         `json:"live"` // the page receives updates from the server
	State    string       `json:"state,omitempty"`
	Searches []searchData `json:"searches"`
}

// searchData describes a search.
type searchData struct {
	Name      string `json:"name"`
	Space     string `json:"space"`
	Seed      string `json:"seed"` // JavaScript's numbers cannot hold every uint64
	Objective string `json:"objective"`
	// Objectives and Limits are those of the search. A search without objectives maximizes the value.
	Objectives []rl.Objective `json:"objectives"`
	Limits     []rl.Limit     `json:"limits"`
	// Front lists the trials on the front, and Hypervolume is the hypervolume that the front dominates after each evaluation. Both are
	// set if there are several objectives.
	Front       []int    `json:"front,omitempty"`
	Hypervolume []number `json:"hypervolume,omitempty"`
	// Budgets is empty if there is only one budget. Unit is the unit of budgets.
	Budgets  []budgetData    `json:"budgets,omitempty"`
	Unit     string          `json:"unit,omitempty"`
	Stop     rl.StopReason   `json:"stop"` // empty while the search runs
	Shown    int             `json:"shown"`
	Parts    []partData      `json:"parts"`
	Rows     []row           `json:"rows"`
	Groups   []groupData     `json:"groups"`
	Spans    []spanData      `json:"spans"`
	Workers  int             `json:"workers,omitempty"` // 0 if only the spans are known
	Drawings map[int]drawing `json:"drawings,omitempty"`
	Status   *Status         `json:"status,omitempty"`
}

// row is an evaluation.
type row struct {
	Trial     int               `json:"trial"`
	Same      *int              `json:"same,omitempty"`   // the first trial of the architecture, if it is another one
	Budget    number            `json:"budget,omitempty"` // 0 is the full budget
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
	Curve     [][2]number       `json:"curve,omitempty"` // pairs of an epoch and a value
	Metrics   map[string]number `json:"metrics,omitempty"`
}

// number is encoded in JSON with nine significant digits, more than a page shows, or as null if it is not finite.
type number float64

// MarshalJSON encodes the number.
func (n number) MarshalJSON() ([]byte, error) {
	if !finite.Is(float64(n)) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', 9, 64), nil
}

// spanData is a time during which a worker was busy, in seconds from the start of the search. End is nil while the evaluation runs.
type spanData struct {
	Trial  int     `json:"trial"`
	Worker int     `json:"worker"`
	Start  number  `json:"start"`
	End    *number `json:"end,omitempty"`
}

// data describes the search without its drawings. It leaves out the given number of first rows and first groups. Hypervolumes are
// relative to the reference, or to the worst figures of the search if the reference is nil.
func (s Search) data(rows, groups int, reference []float64) (searchData, error) {
	if err := s.validate(); err != nil {
		return searchData{}, err
	}
	h := s.History
	d := searchData{
		Name: s.name(), Space: h.Space, Seed: strconv.FormatUint(h.Seed, 10), Objective: cmp.Or(s.Objective, "value"),
		Objectives: append([]rl.Objective{}, h.Objectives...), Limits: append([]rl.Limit{}, h.Limits...),
		Stop: h.Stop, Shown: s.drawn(), Parts: partsOf(s.Space), Rows: []row{}, Spans: []spanData{},
		Budgets: budgetsOf(h), Unit: s.Unit, Workers: s.Workers,
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

// sharedReference returns the worst figures of all given searches, so that their hypervolumes can be compared. It returns nil if the
// searches have different objectives or a single objective, or if no evaluation has succeeded.
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
		Budget: number(e.Budget), Stopped: e.Stopped(), Curve: curveOf(e.Result.Curve),
	}
	if !e.OK() {
		// Remove the architecture, which the row shows anyway, so that equal reasons can be counted.
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
