package searchspace

import (
	"fmt"
	"iter"
	"slices"
)

// Restrict returns the part of a space that follows further rules. It keeps the name and the keys,
// because the result of an architecture does not depend on the rest of the space. To draw from the
// restricted space with a generator trained on the larger one, load the generator's file with the
// restricted space, or see Conditional in package generator.
//
// If the rules leave a decision without a value and the check for dead ends finds it (see [New]),
// the error wraps [ErrDeadEnd].
func Restrict(space Space, rules ...Rule) (Space, error) {
	bound, err := bindRules(space.Parts(), rules)
	if err != nil {
		return nil, fmt.Errorf("restricting %s: %w", space.Name(), err)
	}
	r := restricted{Space: space, rules: bound}
	if err := probe(&r); err != nil {
		return nil, fmt.Errorf("restricting %s: %w", space.Name(), err)
	}
	notation, isNotation := space.(Notation)
	_, isEnumerator := space.(Enumerator)
	switch {
	case isNotation && isEnumerator:
		return struct {
			*restricted
			Notation
			listed
		}{&r, notation, listed{&r}}, nil
	case isNotation:
		return struct {
			*restricted
			Notation
		}{&r, notation}, nil
	case isEnumerator:
		return struct {
			*restricted
			listed
		}{&r, listed{&r}}, nil
	}
	return &r, nil
}

// restricted is a space with further rules.
type restricted struct {
	Space
	rules rules
}

// Validate follows the architecture's decisions through the rules.
func (r *restricted) Validate(a Arch) error {
	if err := r.Space.Validate(a); err != nil {
		return err
	}
	return follow(r, a, func(Step) {})
}

// Start returns a Builder for a new architecture.
func (r *restricted) Start() Builder {
	return &restrictedBuilder{Builder: r.Space.Start(), rules: r.rules, draft: newDraft(r.Parts())}
}

// Unwrap returns the underlying space.
func (r *restricted) Unwrap() Space { return r.Space }

// listed is a restricted space that can be enumerated.
type listed struct{ of *restricted }

// All yields the members.
func (l listed) All() iter.Seq[Arch] {
	return func(yield func(Arch) bool) {
		for a := range l.of.Space.(Enumerator).All() {
			if l.of.Validate(a) == nil && !yield(a) {
				return
			}
		}
	}
}

// restrictedBuilder restricts another Builder by rules. It keeps its own draft for the rules.
type restrictedBuilder struct {
	Builder
	rules rules
	draft Draft
	next  Decision
	ready bool // whether next holds the next decision
}

// Next returns the next decision.
func (b *restrictedBuilder) Next() (Decision, bool) {
	d, ok := b.Builder.Next()
	if !ok {
		return Decision{}, false
	}
	if !b.ready {
		b.draft.beginUpTo(d.Part, d.Node)
		b.rules.narrow(&b.draft, &d)
		b.next, b.ready = d, true
	}
	return b.next, true
}

// Take makes the next decision.
func (b *restrictedBuilder) Take(value int) error {
	d, ok := b.Next()
	if ok {
		if err := d.check(b.draft.of, value); err != nil {
			return err
		}
	}
	if err := b.Builder.Take(value); err != nil {
		return err
	}
	b.draft.set(&d, value)
	b.ready = false
	return nil
}

// forbids returns the rule that forbids a value of the next decision.
func (b *restrictedBuilder) forbids(value int) string {
	d, ok := b.Builder.Next()
	if ok && slices.Contains(d.Allowed, value) {
		return b.rules.forbids(&b.draft, d, value)
	}
	return ""
}

// Clone returns an independent copy.
func (b *restrictedBuilder) Clone() Builder {
	c := *b
	c.Builder, c.draft = b.Builder.Clone(), b.draft.clone()
	return &c
}
