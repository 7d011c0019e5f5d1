package searchspace

import (
	"fmt"
	"iter"
	"slices"
)

// Step is a decision with its value.
type Step struct {
	Decision
	Value int
}

// Path returns the decisions that build an architecture of the space, in order. If the architecture
// is not a member of the space, the error wraps [ErrInvalid] and gives the reason.
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

// follow makes the decisions that build an architecture of the space and calls took with each. It
// returns the error of Path.
func follow(s Space, a Arch, took func(Step)) error {
	parts := s.Parts()
	if len(a.parts) != len(parts) {
		return refuse(s, a, Step{}, "")
	}
	b := s.Start()
	for d, ok := b.Next(); ok; d, ok = b.Next() {
		if len(d.Allowed) == 0 {
			return fmt.Errorf("%s: %w", s.Name(), d.DeadEnd())
		}
		if d.Part < 0 || d.Part >= len(parts) || d.Kind > EdgeField || !hasField(&parts[d.Part], &d) {
			return fmt.Errorf("%s: its Builder offers %v, which its Parts do not describe", s.Name(), d)
		}
		step := Step{Decision: d, Value: valueIn(a, parts, &d)}
		if !slices.Contains(d.Allowed, step.Value) {
			rule := ""
			if f, ok := b.(forbidder); ok {
				rule = f.forbids(step.Value)
			}
			return refuse(s, a, step, rule)
		}
		if err := b.Take(step.Value); err != nil {
			return fmt.Errorf("%s: [%v]: %w", s.Name(), a, err)
		}
		took(step)
	}
	made, err := b.Arch()
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name(), err)
	}
	if made.Equal(a) {
		return nil
	}
	if why := misshapen(parts, a); why != "" {
		return fmt.Errorf("%s: %w [%v]: %s", s.Name(), ErrInvalid, a, why)
	}
	return fmt.Errorf("%s: %w [%v]: its decisions build a different architecture, [%v]", s.Name(), ErrInvalid, a, made)
}

// hasField reports whether a decision is not about a field, or about one that its part has.
func hasField(p *Part, d *Decision) bool {
	switch d.Kind {
	case NodeField:
		return d.Field >= 0 && d.Field < len(p.NodeFields)
	case EdgeField:
		return d.Field >= 0 && d.Field < len(p.EdgeFields)
	}
	return true
}

// valueIn returns the value of the architecture at a decision, or −1 if it has none that the parts
// describe.
func valueIn(a Arch, parts []Part, d *Decision) int {
	g := &a.parts[d.Part]
	if d.Node < 0 || d.Node >= g.n {
		return -1
	}
	switch d.Kind {
	case NodeOp:
		return slices.Index(parts[d.Part].NodeOps, g.NodeOp(d.Node))
	case EdgeOp:
		return slices.Index(parts[d.Part].EdgeOps, g.EdgeOp(d.From, d.Node))
	case NodeField:
		return parts[d.Part].NodeFields[d.Field].index(g.Node(d.Node))
	case EdgeField:
		return parts[d.Part].EdgeFields[d.Field].index(g.EdgeLabel(d.From, d.Node))
	}
	if g.HasEdge(d.From, d.Node) {
		return 1
	}
	return 0
}

// Enumerate yields all architectures that b can still build. It does not change b. Use it only for
// small spaces. It ends with an error that wraps [ErrDeadEnd] if it reaches a decision with no
// allowed value.
func Enumerate(b Builder) iter.Seq2[Arch, error] {
	return func(yield func(Arch, error) bool) { enumerate(b.Clone(), yield) }
}

func enumerate(b Builder, yield func(Arch, error) bool) bool {
	Skip(b)
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
