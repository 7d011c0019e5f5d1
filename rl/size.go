package rl

import (
	"context"

	"github.com/graphpnas/graphpnas/searchspace"
)

// Only spaces with at most this many nodes and architectures are counted.
const (
	maxCountedNodes = 16
	maxCounted      = 4096
)

type keysKey struct{}

// keys returns the keys of the members that are within the limits, or nil if the space is not small.
func (s *State) keys() map[string]bool {
	return s.Memo(keysKey{}, func() any {
		var keys map[string]bool
		nodes := 0
		for _, p := range s.space.Parts() {
			nodes += p.MaxNodes
		}
		if nodes > maxCountedNodes {
			return keys
		}
		var all []searchspace.Arch
		for a, err := range searchspace.Enumerate(s.space.Start()) {
			if all = append(all, a); err != nil || len(all) > maxCounted {
				return keys
			}
		}
		keys = map[string]bool{}
		for _, a := range s.valid(all) {
			keys[s.space.Key(a)] = true
		}
		return keys
	}).(map[string]bool)
}

// exhausted reports whether the space is small and all of its members within the limits are known.
func (s *State) exhausted(known func(key string) bool) bool {
	keys := s.keys()
	for key := range keys {
		if !known(key) {
			return false
		}
	}
	return keys != nil
}

// Exhausted reports whether the space is small and each of its members within the limits is a
// candidate or known. It returns false for a space with more than 4,096 members or more than 16 nodes
// in all parts together, because such spaces are not counted.
func (c *Candidates) Exhausted() bool {
	return c.state.exhausted(func(key string) bool { return c.keys[key] || c.state.tried(key) })
}

// endIfExhausted ends the search if its last group proposed nothing but repeats and all members of a
// small space are known at the full budget. The caller must hold proposing.
func (s *Search) endIfExhausted(ctx context.Context) error {
	if over, _ := s.reason(); over || s.stale == 0 {
		return nil
	}
	state := &State{space: s.space, memo: &s.memo, figures: s.known, ctx: ctx}
	exhausted := state.exhausted(func(key string) bool {
		_, known := s.first[key]
		return known
	})
	if err := ended(ctx, "counting the members of the space"); err != nil {
		return err
	}
	if err := s.known.failed(); err != nil {
		return s.fail(err)
	}
	if exhausted {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.end(s.exhaustion())
	}
	return nil
}

// exhaustion returns the StopReason of a search whose method proposes nothing new.
func (s *Search) exhaustion() StopReason {
	if s.started >= s.config.Evaluations {
		return StopBudget
	}
	return StopExhausted
}
