package searchspace

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
)

// Mutations yields neighbors of an architecture in random order and generates each on demand. One
// random neighbor of a large graph costs about as much as building the graph twice, whereas
// [Neighbors] builds all of them.
//
// It makes the changes of Neighbors in random order. If a change requires new decisions, they are
// drawn uniformly, so each change yields one neighbor. Several neighbors may have the same key, and
// their key may be that of a. If the space is a [Neighborhood], all its neighbors are listed first.
//
// If there is an error, it is yielded and the iteration ends. It wraps [ErrInvalid] if a is not a
// member of the space, and [ErrDeadEnd] if the space's Builder reaches a dead end.
func Mutations(s Space, a Arch, rng *rand.Rand) iter.Seq2[Arch, error] {
	return func(yield func(Arch, error) bool) {
		if _, ok := s.(Neighborhood); ok {
			near, err := Neighbors(s, a)
			if err != nil {
				yield(Arch{}, err)
				return
			}
			rng.Shuffle(len(near), func(i, j int) { near[i], near[j] = near[j], near[i] })
			for _, b := range near {
				if !yield(b, nil) {
					return
				}
			}
			return
		}
		m := mutator{space: s, parts: s.Parts(), arch: a, rng: rng}
		all, err := m.changes()
		if err != nil {
			yield(Arch{}, fmt.Errorf("mutating: %w", err))
			return
		}
		for i := range all {
			at := i + rng.IntN(len(all)-i) // partial shuffle
			all[i], all[at] = all[at], all[i]
			b, err := m.apply(all[i])
			if err != nil {
				yield(Arch{}, fmt.Errorf("mutating [%s]: %w", Text(s, a), err))
				return
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// mutator changes single decisions of an architecture.
type mutator struct {
	space Space
	parts []Part
	arch  Arch
	rng   *rand.Rand
}

// change assigns another value to a decision, given by its index.
type change struct{ decision, value int }

// changes lists all changes.
func (m *mutator) changes() ([]change, error) {
	var all []change
	var buffer [16]int
	n := 0
	err := follow(m.space, m.arch, func(s Step) {
		for _, v := range appendChanges(buffer[:0], m.parts, &s) {
			all = append(all, change{n, v})
		}
		n++
	})
	return all, err
}

// apply returns the architecture after a change. Later decisions keep their values if these exist
// and are still allowed.
func (m *mutator) apply(c change) (Arch, error) {
	b := m.space.Start()
	n := 0
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		if len(d.Allowed) == 0 {
			return Arch{}, d.DeadEnd()
		}
		value := c.value
		if n != c.decision {
			value = valueIn(m.arch, m.parts, &d)
			if n > c.decision && !slices.Contains(d.Allowed, value) {
				value = d.Allowed[m.rng.IntN(len(d.Allowed))]
			}
		}
		if err := b.Take(value); err != nil {
			return Arch{}, err
		}
		n++
	}
	return b.Arch()
}
