package rl

import "github.com/graphpnas/graphpnas/searchspace"

// Spaces of at most so many nodes and architectures are counted.
const (
	maxCountedNodes = 16
	maxCounted      = 4096
)

type sizeKey struct{}

// size returns how many members with different keys a small space has, or -1 if the space is not small.
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

// Exhausted reports whether the candidates and what the search knows are all that a small space has. It is always false for a space
// of more than 4,096 members, or of more than 16 nodes in all parts together: such spaces are not counted.
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

// exhausted reports whether the search knows all that a small space has. It is called with mu held.
func (s *Search) exhausted() bool {
	size := (&State{space: s.space, memo: &s.memo, figures: s.known}).size()
	return size >= 0 && len(s.first)-s.small-s.refused >= size
}
