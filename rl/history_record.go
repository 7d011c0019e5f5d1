package rl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ErrNoRecord is wrapped by the error of [ReadRecord] if no search has been recorded, for example
// because its name is misspelled.
var ErrNoRecord = errors.New("the record is empty")

// ReadRecord reads the history of a search from its record. It needs no method and does not change
// the record, so it can look at a search that has ended or that another process is running.
//
// A record contains keys instead of architectures. The function archs returns the architecture with
// a key, for example from the evaluations in a store. If archs is nil or does not know a key,
// ReadRecord parses the key with searchspace.Parse, which works for spaces whose keys are a
// notation. If an architecture cannot be found, a failed evaluation gets the zero Arch, and a
// successful one makes ReadRecord fail. The history has no Stop, log-probabilities, past evaluations
// or trials beyond a limit, because they are not recorded. If a callback ended the search, the
// history may have results that came after it. If the record is empty, the error wraps [ErrNoRecord].
func ReadRecord(
	ctx context.Context, space searchspace.Space, r Recorder, archs func(key string) (searchspace.Arch, bool),
) (*History, error) {
	lines, err := readRecord(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("reading the record of a search: %w", err)
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("reading the record of a search: %w", ErrNoRecord)
	}
	h := recorded{history: &History{Space: space.Name()}, space: space, archs: archs, first: map[string]int{}}
	for i, line := range lines {
		if err := h.add(line); err != nil {
			return nil, fmt.Errorf("reading the record of a search: line %d: %w", i+1, err)
		}
	}
	h.list()
	return h.history, nil
}

// recorded builds a history from the lines of a record.
type recorded struct {
	history *History
	space   searchspace.Space
	archs   func(string) (searchspace.Arch, bool)
	arrival bool
	trials  []*trial
	told    []*trial       // in the order in which their results arrived
	first   map[string]int // the first trial of each identity
}

// add adds a line of the record.
func (h *recorded) add(line entry) error {
	switch {
	case line.Search != nil:
		if line.Search.Space != h.space.Name() {
			return fmt.Errorf("%w: its space is %q, want %q", ErrOtherSearch, line.Search.Space, h.space.Name())
		}
		h.arrival = line.Search.Arrival
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
		t.Repeat = true
		if earlier := h.trials[first]; earlier.told {
			h.told = append(h.told, t)
		} else {
			earlier.repeats = append(earlier.repeats, t)
		}
	}
	return nil
}

// tell adds a result. A stop replaces the result of a trial that was told before it could be judged.
func (h *recorded) tell(r result) error {
	if r.Trial < 0 || r.Trial >= len(h.trials) || h.trials[r.Trial].Repeat || h.trials[r.Trial].told && !r.Stopped {
		return fmt.Errorf("a result for trial %d, which is not running", r.Trial)
	}
	t := h.trials[r.Trial]
	t.Result, t.Err = r.read()
	if t.OK() {
		if err := h.history.goals().check(t.Result); err != nil {
			return fmt.Errorf("trial %d: %w", t.ID, err)
		}
	}
	if t.told {
		return nil
	}
	t.told = true
	h.told = append(append(h.told, t), t.repeats...)
	return h.find(t)
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

// list lists the evaluations and the repeats in the order of a History. Repeats get the results of
// the first trials of their architectures.
func (h *recorded) list() {
	if !h.arrival {
		slices.SortFunc(h.told, func(a, b *trial) int { return cmp.Compare(a.ID, b.ID) })
	}
	for _, t := range h.told {
		if !t.Repeat {
			h.history.Evaluations = append(h.history.Evaluations, t.Evaluation)
			continue
		}
		first := h.trials[h.first[t.identity()]]
		t.answer(first.Evaluation)
		t.Arch = first.Arch
		h.history.Repeats = append(h.history.Repeats, t.Evaluation)
	}
}
