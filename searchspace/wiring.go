package searchspace

import (
	"fmt"
	"slices"
)

// Connected returns a rule that requires every node to be on a path from the first node of its part
// to the last: every node except the first has an incoming edge, and every node except the last has
// an outgoing edge. As a rule of a space, it applies to all parts; in a part's Rules, it applies to
// that part.
func Connected() Rule {
	return forgetful{trusted{Named("every node is on a path from the first to the last", connected)}, dangling, edgesOnly}
}

func connected(sofar *Draft, d Decision) []int {
	if d.Kind != EdgePresence {
		return d.Allowed
	}
	p := sofar.of[d.Part]
	isLast := d.Node == p.MaxNodes-1
	if p.Last != "" {
		isLast = p.NodeOps[sofar.NodeOp(d.Part, d.Node)] == p.Last
	}
	if isLast && !feeds(sofar, d.Part, d.From, d.Node) || !isLast && d.From == d.Node-1 && !reads(sofar, d.Part, d.Node) {
		present, _ := slices.BinarySearch(d.Allowed, 1)
		return d.Allowed[present:]
	}
	return d.Allowed
}

// reads reports whether a node has an incoming edge that is decided.
func reads(sofar *Draft, part, node int) bool {
	for from := range node {
		if sofar.HasEdge(part, from, node) {
			return true
		}
	}
	return false
}

// feeds reports whether a node has an outgoing edge to a node before the given one.
func feeds(sofar *Draft, part, node, before int) bool {
	for to := node + 1; to < before; to++ {
		if sofar.HasEdge(part, node, to) {
			return true
		}
	}
	return false
}

// Inputs returns a rule that requires every node except the first of its part to have from min to
// max incoming edges, or as many as there are nodes before it if these are fewer than min.
// Inputs(1, 1) yields trees whose root is the first node. Together with [Connected], a small max
// leads to dead ends, because the last node must read every node that no other node reads.
func Inputs(min, max int) Rule {
	text := fmt.Sprintf("every node reads %d to %d nodes", min, max)
	if min == max {
		text = "every node reads " + countOf(max, "node")
	}
	return forgetful{kinds: edgesOnly, Rule: Named(text, func(sofar *Draft, d Decision) []int {
		if d.Kind != EdgePresence {
			return d.Allowed
		}
		has := 0
		for from := range d.From {
			if sofar.HasEdge(d.Part, from, d.Node) {
				has++
			}
		}
		left := d.Node - d.From - 1 // number of edges still to decide after this one
		return slices.DeleteFunc(d.Allowed, func(v int) bool { return has+v > max || v == 0 && has+left < min })
	})}
}

// Place identifies a decision about a node: its operation or one of its fields.
type Place struct {
	// Part is the name of the part.
	Part string
	// Node is the number of the node.
	Node int
	// Field is the name of the field, or "op" for the operation.
	Field string
}

// String describes the place: "op of node 3 in part cell".
func (p Place) String() string {
	return fmt.Sprintf("%s of node %d in part %s", p.Field, p.Node, p.Part)
}

// find returns where the decision is among the parts, and its values.
func (p Place) find(parts []Part) (place, []string, error) {
	part, err := partNamed(parts, p.Part)
	if err != nil {
		return place{}, nil, err
	}
	of := parts[part]
	if p.Node < 0 || p.Node >= of.MaxNodes {
		return place{}, nil, fmt.Errorf("part %q has no node %d", p.Part, p.Node)
	}
	at := place{part: part, kind: NodeOp, node: p.Node, from: -1}
	if p.Field == opField {
		return at, of.NodeOps, nil
	}
	at.kind = NodeField
	if at.field = slices.IndexFunc(of.NodeFields, func(f Field) bool { return f.Name == p.Field }); at.field < 0 {
		return place{}, nil, fmt.Errorf("the nodes of part %q have no field %q", p.Part, p.Field)
	}
	return at, of.NodeFields[at.field].Values, nil
}

// Same returns a rule that requires decisions about nodes to have the same value, which the first
// of them determines. The operations or fields at all places must list the same values in the same
// order. At places where a field does not exist, the rule has no effect.
func Same(places ...Place) Rule { return same{places: places} }

type same struct {
	places []Place
	at     []place // set by Bind
}

func (s same) narrows() kindSet { return nodeKinds }

func (s same) String() string { return fmt.Sprintf("the same values at %v", s.places) }

// Bind looks up the places.
func (s same) Bind(parts []Part, _ int) (Rule, error) {
	var first []string
	for i, p := range s.places {
		at, values, err := p.find(parts)
		if err != nil {
			return nil, err
		}
		if i > 0 && !slices.Equal(values, first) {
			return nil, fmt.Errorf("all places must have the same values, but %v has %q and %v has %q", p, values, s.places[0], first)
		}
		first, s.at = values, append(s.at, at)
	}
	return s, nil
}

// valueIn returns the value of an operation or field of a node that has been begun, or −1 if it is
// undecided or does not exist.
func (at place) valueIn(sofar *Draft) int {
	if at.kind == NodeField {
		return sofar.NodeField(at.part, at.node, at.field)
	}
	return sofar.NodeOp(at.part, at.node)
}

// Allow keeps only the value that another of the places has.
func (s same) Allow(sofar *Draft, d Decision) []int {
	if !slices.Contains(s.at, placeOf(d)) {
		return d.Allowed
	}
	for _, at := range s.at {
		if at.node >= sofar.Nodes(at.part) || at == placeOf(d) {
			continue
		}
		if value := at.valueIn(sofar); value >= 0 {
			return slices.DeleteFunc(d.Allowed, func(v int) bool { return v != value })
		}
	}
	return d.Allowed
}
