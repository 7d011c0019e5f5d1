package rl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/figures"
)

// Recorder keeps the record of one search, from which the search is resumed: a line of JSON for each group that is
// proposed and each result that is told. A store of package evaluator/store has one for every search.
//
// To resume, make the same search again with the same Recorder: the same space, Seed, Batch and Lag (set Lag if you change
// Workers, whose default it follows), and a method that begins as it did then, with a model of the same first weights. The
// method is asked for every recorded group again, which includes its trainings, and must propose what it proposed then.
// Evaluations may be larger: the search goes on to the new limit.
type Recorder interface {
	// Record appends a line. It must be durable when Record returns: Ask hands out no trial, and Tell counts no result,
	// before that.
	Record(ctx context.Context, line []byte) error
	// Recorded iterates over the lines in the order in which they were recorded.
	Recorded(ctx context.Context) iter.Seq2[[]byte, error]
}

// ErrOtherSearch is wrapped by the error of a search whose Recorder holds the record of another one: with another seed,
// space, method or other settings that change what is proposed.
var ErrOtherSearch = errors.New("the record is that of another search")

// entry is a line of the record.
type entry struct {
	Search   *identity `json:"search,omitempty"`
	Proposal *proposal `json:"proposal,omitempty"`
	Result   *result   `json:"result,omitempty"`
	// Observation is a point of a learning curve, if the method stops evaluations.
	Observation *observation `json:"observation,omitempty"`
}

// identity is what two runs of the same search have in common.
type identity struct {
	Version int    `json:"version"`
	Space   string `json:"space"`
	Method  string `json:"method"`
	Seed    uint64 `json:"seed"`
	Batch   int    `json:"batch"`
	Lag     int    `json:"lag"`
	Arrival bool   `json:"arrival,omitempty"`
	// Objectives and Limits are missing if there are none.
	Objectives objectiveList `json:"objectives,omitempty"`
	Limits     limitList     `json:"limits,omitempty"`
}

func (s *Search) identity() identity {
	return identity{
		Version: 1, Space: s.space.Name(), Method: fmt.Sprintf("%T", s.method),
		Seed: s.config.Seed, Batch: s.config.Batch, Lag: s.config.Lag, Arrival: s.config.Arrival,
		Objectives: s.config.Objectives, Limits: s.config.Limits,
	}
}

// unlike says in what two searches differ, and nothing if they are the same.
func (id identity) unlike(here identity) string {
	var differ []string
	for _, field := range []struct {
		name        string
		there, here any
	}{
		{"version", id.Version, here.Version}, {"space", id.Space, here.Space}, {"method", id.Method, here.Method},
		{"Seed", id.Seed, here.Seed}, {"Batch", id.Batch, here.Batch}, {"Arrival", id.Arrival, here.Arrival},
		{"Lag", id.Lag, here.Lag}, {"Objectives", joined(id.Objectives), joined(here.Objectives)}, {"Limits", joined(id.Limits), joined(here.Limits)},
	} {
		if field.there != field.here {
			differ = append(differ, fmt.Sprintf("its %s is %v, this search's is %v", field.name, field.there, field.here))
		}
	}
	return strings.Join(differ, "; ")
}

// proposal is a group that was proposed, with the keys and sources of its trials.
type proposal struct {
	Group
	Keys []string `json:"keys"`
	// Sources are those of the trials. Records from before they were recorded have none.
	Sources []string `json:"sources,omitempty"`
	// Budgets are those of the trials, left out if all are full.
	Budgets []float64 `json:"budgets,omitempty"`
}

func newProposal(g Group, trials []Trial) proposal {
	p := proposal{Group: g, Keys: keysOf(trials), Sources: sourcesOf(trials)}
	if slices.ContainsFunc(trials, func(t Trial) bool { return t.Budget != 0 }) {
		for _, t := range trials {
			p.Budgets = append(p.Budgets, t.Budget)
		}
	}
	return p
}

// result is what was told of a trial.
type result struct {
	Trial int `json:"trial"`
	outcome
}

// outcome is how an evaluation ended. Value is missing if it failed.
type outcome struct {
	Value   *float64        `json:"value,omitempty"`
	Metrics figures.Figures `json:"metrics,omitempty"`
	CostNS  int64           `json:"cost_ns,omitempty"`
	Failure string          `json:"failure,omitempty"`
	Resume  string          `json:"resume,omitempty"`
	Curve   evaluator.Curve `json:"curve,omitempty"`
	Error   string          `json:"error,omitempty"`
	// Temporary reports that Error was a temporary one.
	Temporary bool `json:"temporary,omitempty"`
	// Stopped reports that the search has stopped the evaluation.
	Stopped bool `json:"stopped,omitempty"`
}

func newOutcome(r evaluator.Result, err error) outcome {
	if isStop(err) {
		return outcome{Error: err.Error(), Stopped: true, CostNS: int64(r.Cost), Curve: r.Curve}
	}
	if err != nil {
		return outcome{Error: err.Error(), Temporary: errors.Is(err, evaluator.ErrTemporary)}
	}
	return outcome{
		Value: &r.Value, Metrics: r.Metrics, CostNS: int64(r.Cost), Failure: r.Failure, Resume: r.Resume, Curve: r.Curve,
	}
}

// read returns what the outcome was made of. A failure keeps its text.
func (o outcome) read() (evaluator.Result, error) {
	if o.Stopped {
		return evaluator.Result{Cost: time.Duration(o.CostNS), Curve: o.Curve}, stoppedError(o.Error)
	}
	if o.Value == nil {
		return evaluator.Result{}, recordedError{o.Error, o.Temporary}
	}
	return evaluator.Result{
		Value: *o.Value, Metrics: o.Metrics, Cost: time.Duration(o.CostNS), Failure: o.Failure, Resume: o.Resume, Curve: o.Curve,
	}, nil
}

// ErrRecorded is wrapped by the error of a failed evaluation that was read from a record or a file.
var ErrRecorded = errors.New("the evaluation failed earlier")

// recordedError is a failure that reads as it did when it was written.
type recordedError struct {
	text      string
	temporary bool
}

func (e recordedError) Error() string { return e.text }

func (e recordedError) Unwrap() []error {
	if e.temporary {
		return []error{ErrRecorded, evaluator.ErrTemporary}
	}
	return []error{ErrRecorded}
}

// stoppedError is the error of an evaluation that was stopped.
type stoppedError string

func (e stoppedError) Error() string { return string(e) }

func (e stoppedError) Unwrap() error { return evaluator.ErrStopped }

// record keeps a line, if there is a Recorder.
func (s *Search) record(ctx context.Context, line any) error {
	if s.config.Recorder == nil || s.replaying {
		return nil
	}
	var e entry
	switch line := line.(type) {
	case identity:
		e.Search = &line
	case proposal:
		e.Proposal = &line
	case result:
		e.Result = &line
	case observation:
		e.Observation = &line
	}
	text, err := json.Marshal(e)
	if err == nil {
		err = s.config.Recorder.Record(ctx, text)
	}
	if err != nil {
		return fmt.Errorf("recording the search: %w", err)
	}
	return nil
}

// replay repeats what the Recorder holds, the first time it is called: groups are proposed again, and trials get the
// results that are recorded.
func (s *Search) replay(ctx context.Context) error {
	if s.config.Recorder == nil || s.opened && len(s.lines) == 0 {
		return nil
	}
	err := s.openRecord(ctx)
	if err == nil && len(s.lines) > 0 {
		s.setReplaying(true)
		err = s.repeat(ctx)
		s.setReplaying(false)
	}
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.restored = true
		s.enqueue(0)
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) // the next call goes on
	}
	return s.fail(fmt.Errorf("resuming: %w", err))
}

// openRecord reads the record, and begins one if there is none.
func (s *Search) openRecord(ctx context.Context) error {
	if s.opened {
		return nil
	}
	lines, err := readRecord(ctx, s.config.Recorder)
	if err != nil {
		return err
	}
	if s.opened = true; len(lines) == 0 {
		return s.record(context.WithoutCancel(ctx), s.identity())
	}
	if id := lines[0].Search; id == nil {
		return errors.New("the record does not begin with its search")
	} else if what := id.unlike(s.identity()); what != "" {
		return fmt.Errorf("%w: %s", ErrOtherSearch, what)
	}
	s.lines, s.recorded = lines[1:], 1
	return nil
}

func (s *Search) setReplaying(replaying bool) {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.replaying = replaying
}

func readRecord(ctx context.Context, r Recorder) ([]entry, error) {
	var lines []entry
	for text, err := range r.Recorded(ctx) {
		if err != nil {
			return nil, err
		}
		var e entry
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, fmt.Errorf("line %d of the record: %w", len(lines)+1, err)
		}
		lines = append(lines, e)
	}
	return lines, nil
}

// repeat does again what the rest of the record says, without recording it again, until a callback ends the search.
func (s *Search) repeat(ctx context.Context) error {
	for ; len(s.lines) > 0; s.lines = s.lines[1:] {
		var err error
		s.recorded++
		switch line := s.lines[0]; {
		case s.stopped():
			s.lines = nil
			return nil
		case line.Proposal != nil:
			err = s.repeatProposal(ctx, *line.Proposal)
		case line.Result != nil:
			err = s.repeatResult(*line.Result)
		case line.Observation != nil:
			err = s.repeatObservation(*line.Observation)
		default:
			err = errors.New("neither a proposal, a result nor an observation")
		}
		if err != nil && !errors.Is(err, ErrDone) {
			return fmt.Errorf("line %d of the record: %w", s.recorded, err)
		}
	}
	return nil
}

// stopped reports whether a callback has ended the search.
func (s *Search) stopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halted || s.over && s.stop == StopCallback && len(s.running) == 0
}

// repeatProposal has the method propose a group again, and checks that it proposes the same.
func (s *Search) repeatProposal(ctx context.Context, p proposal) error {
	s.mu.Lock()
	if s.over {
		s.mu.Unlock()
		return nil
	}
	switch {
	case p.Number != len(s.groups) || p.First != len(s.trials) || len(p.Trials) != len(p.Keys) || p.Wanted < 1:
		s.mu.Unlock()
		return fmt.Errorf("group %d of %d trials from %d on does not follow group %d and trial %d",
			p.Number, len(p.Trials), p.First, len(s.groups)-1, len(s.trials)-1)
	case p.Seen < s.arrived || p.Seen > len(s.view):
		s.mu.Unlock()
		return fmt.Errorf("group %d saw %d trials, but %d have results", p.Number, p.Seen, len(s.view))
	}
	state := s.state(p.Seen)
	s.mu.Unlock()
	trials, err := s.consult(ctx, state, p.Wanted)
	if err != nil {
		return err
	}
	if now := newProposal(p.Group, trials); !slices.Equal(now.Keys, p.Keys) {
		return fmt.Errorf("%w: group %d was %q, now the method proposes %q", ErrOtherSearch, p.Number, p.Keys, now.Keys)
	} else if !slices.Equal(now.Budgets, p.Budgets) {
		return fmt.Errorf("%w: group %d had the budgets %v, now the method proposes %v", ErrOtherSearch, p.Number, p.Budgets, now.Budgets)
	}
	p.Group.Diagnostic, p.Group.Trials = state.diagnostic, nil
	for i := range trials {
		trials[i].ID, trials[i].Group = p.First+i, p.Number
		p.Group.Trials = append(p.Group.Trials, p.First+i)
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	if err := s.announce(p.Group, trials); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enter(p.Group, trials)
	return nil
}

// repeatResult tells a recorded result.
func (s *Search) repeatResult(r result) error {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.mu.Lock()
	if r.Trial >= len(s.trials) && s.over {
		s.mu.Unlock()
		return nil // of a group that a callback has stopped
	}
	if r.Trial < 0 || r.Trial >= len(s.trials) || s.trials[r.Trial].told {
		s.mu.Unlock()
		return fmt.Errorf("a result for trial %d, which is not running", r.Trial)
	}
	s.trials[r.Trial].handedOut = true
	value, err := r.read()
	fresh := s.settle(s.trials[r.Trial], value, err)
	s.mu.Unlock()
	if err := s.report(fresh); err != nil {
		return err
	}
	return s.judge()
}

func keysOf(trials []Trial) []string {
	keys := make([]string, len(trials))
	for i, t := range trials {
		keys[i] = t.Key
	}
	return keys
}

func sourcesOf(trials []Trial) []string {
	sources := make([]string, len(trials))
	for i, t := range trials {
		sources[i] = t.Source
	}
	return sources
}
