package rl

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ReadRecord reads the history of a search from its record. It needs no method and does not change
// the record, so it can look at a search that has ended or that another process is running.
//
// A record contains keys instead of architectures. The function archs returns the architecture with
// a key, for example from the evaluations in a store. If archs is nil or does not know a key,
// ReadRecord parses the key with searchspace.Parse, which works for spaces whose keys are a
// notation. If an architecture cannot be found, a failed evaluation gets the zero Arch, and a
// successful one makes ReadRecord fail. The history has no Stop, log-probabilities or past
// evaluations, because they are not recorded.
func ReadRecord(
	ctx context.Context, space searchspace.Space, r Recorder, archs func(key string) (searchspace.Arch, bool),
) (*History, error) {
	lines, err := readRecord(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("reading the record of a search: %w", err)
	}
	h := recorded{history: &History{Space: space.Name()}, space: space, archs: archs, first: map[string]int{}}
	for i, line := range lines {
		if err := h.add(line); err != nil {
			return nil, fmt.Errorf("reading the record of a search: line %d: %w", i+1, err)
		}
	}
	return h.history, nil
}

// recorded builds a history from the lines of a record.
type recorded struct {
	history *History
	space   searchspace.Space
	archs   func(string) (searchspace.Arch, bool)
	trials  []*trial
	first   map[string]int // the first trial of each identity
}

// add adds a line of the record.
func (h *recorded) add(line entry) error {
	switch {
	case line.Search != nil:
		if line.Search.Space != h.space.Name() {
			return fmt.Errorf("%w: its space is %q, want %q", ErrOtherSearch, line.Search.Space, h.space.Name())
		}
		h.history.Seed, h.history.Objectives, h.history.Limits = line.Search.Seed, line.Search.Objectives, line.Search.Limits
		_, err := newGoals(h.history.Objectives, h.history.Limits)
		return err
	case line.Proposal != nil:
		return h.propose(*line.Proposal)
	case line.Result != nil:
		return h.tell(*line.Result)
	case line.Observation != nil:
		return nil // the result repeats the learning curve
	}
	return errors.New("the line must have a search, a proposal, an observation or a result")
}

// propose adds a group. A trial of an architecture that was proposed before gets the earlier
// result, if there is one.
func (h *recorded) propose(p proposal) error {
	if len(p.Trials) != len(p.Keys) || p.First != len(h.trials) {
		return fmt.Errorf("group %d with %d trials from %d on does not follow trial %d", p.Number, len(p.Keys), p.First, len(h.trials)-1)
	}
	h.history.Groups = append(h.history.Groups, p.Group)
	for i, key := range p.Keys {
		t := &trial{Evaluation: Evaluation{Trial: Trial{ID: p.First + i, Group: p.Number, Key: key}}}
		if i < len(p.Sources) {
			t.Source = p.Sources[i]
		}
		if i < len(p.Budgets) {
			t.Budget = p.Budgets[i]
		}
		h.trials = append(h.trials, t)
		first, again := h.first[t.identity()]
		if !again {
			h.first[t.identity()] = t.ID
			continue
		}
		if earlier := h.trials[first]; earlier.told {
			h.repeat(t, earlier)
		} else {
			earlier.repeats = append(earlier.repeats, t)
		}
	}
	return nil
}

// tell adds a result.
func (h *recorded) tell(r result) error {
	if r.Trial < 0 || r.Trial >= len(h.trials) || h.trials[r.Trial].told {
		return fmt.Errorf("a result for trial %d, which is not running", r.Trial)
	}
	t := h.trials[r.Trial]
	t.told = true
	t.Result, t.Err = r.read()
	if t.OK() {
		if err := h.history.goals().check(t.Result); err != nil {
			return fmt.Errorf("trial %d: %w", t.ID, err)
		}
	}
	if err := h.find(t); err != nil {
		return err
	}
	h.history.Evaluations = append(h.history.Evaluations, t.Evaluation)
	for _, later := range t.repeats {
		h.repeat(later, t)
	}
	return nil
}

// find looks up the architecture of a trial.
func (h *recorded) find(t *trial) error {
	if h.archs != nil {
		if a, ok := h.archs(t.Key); ok {
			t.Arch = a
			return nil
		}
	}
	a, err := searchspace.Parse(h.space, t.Key)
	switch {
	case err == nil && h.space.Key(a) == t.Key:
		t.Arch = a
	case t.OK():
		return fmt.Errorf("trial %d: cannot find the architecture with the key %.80q", t.ID, t.Key)
	}
	return nil
}

// repeat copies the result of an earlier trial to a repeat of it.
func (h *recorded) repeat(t, earlier *trial) {
	t.answer(earlier.Evaluation)
	t.Arch = earlier.Arch
	h.history.Repeats = append(h.history.Repeats, t.Evaluation)
}
