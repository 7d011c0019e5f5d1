package searchspace

// Unordered returns a space in which the numbering of nodes has no meaning: architectures that
// differ only in the order of their nodes have the same Key and are evaluated once. Nodes are
// distinguished only by their operations, fields and edges, so an input or output that must not be
// exchanged with other nodes needs its own operation.
//
// The name and the members are those of the given space. Computing keys is fast for parts of up to
// a few hundred nodes.
func Unordered(space Space) Space {
	u := unordered{space}
	if notation, ok := space.(Notation); ok {
		return struct {
			unordered
			Notation
		}{u, notation}
	}
	return u
}

type unordered struct{ Space }

// Key formats the parts with their nodes in canonical order.
func (u unordered) Key(a Arch) string { return unorderedKey(a) }

// unorderedKey formats the parts of an architecture with their nodes in canonical order.
func unorderedKey(a Arch) string {
	var s []byte
	for i, g := range a.parts {
		if i > 0 {
			s = append(s, " / "...)
		}
		g = canonical(g, 0)
		s = g.appendText(s)
	}
	return string(s)
}

// Unwrap returns the underlying space.
func (u unordered) Unwrap() Space { return u.Space }
