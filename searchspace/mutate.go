package searchspace

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
)

// Mutations yields neighbors of an architecture in random order, each made when it is asked for: one random neighbor of a
// large graph costs about as much as building the graph twice, where [Neighbors] builds all of them.
//
// It takes the changes of Neighbors in a random order. Where a change leaves something to be decided anew, the decisions are
// drawn uniformly, so that a change yields one neighbor. Neighbors with equal keys may be yielded, also with a's. If the
// space is a [Neighborhood], its neighbors are listed first.
//
// The iteration ends with the error if there is one: it wraps [ErrInvalid] if a is not a member of the space, and
// [ErrDeadEnd] if the space's Builder has come to one.
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
			at := i + rng.IntN(len(all)-i) // a shuffle, as far as it is needed
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

// change is another value for a decision, given by its number.
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

// apply makes the architecture that a change leads to. Later decisions keep the values that they have in the architecture if
// they have any and these are still allowed.
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
