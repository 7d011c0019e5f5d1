package rl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/graphpnas/graphpnas/searchspace"
)

// maxStale is the number of groups in a row that may propose nothing but repeats before the space
// counts as exhausted. A small space whose members are all known counts as exhausted after one.
const maxStale = 100

// Ask returns up to n trials to evaluate. It proposes as many groups as the available results
// allow, and it never waits for a Tell: it returns [ErrWait] if the next group depends on results
// that have not been told yet, and [ErrDone] if the search has no more trials. Trials that Ask has
// returned may still be told after ErrDone. With the zero Config, the search is sequential, and one
// trial is open at a time; see Config.Workers.
//
// Any other error comes from the method, the Recorder or a callback and ends the search, or is the
// cause of ctx. If ctx ends during a proposal, the next Ask asks the method for the same group
// again; a method that had already trained its model trains it again.
func (s *Search) Ask(ctx context.Context, n int) ([]Trial, error) {
	if n < 1 {
		return nil, fmt.Errorf("n must be at least 1, got %d", n)
	}
	var trials []Trial
	for {
		trials = append(trials, s.handOut(n-len(trials))...)
		if len(trials) == n {
			return trials, nil
		}
		if err := s.propose(ctx, false); err != nil {
			if len(trials) > 0 {
				return trials, nil // the next Ask returns the same error
			}
			return nil, err
		}
	}
}

// handOut removes up to n trials from the queue and returns them.
func (s *Search) handOut(n int) []Trial {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.overtime() {
		s.over, s.stop, s.queue = true, StopTime, nil
		s.notify()
	}
	n = min(n, len(s.queue))
	trials := make([]Trial, n)
	for i, t := range s.queue[:n] {
		t.handedOut, t.begun = true, time.Now()
		trials[i] = t.Trial
	}
	s.queue = s.queue[n:]
	if n > 0 {
		s.notify()
	}
	return trials
}

// overtime reports whether MaxTime has run out while there is still work to do. The first group is
// always evaluated. The caller must hold mu.
func (s *Search) overtime() bool {
	waits := len(s.queue) > 0
	if !s.restored || s.config.MaxTime == 0 || len(s.groups) == 0 || waits && s.queue[0].Group == 0 || s.over && !waits {
		return false
	}
	return time.Since(s.begun) >= s.config.MaxTime
}

// propose asks the method for the next group. Unless ahead is set, it does nothing if the queue
// still has trials.
func (s *Search) propose(ctx context.Context, ahead bool) error {
	select {
	case s.proposing <- struct{}{}:
		defer func() { <-s.proposing }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := s.replay(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	if s.begun.IsZero() {
		s.begun = time.Now()
	}
	waits := len(s.queue) > 0
	s.mu.Unlock()
	if waits && !ahead {
		return nil
	}
	if err := s.endIfExhausted(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	state, n, err := s.next()
	s.mu.Unlock()
	if err != nil {
		return err
	}
	trials, err := s.consult(ctx, state, n)
	if err != nil {
		return err
	}
	return s.accept(ctx, state, trials, n)
}

// next returns the state for the next group and the number of trials it may have, or the reason
// that there is no next group. The caller must hold mu.
func (s *Search) next() (*State, int, error) {
	if s.over {
		return nil, 0, s.outcome()
	}
	left := s.config.Evaluations - s.started
	if left <= 0 && s.small == 0 {
		s.end(StopBudget)
		return nil, 0, ErrDone
	}
	visible := len(s.view)
	if !s.config.Arrival {
		visible = max(s.arrived, len(s.trials)-s.config.LagAt(len(s.trials))+1)
	}
	if s.drained {
		visible = len(s.trials)
	}
	if visible > len(s.view) {
		return nil, 0, ErrWait
	}
	if s.config.MaxCost > 0 && s.cost[visible] >= s.config.MaxCost {
		s.end(StopCost)
		return nil, 0, ErrDone
	}
	n := s.config.Batch
	if s.small == 0 {
		n = min(n, left)
	}
	return s.state(visible), n, nil
}

// state returns the State for the next group, with the given number of trials in view. The caller
// must hold mu.
func (s *Search) state(visible int) *State {
	st := &State{
		space: s.space, others: s.past.others, trials: s.view[:visible:visible],
		arrived: min(s.arrived, visible), proposed: len(s.distinct), stale: s.stale, memo: &s.memo,
		goals: s.goals, figures: s.known,
		facts: Snapshot{
			Seed: s.config.Seed, Group: len(s.groups), Left: s.config.Evaluations - s.started,
			Lag: s.config.LagAt(len(s.trials)), Batch: s.config.Batch,
			Objectives: s.config.Objectives, Limits: s.config.Limits, Figures: s.config.Figures,
		},
		limited: true,
	}
	evaluations := s.past.full + s.seen[visible]
	st.evaluations = s.evaluations[:evaluations:evaluations]
	if s.small > 0 || len(s.smaller) > 0 {
		smaller := len(s.past.known) - s.past.full + s.seenSmaller[visible]
		st.smaller = s.smaller[:smaller:smaller]
		st.budgets = maps.Clone(s.budgets)
	}
	if s.config.Arrival {
		st.facts.Running = s.unseen(visible)
		st.facts.Lag = max(2, len(st.facts.Running)+1)
	} else {
		for _, t := range s.trials[visible:] {
			st.facts.Running = append(st.facts.Running, t.Trial)
		}
	}
	st.lookup = func(identity string) (bool, *Evaluation) {
		id, known := s.first[identity]
		if !known {
			return false, nil
		}
		if id < 0 {
			return true, &s.past.known[id+len(s.past.known)]
		}
		if place := s.placeOf(id); place < visible {
			return true, &st.trials[place]
		}
		return true, nil
	}
	return st
}

// unseen returns the trials that are not among the first visible ones of the view. The caller must
// hold mu.
func (s *Search) unseen(visible int) []Trial {
	var trials []Trial
	for _, e := range s.view[visible:] {
		trials = append(trials, e.Trial)
	}
	for _, t := range s.running {
		trials = append(trials, t.Trial)
	}
	slices.SortFunc(trials, func(a, b Trial) int { return cmp.Compare(a.ID, b.ID) })
	return trials
}

// placeOf returns a trial's index in the view, or an index past the end if it is not in view.
func (s *Search) placeOf(id int) int {
	if !s.config.Arrival {
		return id
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.trials[id]; t.told {
		return t.place
	}
	return len(s.trials)
}

// guarded runs a call to a method or a callback and turns a panic into an error.
func guarded(call func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panicked: %v\n%s", v, debug.Stack())
		}
	}()
	return call()
}

// consult calls the method.
func (s *Search) consult(ctx context.Context, state *State, n int) (trials []Trial, err error) {
	state.ctx = ctx
	err = guarded(func() (err error) {
		trials, err = s.method.Propose(ctx, state, n)
		return err
	})
	if err == nil {
		trials = slices.Clone(trials[:min(n, len(trials))])
		err = s.check(ctx, state, trials)
	}
	if err == nil {
		err = ended(ctx, "proposing") // some figures may be missing
	}
	if err != nil && ctx.Err() != nil {
		return nil, err // the next call asks for the same group
	}
	if err = errors.Join(err, s.known.failed()); err != nil {
		return nil, s.fail(fmt.Errorf("group %d: method %T: %w", state.Group(), s.method, err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.affordable(trials), nil
}

// check returns an error if a proposal is invalid. It fills in the keys and the Resume fields,
// computes the figures that do not need an evaluation, and notes which trials they refuse.
func (s *Search) check(ctx context.Context, state *State, trials []Trial) error {
	state.refusals = map[string]error{}
	for i, t := range trials {
		if err := s.space.Validate(t.Arch); err != nil {
			return fmt.Errorf("it proposed an invalid architecture: %w", err)
		}
		if !finite(t.LogProb) {
			return fmt.Errorf("it proposed [%s] with LogProb %v, want a finite number",
				searchspace.Text(s.space, t.Arch), t.LogProb)
		}
		if err := checkBudget(t.Budget); err != nil {
			return fmt.Errorf("it proposed [%s]: %w", searchspace.Text(s.space, t.Arch), err)
		}
		trials[i].Key = s.space.Key(t.Arch)
		trials[i].Resume = state.resume(trials[i])
		if refusal := s.known.of(ctx, trials[i].Key, t.Arch).refusal; refusal != nil {
			state.refusals[trials[i].Key] = refusal
		}
	}
	return nil
}

// accept records a group, adds it to the search and announces it.
func (s *Search) accept(ctx context.Context, state *State, proposed []Trial, n int) error {
	group := Group{Number: state.Group(), First: len(s.trials), Seen: len(state.trials), Wanted: n, Diagnostic: state.diagnostic}
	for i := range proposed {
		proposed[i].ID, proposed[i].Group = group.First+i, group.Number
		group.Trials = append(group.Trials, proposed[i].ID)
	}
	s.telling.Lock() // keeps the record in the order in which trials come into view
	defer s.telling.Unlock()
	if over, reason := s.reason(); over {
		return reason
	}
	// A proposal is recorded completely or not at all, so the end of ctx must not interrupt Record.
	if err := s.record(context.WithoutCancel(ctx), newProposal(group, proposed, state.Lag())); err != nil {
		return s.fail(err)
	}
	if err := s.announce(group, proposed); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enter(state, group, proposed)
	s.enqueue(group.First)
	return nil
}

// announce logs a group and calls OnPropose. If the callback stops the search, this group is not
// evaluated; earlier groups are. The caller must hold telling.
func (s *Search) announce(group Group, trials []Trial) error {
	if len(group.Trials) == 0 {
		return nil
	}
	s.config.Logger.Debug("group proposed", "group", group.Number, "trials", len(group.Trials), "first", group.First)
	if s.config.OnPropose == nil {
		return nil
	}
	err := guarded(func() error { return s.config.OnPropose(group, slices.Clone(trials)) })
	if err == nil {
		return nil
	}
	if !errors.Is(err, ErrStop) {
		return s.fail(fmt.Errorf("OnPropose of group %d: %w", group.Number, err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(StopCallback)
	return s.outcome()
}

// reason reports whether the search has stopped proposing, and returns its error.
func (s *Search) reason() (over bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over, s.outcome()
}

// enqueue puts the trials from index first on into the queue. The caller must hold mu.
func (s *Search) enqueue(first int) {
	for _, t := range s.trials[first:] {
		if !t.told && !t.Repeat && !s.halted {
			s.queue = append(s.queue, t)
		}
	}
	s.notify()
}

// enter adds the trials of a group. A repeat of a finished trial gets its result, and a trial
// beyond a limit gets an error that wraps ErrLimit.
//
// If proposed is empty, the method is asked again after all running trials have finished; if none
// is running, the space is exhausted. The caller must hold mu.
func (s *Search) enter(state *State, group Group, proposed []Trial) {
	s.arrived = group.Seen
	if len(proposed) == 0 {
		if group.Seen == len(s.trials) {
			s.end(s.exhaustion())
		}
		s.drained = true
		return
	}
	s.groups = append(s.groups, group)
	s.drained = false
	s.stale++
	for _, p := range proposed {
		t := &trial{Evaluation: Evaluation{Trial: p}}
		s.trials = append(s.trials, t)
		id, known := s.first[p.identity()]
		switch {
		case !known:
			s.first[p.identity()] = p.ID
			if refusal := state.refusals[p.Key]; refusal != nil {
				t.answer(Evaluation{Err: refusal})
				break
			}
			s.count(p)
			s.stale = 0
		case id < 0:
			t.answer(s.past.known[id+len(s.past.known)])
		case s.trials[id].told:
			t.answer(s.trials[id].Evaluation)
		default:
			t.Repeat = true
			s.trials[id].repeats = append(s.trials[id].repeats, t)
		}
		switch {
		case !t.told:
			s.running = append(s.running, t)
		case s.config.Arrival || len(s.view) == t.ID:
			s.append(t)
		}
	}
	if s.stale >= maxStale {
		s.end(s.exhaustion())
	}
}
