package searchspace

import (
	"fmt"
	"iter"
	"slices"
)

// Neighborhood is implemented by a Space that defines which architectures are close to each other.
type Neighborhood interface {
	// Neighbors yields members of the space that are close to a, which must be a member.
	Neighbors(a Arch) iter.Seq[Arch]
}

// maxCompletions limits the number of architectures after one changed decision.
const maxCompletions = 64

// Neighbors returns the architectures of the space that are one change away from a, in an order
// that depends only on a. No two of them have the same Key, and none has that of a.
//
// A [Neighborhood] defines what counts as one change. In other spaces, a change gives one decision
// another value; an ordered field moves by one step. Later decisions keep their values if these
// still exist and are allowed; a decision that did not exist before (such as the operation of a new
// edge) takes every allowed value. One change leads to at most 64 architectures, divided equally
// among the values of each new decision. In NAS-Bench-201, the neighbors are the 24 cells that
// differ in one of the six operations. In NAS-Bench-101, edges are added and removed, operations
// change, and nodes are added and removed at the end.
//
// The error wraps [ErrInvalid] if a or one of its neighbors is not a member of the space, and
// [ErrDeadEnd] if the space's Builder reaches a dead end.
func Neighbors(s Space, a Arch) ([]Arch, error) {
	near := neighbors{space: s, keys: map[string]bool{s.Key(a): true}}
	if n, ok := s.(Neighborhood); ok {
		if err := s.Validate(a); err != nil {
			return nil, fmt.Errorf("neighbors: %w", err)
		}
		for b := range n.Neighbors(a) {
			if err := s.Validate(b); err != nil {
				return nil, fmt.Errorf("neighbors of [%s]: %w", Text(s, a), err)
			}
			near.add(b)
		}
		return near.archs, nil
	}
	path, err := Path(s, a)
	if err != nil {
		return nil, fmt.Errorf("neighbors: %w", err)
	}
	if err := near.changeEach(path); err != nil {
		return nil, fmt.Errorf("neighbors of [%s]: %w", Text(s, a), err)
	}
	return near.archs, nil
}

// neighbors collects the neighbors found so far.
type neighbors struct {
	space Space
	keys  map[string]bool // keys of the neighbors and of the architecture itself
	archs []Arch
}

func (n *neighbors) add(a Arch) {
	if key := n.space.Key(a); !n.keys[key] {
		n.keys[key] = true
		n.archs = append(n.archs, a)
	}
}

// place identifies a decision regardless of its allowed values.
type place struct {
	part  int
	kind  Kind
	node  int
	from  int
	field int
}

func placeOf(d Decision) place { return place{d.Part, d.Kind, d.Node, d.From, d.Field} }

// changeEach adds the architectures that result from changing one of a path's decisions.
func (n *neighbors) changeEach(path []Step) error {
	old := make(map[place]int, len(path))
	for _, step := range path {
		old[placeOf(step.Decision)] = step.Value
	}
	parts := n.space.Parts()
	b := n.space.Start()
	for _, step := range path {
		for _, value := range appendChanges(nil, parts, &step) {
			changed := b.Clone()
			if err := changed.Take(value); err != nil {
				return err
			}
			if _, err := n.complete(changed, old, maxCompletions); err != nil {
				return err
			}
		}
		if err := b.Take(step.Value); err != nil {
			return err
		}
	}
	return nil
}

// appendChanges appends the values that a neighbor may have at a step: all other values or, for an
// ordered field, the next lower and the next higher one.
func appendChanges(values []int, parts []Part, s *Step) []int {
	at, _ := slices.BinarySearch(s.Allowed, s.Value)
	first, last := 0, len(s.Allowed)
	if f := fieldOf(parts, &s.Decision); f != nil && f.Ordered {
		first, last = max(0, at-1), min(last, at+2)
	}
	for i := first; i < last; i++ {
		if i != at {
			values = append(values, s.Allowed[i])
		}
	}
	return values
}

// fieldOf returns the field that a decision is about, or nil if it is not about a field.
func fieldOf(parts []Part, d *Decision) *Field {
	switch d.Kind {
	case NodeField:
		return &parts[d.Part].NodeFields[d.Field]
	case EdgeField:
		return &parts[d.Part].EdgeFields[d.Field]
	}
	return nil
}

// complete adds up to limit completions of b, which keep the old values if these still exist and
// are allowed, and returns their number.
func (n *neighbors) complete(b Builder, old map[place]int, limit int) (int, error) {
	for {
		Skip(b)
		d, ok := b.Next()
		if !ok {
			break
		}
		value, known := old[placeOf(d)]
		if !known || !slices.Contains(d.Allowed, value) {
			return n.branch(b, d, old, limit)
		}
		if err := b.Take(value); err != nil {
			return 0, err
		}
	}
	a, err := b.Arch()
	if err != nil {
		return 0, err
	}
	n.add(a)
	return 1, nil
}

// branch completes b with every value of its next decision. Each value has an equal share of the
// limit, and passes on what it does not use.
func (n *neighbors) branch(b Builder, d Decision, old map[place]int, limit int) (int, error) {
	if len(d.Allowed) == 0 {
		return 0, d.DeadEnd()
	}
	done := 0
	for i, value := range d.Allowed {
		if done == limit {
			break
		}
		left := len(d.Allowed) - i
		branch := b.Clone()
		if err := branch.Take(value); err != nil {
			return done, err
		}
		found, err := n.complete(branch, old, (limit-done+left-1)/left)
		if err != nil {
			return done, err
		}
		done += found
	}
	return done, nil
}
