package searchspace

// Unordered returns a space in which the numbers of nodes mean nothing: architectures that differ only in the order of their
// nodes have the same Key, and so are evaluated once. Nodes differ by their operations, fields and edges; an input or output
// that is special needs an operation of its own.
//
// Its members and its name are those of the given space. It suits spaces of up to a few hundred nodes in a part.
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

// Key writes the parts with their nodes in a canonical order.
func (u unordered) Key(a Arch) string { return unorderedKey(a) }

// unorderedKey writes the parts of an architecture with their nodes in a canonical order.
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

// Unwrap returns the space with the order of nodes.
func (u unordered) Unwrap() Space { return u.Space }
