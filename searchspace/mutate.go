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
		path, err := Path(s, a)
		if err != nil {
			yield(Arch{}, fmt.Errorf("mutating: %w", err))
			return
		}
		m := mutator{space: s, parts: s.Parts(), path: path, rng: rng}
		all := m.changes()
		for i := range all {
			at := i + rng.IntN(len(all)-i) // a shuffle, as far as it is needed
			all[i], all[at] = all[at], all[i]
			b, err := m.apply(all[i])
			if err != nil {
				yield(Arch{}, fmt.Errorf("mutating [%s]: %w", a, err))
				return
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// mutator changes single decisions of a path.
type mutator struct {
	space Space
	parts []Part
	path  []Step
	rng   *rand.Rand
}

// change is another value for a step of a path.
type change struct{ step, value int }

// changes lists all changes of the path.
func (m *mutator) changes() []change {
	all := make([]change, 0, len(m.path))
	var buffer [16]int
	for i := range m.path {
		for _, v := range appendChanges(buffer[:0], m.parts, &m.path[i]) {
			all = append(all, change{i, v})
		}
	}
	return all
}

// apply makes the architecture that a change leads to. Later decisions keep the values of the path if they have any there
// and these are still allowed.
func (m *mutator) apply(c change) (Arch, error) {
	b := m.space.Start()
	for i, step := range m.path[:c.step+1] {
		value := step.Value
		if i == c.step {
			value = c.value
		}
		if err := b.Take(value); err != nil {
			return Arch{}, err
		}
	}
	rest := m.path[c.step+1:]
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		if len(d.Allowed) == 0 {
			return Arch{}, d.DeadEnd()
		}
		for len(rest) > 0 && before(rest[0].Decision, d) {
			rest = rest[1:]
		}
		value := 0
		if len(rest) > 0 && placeOf(rest[0].Decision) == placeOf(d) && slices.Contains(d.Allowed, rest[0].Value) {
			value = rest[0].Value
		} else {
			value = d.Allowed[m.rng.IntN(len(d.Allowed))]
		}
		if err := b.Take(value); err != nil {
			return Arch{}, err
		}
	}
	return b.Arch()
}

// before reports whether a decision comes before another one in the order of a Builder.
func before(a, b Decision) bool {
	if a.Part != b.Part || a.Node != b.Node {
		return a.Part < b.Part || a.Part == b.Part && a.Node < b.Node
	}
	if pa, pb := phase[a.Kind], phase[b.Kind]; pa != pb {
		return pa < pb
	}
	if a.From != b.From {
		return a.From < b.From
	}
	return a.Kind == EdgeOp && b.Kind == EdgeField || a.Kind == b.Kind && a.Field < b.Field
}

// phase is when the decisions of a kind come at a node.
var phase = [...]int{NodeOp: 0, NodeField: 1, EdgePresence: 2, EdgeOp: 3, EdgeField: 3}
