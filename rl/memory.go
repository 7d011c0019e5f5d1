package rl

import (
	"context"
	"fmt"

	"github.com/graphpnas/graphpnas/searchspace"
)

// memory keeps what rounds ask for again and again and what depends on the space alone. A search that is resumed finds it
// anew.
type memory struct {
	near    map[string][]candidate // neighbours, by key
	listed  bool
	members []searchspace.Arch // of a space that is small enough to be listed, once listed
}

// neighbors returns the neighbours of an architecture that was evaluated. To find them may take long, so that callers need
// not look at ctx themselves.
func (s Session) neighbors(ctx context.Context, e Evaluation) ([]candidate, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("neighbours: %w", context.Cause(ctx))
	}
	if near, ok := s.memory.near[e.Key]; ok {
		return near, nil
	}
	archs, err := searchspace.Neighbors(s.Space, e.Arch)
	if err != nil {
		return nil, err
	}
	near := make([]candidate, len(archs))
	for i, a := range archs {
		near[i] = candidate{arch: a, key: s.Space.Key(a)}
	}
	s.memory.near[e.Key] = near
	return near, nil
}

// maxListed is how many members a space may have to be listed.
const maxListed = 20_000

// members returns all members of a space that can be listed and has no more than maxListed, else nil.
func (s Session) members() []searchspace.Arch {
	if s.memory.listed {
		return s.memory.members
	}
	s.memory.listed = true
	if e, ok := s.Space.(searchspace.Enumerator); ok {
		var all []searchspace.Arch
		for a := range e.All() {
			if len(all) == maxListed {
				return nil
			}
			all = append(all, a)
		}
		s.memory.members = all
	}
	return s.memory.members
}
