package rl

import "github.com/graphpnas/graphpnas/searchspace"

// Only spaces with at most this many nodes and architectures are counted.
const (
	maxCountedNodes = 16
	maxCounted      = 4096
)

type sizeKey struct{}

// size returns the number of members with different keys, or -1 if the space is not small.
func (s *State) size() int {
	return s.Memo(sizeKey{}, func() any {
		nodes := 0
		for _, p := range s.space.Parts() {
			nodes += p.MaxNodes
		}
		if nodes > maxCountedNodes {
			return -1
		}
		keys, n := map[string]bool{}, 0
		for a, err := range searchspace.Enumerate(s.space.Start()) {
			if n++; err != nil || n > maxCounted {
				return -1
			}
			if s.admits(a) {
				keys[s.space.Key(a)] = true
			}
		}
		return len(keys)
	}).(int)
}

// Exhausted reports whether the candidates and the known architectures are all members of a small
// space. It returns false for a space with more than 4,096 members or more than 16 nodes in all
// parts together, because such spaces are not counted.
func (c *Candidates) Exhausted() bool {
	known := c.state.proposed
	for key := range c.keys {
		if !c.state.tried(key) {
			known++
		}
	}
	size := c.state.size()
	return size >= 0 && known >= size
}

// exhausted reports whether all members of a small space are known. The caller must hold mu.
func (s *Search) exhausted() bool {
	size := (&State{space: s.space, memo: &s.memo, figures: s.known}).size()
	return size >= 0 && len(s.first)-s.small-s.refused >= size
}
