package rl

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphpnas/graphpnas/evaluator"
	"github.com/graphpnas/graphpnas/internal/figures"
)

// Recorder records one search so that it can be resumed: one line of JSON for each proposed group,
// each told result and each observed point of a learning curve. Package evaluator/store implements
// it.
//
// To resume a search, create the same search with the same Recorder: the same space, Seed, Batch
// and Lag, and the same method in its initial state, including a model with the same initial
// weights. The default Lag depends on Workers, so set Lag if you change Workers. The search
// proposes every recorded group again, including any training before it, and takes the results from
// the record. If the proposals differ from the recorded ones, it ends with ErrOtherSearch. You can
// raise Evaluations; the search then continues to the new limit.
type Recorder interface {
	// Record appends a line. The line must be durable when Record returns, because the search then
	// hands out the trials or counts the result.
	Record(ctx context.Context, line []byte) error
	// Recorded iterates over the lines in the order in which they were recorded.
	Recorded(ctx context.Context) iter.Seq2[[]byte, error]
}

// ErrOtherSearch is wrapped by the error of a search whose Recorder contains the record of another
// search: one with another seed, space or method, or with other settings that affect the proposals.
var ErrOtherSearch = errors.New("the record is of another search")

// entry is one line of the record.
type entry struct {
	Search   *identity `json:"search,omitempty"`
	Proposal *proposal `json:"proposal,omitempty"`
	Result   *result   `json:"result,omitempty"`
	// Observation is a point of a learning curve. It is recorded if the method stops evaluations
	// early.
	Observation *observation `json:"observation,omitempty"`
}

// identity holds what must agree between a search and the record that it resumes.
type identity struct {
	Version int    `json:"version"`
	Space   string `json:"space"`
	Method  string `json:"method"`
	Seed    uint64 `json:"seed"`
	Batch   int    `json:"batch"`
	// Lag is 0 for the default of more than one worker, which depends on Workers and Evaluations.
	Lag     int  `json:"lag"`
	Workers int  `json:"workers,omitempty"`
	Arrival bool `json:"arrival,omitempty"`
	// Objectives and Limits are empty if there are none.
	Objectives objectiveList `json:"objectives,omitempty"`
	Limits     limitList     `json:"limits,omitempty"`
}

func (s *Search) identity() identity {
	id := identity{
		Version: 1, Space: s.space.Name(), Method: fmt.Sprintf("%T", s.method),
		Seed: s.config.Seed, Batch: s.config.Batch, Lag: s.config.Lag, Arrival: s.config.Arrival,
		Objectives: s.config.Objectives, Limits: s.config.Limits,
	}
	if id.Arrival {
		id.Lag = 2 // results may be missing for any number of workers
	} else if id.Lag == 0 {
		id.Workers = s.config.Workers
	}
	return id
}

// lag describes the lag.
func (id identity) lag() string {
	if id.Lag == 0 {
		return fmt.Sprintf("the default for %d workers", id.Workers)
	}
	return strconv.Itoa(id.Lag)
}

// unlike describes how two searches differ, and returns "" if they do not.
func (id identity) unlike(here identity) string {
	var differ []string
	for _, field := range []struct {
		name        string
		there, here any
	}{
		{"version", id.Version, here.Version}, {"space", id.Space, here.Space}, {"method", id.Method, here.Method},
		{"Seed", id.Seed, here.Seed}, {"Batch", id.Batch, here.Batch}, {"Arrival", id.Arrival, here.Arrival},
		{"Lag", id.lag(), here.lag()}, {"Objectives", id.Objectives.text(), here.Objectives.text()}, {"Limits", id.Limits.text(), here.Limits.text()},
	} {
		if field.there != field.here {
			differ = append(differ, fmt.Sprintf("%s is %v in the record and %v in this search", field.name, field.there, field.here))
		}
	}
	return strings.Join(differ, "; ")
}

// proposal is a proposed group with the keys and sources of its trials.
type proposal struct {
	Group
	Keys []string `json:"keys"`
	// Lag is the State.Lag of the group. The default may change if Evaluations is raised. Older records have none.
	Lag int `json:"lag,omitempty"`
	// Sources are the sources of the trials. Older records have none.
	Sources []string `json:"sources,omitempty"`
	// Budgets are the budgets of the trials. It is omitted if all are full.
	Budgets []float64 `json:"budgets,omitempty"`
}

func newProposal(g Group, trials []Trial, lag int) proposal {
	p := proposal{Group: g, Keys: keysOf(trials), Lag: lag, Sources: sourcesOf(trials)}
	if slices.ContainsFunc(trials, func(t Trial) bool { return t.Budget != 0 }) {
		for _, t := range trials {
			p.Budgets = append(p.Budgets, t.Budget)
		}
	}
	return p
}

// result is the result that was told for a trial.
type result struct {
	Trial int `json:"trial"`
	outcome
}

// outcome is the outcome of an evaluation. Value is nil if it failed.
type outcome struct {
	Value   *float64        `json:"value,omitempty"`
	Metrics figures.Figures `json:"metrics,omitempty"`
	CostNS  int64           `json:"cost_ns,omitempty"`
	Failure string          `json:"failure,omitempty"`
	Resume  string          `json:"resume,omitempty"`
	Curve   evaluator.Curve `json:"curve,omitempty"`
	Error   string          `json:"error,omitempty"`
	// Temporary reports whether Error was temporary.
	Temporary bool `json:"temporary,omitempty"`
	// Uncertain reports whether a temporary Error was uncertain.
	Uncertain bool `json:"uncertain,omitempty"`
	// Stopped reports whether the search stopped the evaluation early.
	Stopped bool `json:"stopped,omitempty"`
}

func newOutcome(r evaluator.Result, err error) outcome {
	if isStop(err) {
		return outcome{Error: err.Error(), Stopped: true, CostNS: int64(r.Cost), Curve: r.Curve}
	}
	if err != nil {
		return outcome{
			Error: err.Error(), Temporary: errors.Is(err, evaluator.ErrTemporary), Uncertain: errors.Is(err, evaluator.ErrUncertain),
		}
	}
	return outcome{
		Value: &r.Value, Metrics: r.Metrics, CostNS: int64(r.Cost), Failure: r.Failure, Resume: r.Resume, Curve: r.Curve,
	}
}

// read returns the result or error that the outcome was made from. An error keeps its text.
func (o outcome) read() (evaluator.Result, error) {
	if o.Stopped {
		return evaluator.Result{Cost: time.Duration(o.CostNS), Curve: o.Curve}, stoppedError(o.Error)
	}
	if o.Value == nil {
		return evaluator.Result{}, recordedError{o.Error, o.Temporary, o.Uncertain}
	}
	return evaluator.Result{
		Value: *o.Value, Metrics: o.Metrics, Cost: time.Duration(o.CostNS), Failure: o.Failure, Resume: o.Resume, Curve: o.Curve,
	}, nil
}

// ErrRecorded is wrapped by the error of a failed evaluation, except a stopped one, that was read from
// a record or a file.
var ErrRecorded = errors.New("the evaluation failed earlier")

// recordedError is an evaluation error read from a record, with its original text.
type recordedError struct {
	text                 string
	temporary, uncertain bool
}

func (e recordedError) Error() string { return e.text }

func (e recordedError) Unwrap() []error {
	switch {
	case e.uncertain:
		return []error{ErrRecorded, evaluator.ErrUncertain}
	case e.temporary:
		return []error{ErrRecorded, evaluator.ErrTemporary}
	}
	return []error{ErrRecorded}
}

// stoppedError is the error of an evaluation that was stopped early, read from a record.
type stoppedError string

func (e stoppedError) Error() string { return string(e) }

func (e stoppedError) Unwrap() error { return evaluator.ErrStopped }

// record appends a line to the Recorder, if there is one. While the record is replayed, it has
// everything except what its last line may have led to.
func (s *Search) record(ctx context.Context, line any) error {
	if s.config.Recorder == nil || s.replaying && len(s.lines) > 1 {
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

// replay repeats the recorded part of the search. Groups are proposed again, and trials get their
// recorded results. Only the first complete call has an effect.
func (s *Search) replay(ctx context.Context) error {
	if s.config.Recorder == nil || s.opened && len(s.lines) == 0 {
		return nil
	}
	err := s.openRecord(ctx)
	if err == nil && len(s.lines) > 0 {
		s.setReplaying(true)
		err = s.repeat(ctx)
		s.setReplaying(false)
		s.config.Logger.InfoContext(ctx, "resumed from the record", "evaluations", len(s.History().Evaluations))
	}
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.restored = true
		s.enqueue(0)
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) // the next call continues
	}
	return s.fail(fmt.Errorf("resuming: %w", err))
}

// openRecord reads the record. If it is empty, openRecord begins it.
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
		return errors.New("the first line of the record must describe the search")
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

// repeat replays the remaining lines of the record without recording them again, until a callback
// ends the search.
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
			err = errors.New("the line must have a proposal, a result or an observation")
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

// repeatProposal asks the method for a recorded group again and checks that it proposes the same
// trials.
func (s *Search) repeatProposal(ctx context.Context, p proposal) error {
	s.mu.Lock()
	if s.over {
		s.mu.Unlock()
		return nil
	}
	switch {
	case p.Number != len(s.groups) || p.First != len(s.trials) || len(p.Trials) != len(p.Keys) || p.Wanted < 1:
		s.mu.Unlock()
		return fmt.Errorf("group %d with %d trials from %d on does not follow group %d and trial %d",
			p.Number, len(p.Trials), p.First, len(s.groups)-1, len(s.trials)-1)
	case p.Seen < s.arrived || p.Seen > len(s.view):
		s.mu.Unlock()
		return fmt.Errorf("group %d saw %d finished trials, but the record has %d so far", p.Number, p.Seen, len(s.view))
	}
	state := s.state(p.Seen)
	state.facts.Lag = cmp.Or(p.Lag, state.facts.Lag)
	s.mu.Unlock()
	trials, err := s.consult(ctx, state, p.Wanted)
	if err != nil {
		return err
	}
	if now := newProposal(p.Group, trials, p.Lag); !slices.Equal(now.Keys, p.Keys) {
		return fmt.Errorf("%w: its space, rules or method differ: group %d has the keys %q in the record, but the method proposes %q", ErrOtherSearch, p.Number, p.Keys, now.Keys)
	} else if !slices.Equal(now.Budgets, p.Budgets) {
		return fmt.Errorf("%w: group %d has the budgets %v in the record, but the method proposes %v", ErrOtherSearch, p.Number, p.Budgets, now.Budgets)
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
	s.enter(state, p.Group, trials)
	return nil
}

// repeatResult tells a recorded result.
func (s *Search) repeatResult(r result) error {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.mu.Lock()
	if r.Trial >= len(s.trials) && s.over {
		s.mu.Unlock()
		return nil // the trial's group was stopped by a callback
	}
	if r.Trial < 0 || r.Trial >= len(s.trials) || s.trials[r.Trial].told {
		s.mu.Unlock()
		return fmt.Errorf("a result for trial %d, which is not running", r.Trial)
	}
	s.trials[r.Trial].handedOut = true
	s.mu.Unlock()
	value, err := r.read()
	if err := s.settle(s.trials[r.Trial], value, err); err != nil {
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
