package rl

import (
	"context"
	"errors"
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// ReadRecord reads the history of a search from its record, without its method and without changing the record: to look at a
// search that has ended, or that another process runs.
//
// A record has the keys of architectures. The function archs returns the architecture with a key, such as one of the
// evaluations in the store; if it is nil or does not know the key, the key is read as searchspace.Parse does, which serves
// spaces whose keys are a notation. A failed evaluation of an architecture that cannot be found has the zero Arch; it is an
// error if a successful one has. The history has no Stop, no log-probabilities and no earlier evaluations, which are not
// recorded.
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

// recorded is a history that is read from a record.
type recorded struct {
	history *History
	space   searchspace.Space
	archs   func(string) (searchspace.Arch, bool)
	trials  []*trial
	first   map[string]int // the first trial of each identity
}

// add adds a line.
func (h *recorded) add(line entry) error {
	switch {
	case line.Search != nil:
		if line.Search.Space != h.space.Name() {
			return fmt.Errorf("%w: it is of the space %q, not of %q", ErrOtherSearch, line.Search.Space, h.space.Name())
		}
		h.history.Seed, h.history.Objectives, h.history.Limits = line.Search.Seed, line.Search.Objectives, line.Search.Limits
		_, err := newGoals(h.history.Objectives, h.history.Limits)
		return err
	case line.Proposal != nil:
		return h.propose(*line.Proposal)
	case line.Result != nil:
		return h.tell(*line.Result)
	case line.Observation != nil:
		return nil // the result has the learning curve
	}
	return errors.New("neither a search nor a proposal nor a result")
}

// propose adds a group. A trial of an architecture that was proposed before has the earlier result, if there is one yet.
func (h *recorded) propose(p proposal) error {
	if len(p.Trials) != len(p.Keys) || p.First != len(h.trials) {
		return fmt.Errorf("group %d of %d trials from %d on does not follow trial %d", p.Number, len(p.Keys), p.First, len(h.trials)-1)
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
	if err := h.find(t); err != nil {
		return err
	}
	h.history.Evaluations = append(h.history.Evaluations, t.Evaluation)
	for _, later := range t.repeats {
		h.repeat(later, t)
	}
	return nil
}

// find finds the architecture of a trial.
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
		return fmt.Errorf("trial %d: no architecture with the key %.80q is known", t.ID, t.Key)
	}
	return nil
}

// repeat gives a trial the result of an earlier one.
func (h *recorded) repeat(t, earlier *trial) {
	t.answer(earlier.Evaluation)
	t.Arch = earlier.Arch
	h.history.Repeats = append(h.history.Repeats, t.Evaluation)
}
