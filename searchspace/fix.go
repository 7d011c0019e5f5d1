package searchspace

import (
	"fmt"
	"slices"
)

// Fix returns a rule that requires the operation or a field of a node to have a value. It fixes
// part of the architecture, and the rest is generated; see [Restrict], and Conditional in package
// generator. In a part with a varying number of nodes, the node always exists. If the field does
// not exist at the node, the rule has no effect.
func Fix(p Place, value string) Rule {
	return fixed{text: fmt.Sprintf("%v is %s", p, value), bind: func(parts []Part) (fixed, error) {
		at, values, err := p.find(parts)
		if err != nil {
			return fixed{}, err
		}
		f := fixed{at: at, value: slices.Index(values, value)}
		if f.value < 0 {
			return fixed{}, fmt.Errorf("%v must be one of %q, got %q", p, values, value)
		}
		return f, nil
	}}
}

// FixEdge returns a rule that requires an edge to exist and have an operation, or, if the operation
// is the part's EdgeOps[0], not to exist. In a part without edge operations, "" means an edge and
// "none" means no edge. In a part with a varying number of nodes, both nodes always exist.
func FixEdge(part string, from, to int, op string) Rule {
	return fixed{text: fmt.Sprintf("edge %d→%d of part %s is %q", from, to, part, op), bind: func(parts []Part) (fixed, error) {
		i, err := partNamed(parts, part)
		if err != nil {
			return fixed{}, err
		}
		if from < 0 || from >= to || to >= parts[i].MaxNodes {
			return fixed{}, fmt.Errorf("part %q has no edge %d→%d", part, from, to)
		}
		ops := parts[i].EdgeOps
		if ops == nil {
			ops = []string{"none", ""}
		}
		f := fixed{at: place{part: i, kind: EdgePresence, node: to, from: from}, value: slices.Index(ops, op)}
		if f.value < 0 {
			return fixed{}, fmt.Errorf("the operation of an edge of part %q must be one of %q, got %q", part, ops, op)
		}
		return f, nil
	}}
}

// partNamed returns the index of the part with a name.
func partNamed(parts []Part, name string) (int, error) {
	i := slices.IndexFunc(parts, func(p Part) bool { return p.Name == name })
	if i < 0 {
		names := make([]string, len(parts))
		for k, p := range parts {
			names[k] = p.Name
		}
		return 0, fmt.Errorf("the space has no part %q, only %q", name, names)
	}
	return i, nil
}

// fixed is a rule that a decision must have a value: the operation or a field of a node, or the
// label of an edge, 0 if there must be no edge.
type fixed struct {
	text  string
	bind  func(parts []Part) (fixed, error)
	at    place
	value int
	last  int // operation that ends the part, −1 if there is none
}

func (f fixed) String() string { return f.text }

// Bind looks up the place and the value.
func (f fixed) Bind(parts []Part, _ int) (Rule, error) {
	bound, err := f.bind(parts)
	if err != nil {
		return nil, err
	}
	bound.text, bound.bind, bound.last = f.text, f.bind, -1
	if p := parts[bound.at.part]; p.Last != "" {
		bound.last = slices.Index(p.NodeOps, p.Last)
	}
	return bound, nil
}

// Allow keeps only the value, and removes values that end the part before the node.
func (f fixed) Allow(_ *Draft, d Decision) []int {
	keep := func(allowed func(v int) bool) []int {
		return slices.DeleteFunc(slices.Clone(d.Allowed), func(v int) bool { return !allowed(v) })
	}
	switch {
	case d.Part != f.at.part:
		return d.Allowed
	case d.Kind == NodeOp && d.Node < f.at.node && f.last >= 0:
		return keep(func(v int) bool { return v != f.last })
	case f.at.kind != EdgePresence:
		if placeOf(d) == f.at {
			return keep(func(v int) bool { return v == f.value })
		}
	case d.Node == f.at.node && d.From == f.at.from && d.Kind == EdgePresence:
		return keep(func(v int) bool { return v == min(1, f.value) })
	case d.Node == f.at.node && d.From == f.at.from && d.Kind == EdgeOp:
		return keep(func(v int) bool { return v == f.value })
	}
	return d.Allowed
}

// Memory returns nothing, because the rule depends only on the decision.
func (fixed) Memory(*Draft) string { return "" }
