package searchspace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sort"
)

// Listed returns the space that consists of the given architectures of another space, for example
// those recorded by a benchmark that covers only part of its space. It has the same name and keys.
// At each decision, its Builder allows the values of the listed architectures that agree with the
// decisions so far, so it builds only listed architectures. Duplicates count once.
//
// Deciding uniformly at every decision (explore.Uniform) does not draw uniformly from the list; a
// [Census] does. Listed architectures with the same Key are separate members.
//
// The error wraps [ErrInvalid] if an architecture is not in the space. Listed also returns an error
// if archs is empty.
func Listed(space Space, archs []Arch) (Space, error) {
	if len(archs) == 0 {
		return nil, fmt.Errorf("listing architectures of %s: there must be at least 1", space.Name())
	}
	c := &catalog{Space: space}
	for i, a := range archs {
		path, err := Path(space, a)
		if err != nil {
			return nil, fmt.Errorf("listing architectures of %s: architecture %d: %w", space.Name(), i+1, err)
		}
		c.members = append(c.members, member{values: valuesOf(path), arch: a})
	}
	slices.SortFunc(c.members, func(m, n member) int { return slices.Compare(m.values, n.values) })
	c.members = slices.CompactFunc(c.members, func(m, n member) bool { return slices.Equal(m.values, n.values) })
	c.places = make(map[string]int, len(c.members))
	keys := map[string]bool{}
	for i := range c.members {
		m := &c.members[i]
		m.key = space.Key(m.arch)
		keys[m.key] = true
		c.places[m.arch.String()] = i
	}
	c.keys = len(keys)
	if notation, ok := space.(Notation); ok {
		return struct {
			*catalog
			Notation
		}{c, notation}, nil
	}
	return c, nil
}

// catalog is a space with a list of members.
type catalog struct {
	Space
	members []member       // sorted by the values of their decisions
	places  map[string]int // index of each member by its String
	keys    int            // number of different keys
}

// member is an architecture with the values of its decisions and its key, which is slow to compute
// in some spaces.
type member struct {
	values []int32
	arch   Arch
	key    string
}

var (
	_ Enumerator = (*catalog)(nil)
	_ Counter    = (*catalog)(nil)
	_ Forgetful  = (*catalogBuilder)(nil)
)

func valuesOf(path []Step) []int32 {
	values := make([]int32, len(path))
	for i, step := range path {
		values[i] = int32(step.Value)
	}
	return values
}

// find returns the member of an architecture, or nil if it is not listed.
func (c *catalog) find(a Arch) *member {
	if i, ok := c.places[a.String()]; ok && c.members[i].arch.Equal(a) {
		return &c.members[i]
	}
	return nil
}

// Validate returns nil if the architecture is listed.
func (c *catalog) Validate(a Arch) error {
	if c.find(a) != nil {
		return nil
	}
	if err := c.Space.Validate(a); err != nil {
		return err
	}
	return fmt.Errorf("%s: %w [%v]: it is not one of the %d listed architectures", c.Name(), ErrInvalid, a, len(c.members))
}

// Key returns the key of the architecture in the underlying space.
func (c *catalog) Key(a Arch) string {
	if m := c.find(a); m != nil {
		return m.key
	}
	return c.Space.Key(a)
}

// Start returns a Builder for a new architecture.
func (c *catalog) Start() Builder {
	return &catalogBuilder{Builder: c.Space.Start(), of: c, last: len(c.members)}
}

// All yields the members in the order of [Enumerate].
func (c *catalog) All() iter.Seq[Arch] {
	return func(yield func(Arch) bool) {
		for _, m := range c.members {
			if !yield(m.arch) {
				return
			}
		}
	}
}

// Count returns the number of members with different keys.
func (c *catalog) Count() int { return c.keys }

// Unwrap returns the underlying space.
func (c *catalog) Unwrap() Space { return c.Space }

// catalogBuilder restricts another Builder to the values of the members that are still possible.
type catalogBuilder struct {
	Builder
	of          *catalog
	first, last int // the members that are still possible are first to last−1
	depth       int // number of decisions made
	next        Decision
	ready       bool // whether next holds the next decision
}

// Next returns the next decision.
func (b *catalogBuilder) Next() (Decision, bool) {
	d, ok := b.Builder.Next()
	if !ok {
		return Decision{}, false
	}
	if !b.ready {
		d.Allowed = nil
		for at := b.first; at < b.last; {
			value := b.of.members[at].values[b.depth]
			d.Allowed = append(d.Allowed, int(value))
			at = b.after(at, value)
		}
		b.next, b.ready = d, true
	}
	return b.next, true
}

// after returns the index of the first possible member, starting at from, whose next value is
// greater than the given one.
func (b *catalogBuilder) after(from int, value int32) int {
	return from + sort.Search(b.last-from, func(i int) bool { return b.of.members[from+i].values[b.depth] > value })
}

// Take makes the next decision.
func (b *catalogBuilder) Take(value int) error {
	d, ok := b.Next()
	if !ok {
		return errors.New("the architecture is already complete")
	}
	if err := d.check(b.of.Parts(), value); err != nil {
		return err
	}
	if err := b.Builder.Take(value); err != nil {
		return err
	}
	b.first = b.after(b.first, int32(value)-1)
	b.last = b.after(b.first, int32(value))
	b.depth++
	b.ready = false
	return nil
}

// forbids returns the rule that forbids a value of the next decision.
func (b *catalogBuilder) forbids(value int) string {
	if d, ok := b.Builder.Next(); ok && slices.Contains(d.Allowed, value) {
		return fmt.Sprintf("one of the %d listed architectures", len(b.of.members))
	}
	return ""
}

// Memory identifies the members that are still possible.
func (b *catalogBuilder) Memory() (string, bool) {
	var m []byte
	for _, v := range []int{b.first, b.last, b.depth} {
		m = binary.AppendVarint(m, int64(v))
	}
	return string(m), true
}

// Clone returns an independent copy.
func (b *catalogBuilder) Clone() Builder {
	c := *b
	c.Builder = b.Builder.Clone()
	return &c
}
