package searchspace

import (
	"fmt"
	"iter"
	"slices"
)

// Step is a decision together with the value it took.
type Step struct {
	Decision
	Value int
}

// Path returns the decisions that make an architecture of the space, in order. The error wraps [ErrInvalid] where the
// space does not allow one of them, and so where the architecture is no member.
func Path(s Space, a Arch) ([]Step, error) {
	most := 0
	for _, g := range a.parts {
		most += g.n + len(g.present) + g.NumEdges() + len(g.nodeFields.values)
	}
	steps := make([]Step, 0, most)
	if err := follow(s, a, func(step Step) { steps = append(steps, step) }); err != nil {
		return nil, err
	}
	return steps, nil
}

// follow takes the decisions that make an architecture of the space, and tells each. The error is Path's.
func follow(s Space, a Arch, took func(Step)) error {
	parts := s.Parts()
	if len(a.parts) != len(parts) {
		return fmt.Errorf("%s: %w: %d parts, not %d", s.Name(), ErrInvalid, len(a.parts), len(parts))
	}
	b := s.Start()
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		value, err := valueIn(a, parts, d)
		if err != nil {
			return fmt.Errorf("%s: %v: %w", s.Name(), a, err)
		}
		if len(d.Allowed) == 0 {
			return fmt.Errorf("%s: %w", s.Name(), d.DeadEnd())
		}
		if err := b.Take(value); err != nil {
			return fmt.Errorf("%s: %v: %w", s.Name(), a, err)
		}
		took(Step{Decision: d, Value: value})
	}
	made, err := b.Arch()
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name(), err)
	}
	if !made.Equal(a) {
		return fmt.Errorf("%s: %w: %v has more to it than its decisions make: %v", s.Name(), ErrInvalid, a, made)
	}
	return nil
}

// valueIn finds the value that the architecture takes at a decision.
func valueIn(a Arch, parts []Part, d Decision) (int, error) {
	if d.Part < 0 || d.Part >= len(parts) || d.Node < 0 {
		return 0, fmt.Errorf("the builder decides what is not there: %v", d)
	}
	g := a.parts[d.Part]
	if d.Node >= g.n {
		return 0, fmt.Errorf("%w: part %q ends before node %d", ErrInvalid, g.name, d.Node)
	}
	switch d.Kind {
	case NodeOp:
		i := slices.Index(parts[d.Part].NodeOps, g.NodeOp(d.Node))
		if i < 0 {
			return 0, fmt.Errorf("%w: unknown node operation %q", ErrInvalid, g.NodeOp(d.Node))
		}
		return i, nil
	case EdgePresence:
		if g.HasEdge(d.From, d.Node) {
			return 1, nil
		}
		return 0, nil
	case EdgeOp:
		i := slices.Index(parts[d.Part].EdgeOps, g.EdgeOp(d.From, d.Node))
		if i < 0 {
			return 0, fmt.Errorf("%w: unknown edge operation %q", ErrInvalid, g.EdgeOp(d.From, d.Node))
		}
		return i, nil
	case NodeField:
		return valueOfField(parts[d.Part].NodeFields, d, g.Node(d.Node))
	case EdgeField:
		return valueOfField(parts[d.Part].EdgeFields, d, g.EdgeLabel(d.From, d.Node))
	}
	return 0, fmt.Errorf("%v is of no known kind", d)
}

// valueOfField finds the value that a label has of the decision's field.
func valueOfField(fields []Field, d Decision, l Label) (int, error) {
	if d.Field < 0 || d.Field >= len(fields) {
		return 0, fmt.Errorf("the builder decides what is not there: %v", d)
	}
	f := &fields[d.Field]
	i := slices.Index(f.Values, l.Get(f.Name))
	if i < 0 {
		return 0, fmt.Errorf("%w: field %q is %q, but must be one of %q", ErrInvalid, f.Name, l.Get(f.Name), f.Values)
	}
	return i, nil
}

// Enumerate follows every path from b, which it leaves where it stands, and yields the architectures at their ends. It stops
// with an error at a dead end. It is for spaces that are small enough to be listed.
func Enumerate(b Builder) iter.Seq2[Arch, error] {
	return func(yield func(Arch, error) bool) { enumerate(b.Clone(), yield) }
}

func enumerate(b Builder, yield func(Arch, error) bool) bool {
	d, ok := b.Next()
	if !ok {
		a, err := b.Arch()
		return yield(a, err) && err == nil
	}
	if len(d.Allowed) == 0 {
		yield(Arch{}, d.DeadEnd())
		return false
	}
	for i, value := range d.Allowed {
		branch := b
		if i < len(d.Allowed)-1 {
			branch = b.Clone()
		}
		if err := branch.Take(value); err != nil {
			yield(Arch{}, err)
			return false
		}
		if !enumerate(branch, yield) {
			return false
		}
	}
	return true
}
