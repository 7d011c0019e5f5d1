package rl

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// line is one line of a history in JSON Lines.
type line struct {
	Search     *searchLine     `json:"search,omitempty"`
	Past       *evaluationLine `json:"past,omitempty"`
	Group      *Group          `json:"group,omitempty"`
	Evaluation *evaluationLine `json:"evaluation,omitempty"`
	End        *endLine        `json:"end,omitempty"`
}

type searchLine struct {
	Space      string      `json:"space"`
	Seed       uint64      `json:"seed"`
	Objectives []Objective `json:"objectives,omitempty"`
	Limits     []Limit     `json:"limits,omitempty"`
}

type endLine struct {
	Stop StopReason `json:"stop"`
}

// evaluationLine is an evaluation. Value is nil if it failed.
type evaluationLine struct {
	Trial   int              `json:"trial"`
	Group   int              `json:"group"`
	Source  string           `json:"source,omitempty"`
	LogProb float64          `json:"log_prob,omitempty"`
	Repeat  bool             `json:"repeat,omitempty"`
	Arch    searchspace.Arch `json:"arch"`
	Budget  float64          `json:"budget,omitempty"`
	outcome
}

func newEvaluationLine(e Evaluation) *evaluationLine {
	return &evaluationLine{
		Trial: e.ID, Group: e.Group, Source: e.Source, LogProb: e.LogProb, Repeat: e.Repeat, Arch: e.Arch, Budget: e.Budget,
		outcome: newOutcome(e.Result, e.Err),
	}
}

func (l *evaluationLine) evaluation(space searchspace.Space, g goals) (Evaluation, error) {
	if err := errors.Join(space.Validate(l.Arch), checkBudget(l.Budget)); err != nil {
		return Evaluation{}, fmt.Errorf("trial %d: %w", l.Trial, err)
	}
	e := Evaluation{Repeat: l.Repeat, Trial: Trial{
		ID: l.Trial, Group: l.Group, Arch: l.Arch, Key: space.Key(l.Arch), Budget: l.Budget, Source: l.Source, LogProb: l.LogProb,
	}}
	if e.Result, e.Err = l.read(); e.OK() {
		if err := g.check(e.Result); err != nil {
			return Evaluation{}, fmt.Errorf("trial %d: %w", l.Trial, err)
		}
	}
	return e, nil
}

// JSONLWriter writes a history as JSON Lines while the search runs. Use its methods Group and
// Evaluation as [Config.OnPropose] and [Config.OnResult]:
//
//	out := rl.NewJSONLWriter(file, search.History())
//
// The file is byte for byte what [History.WriteJSONL] writes at the end.
type JSONLWriter struct {
	out     *json.Encoder
	groups  []Group
	written map[int]bool // the trials
	err     error
}

// NewJSONLWriter returns a JSONLWriter and writes what h already contains at the start of the
// search.
func NewJSONLWriter(w io.Writer, h *History) *JSONLWriter {
	j := &JSONLWriter{out: json.NewEncoder(w), written: map[int]bool{}}
	j.out.SetEscapeHTML(false)
	j.write(line{Search: &searchLine{h.Space, h.Seed, h.Objectives, h.Limits}})
	for _, e := range h.Past {
		j.write(line{Past: newEvaluationLine(e)})
	}
	return j
}

func (j *JSONLWriter) write(l line) {
	if j.err == nil {
		if err := j.out.Encode(l); err != nil {
			j.err = fmt.Errorf("writing a history: %w", err)
		}
	}
}

// Group writes a group. It must be called before Evaluation is called for a trial of the group.
func (j *JSONLWriter) Group(g Group, _ []Trial) error {
	j.groups = append(j.groups, g)
	return j.err
}

// Evaluation writes an evaluation.
func (j *JSONLWriter) Evaluation(e Evaluation) error {
	j.begin(e.Group)
	j.written[e.ID] = true
	j.write(line{Evaluation: newEvaluationLine(e)})
	return j.err
}

// begin writes the groups up to the given number.
func (j *JSONLWriter) begin(number int) {
	for len(j.groups) > 0 && j.groups[0].Number <= number {
		j.write(line{Group: &j.groups[0]})
		j.groups = j.groups[1:]
	}
}

// End writes the rest: evaluations that finished out of order before the search was interrupted,
// the repeats, and the reason that the search ended, if it has.
func (j *JSONLWriter) End(h *History) error {
	for _, e := range h.Evaluations {
		if !j.written[e.ID] {
			if err := j.Evaluation(e); err != nil {
				return err
			}
		}
	}
	if len(h.Groups) > 0 {
		j.begin(h.Groups[len(h.Groups)-1].Number)
	}
	for _, e := range h.Repeats {
		j.write(line{Evaluation: newEvaluationLine(e)})
	}
	if h.Stop != "" {
		j.write(line{End: &endLine{h.Stop}})
	}
	return j.err
}

// WriteJSONL writes the history as JSON Lines, which [ReadJSONL] reads back completely: one line
// for the search, one for each past evaluation, one for each group before its first evaluation, one
// for each evaluation and repeat, and one for the end.
func (h *History) WriteJSONL(w io.Writer) error {
	out := bufio.NewWriter(w)
	j := NewJSONLWriter(out, h)
	j.groups = slices.Clone(h.Groups)
	if err := j.End(h); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing a history: %w", err)
	}
	return nil
}

// ReadJSONL reads a history of the space. The error of a failed evaluation has its original text
// and wraps [ErrRecorded], and that of a stopped one wraps evaluator.ErrStopped. If a line cannot be
// read, for example because the writing program was killed or a result lacks the figure of an
// objective or limit, ReadJSONL returns the history up to there and an error that names the line.
func ReadJSONL(r io.Reader, space searchspace.Space) (*History, error) {
	h := &History{Space: space.Name()}
	in, seen := bufio.NewReader(r), trialSet{}
	for number := 1; ; number++ {
		text, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(text) == 0 {
			return h, nil
		}
		if err == nil {
			err = h.add(text, space, seen)
		} else if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // the last line is incomplete
		}
		if err != nil {
			return h, fmt.Errorf("reading a history: line %d: %w", number, err)
		}
	}
}

// trialSet contains the numbers of the trials that a file has listed so far.
type trialSet map[int]bool

func (s trialSet) add(id int) error {
	if s[id] {
		return fmt.Errorf("trial %d is listed twice", id)
	}
	s[id] = true
	return nil
}

// add adds a line to the history.
func (h *History) add(text []byte, space searchspace.Space, seen trialSet) error {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	switch {
	case l.Search != nil:
		if l.Search.Space != space.Name() {
			return fmt.Errorf("the history is of the space %q, want %q", l.Search.Space, space.Name())
		}
		if len(seen) > 0 || len(h.Past) > 0 {
			return errors.New("the search must come before its evaluations")
		}
		if _, err := newGoals(l.Search.Objectives, l.Search.Limits); err != nil {
			return err
		}
		h.Seed, h.Objectives, h.Limits = l.Search.Seed, l.Search.Objectives, l.Search.Limits
	case l.Group != nil:
		if last := len(h.Groups) - 1; last >= 0 && h.Groups[last].Number >= l.Group.Number {
			return fmt.Errorf("group %d follows group %d, want consecutive numbers", l.Group.Number, h.Groups[last].Number)
		}
		h.Groups = append(h.Groups, *l.Group)
	case l.Past != nil:
		e, err := l.Past.evaluation(space, h.goals())
		if err != nil {
			return err
		}
		h.Past = append(h.Past, e)
	case l.Evaluation != nil:
		e, err := l.Evaluation.evaluation(space, h.goals())
		if err = errors.Join(err, seen.add(l.Evaluation.Trial)); err != nil {
			return err
		}
		if e.Repeat {
			h.Repeats = append(h.Repeats, e)
		} else {
			h.Evaluations = append(h.Evaluations, e)
		}
	case l.End != nil:
		h.Stop = l.End.Stop
	default:
		return errors.New("the line must have a search, a group, an evaluation or an end")
	}
	return nil
}
