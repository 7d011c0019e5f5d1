package searchspace

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Explainer is implemented by a Space that can explain which of its rules an architecture breaks.
// The errors of [Sequential.Validate] and [Path] include the explanation.
type Explainer interface {
	// Explain describes the rule that an architecture breaks, such as "a cell must have at most 9
	// edges, got 10". The architecture has parts, nodes and operations as described by the space's
	// Parts. The space allows its values for all decisions before refused, but not the value at
	// refused. If Explain returns "", the error lists the allowed values instead.
	Explain(a Arch, refused Step) string
}

// Reason is a function for [Sequential.WithReason]. See [Explainer] for its arguments and result.
type Reason func(a Arch, refused Step) string

// WithReason returns the same space with errors that explain its rules in words.
func (s *Sequential) WithReason(reason Reason) *Sequential {
	explained := *s
	explained.reason = reason
	return &explained
}

// Explain implements [Explainer]. It returns "" for a space without a [Reason].
func (s *Sequential) Explain(a Arch, refused Step) string {
	if s.reason == nil {
		return ""
	}
	return s.reason(a, refused)
}

// refuse returns the error for an architecture with a value that the space does not allow. It names
// the rule that forbids the value, if known.
func refuse(s Space, a Arch, refused Step, rule string) error {
	why := misshapen(s.Parts(), a)
	if why == "" {
		if e, ok := s.(Explainer); ok {
			why = e.Explain(a, refused)
		}
	}
	if why == "" {
		why = notAllowed(s.Parts(), refused)
		if rule != "" {
			why += fmt.Sprintf(" (rule %q)", rule)
		}
	}
	return fmt.Errorf("%s: %w [%v]: %s", s.Name(), ErrInvalid, a, why)
}

// misshapen describes how an architecture differs from the description of the parts, regardless of
// rules. It returns "" if it does not.
func misshapen(parts []Part, a Arch) string {
	if len(a.parts) != len(parts) {
		return fmt.Sprintf("it has %s, but the space has %s", countOf(len(a.parts), "part"), countOf(len(parts), "part"))
	}
	for i, p := range parts {
		g := a.parts[i]
		if g.name != p.Name {
			return fmt.Sprintf("part %d must be named %q, got %q", i+1, p.Name, g.name)
		}
		why := wrongLength(p, g)
		if why == "" {
			why = wrongNodeOps(p, g)
		}
		if why == "" {
			why = wrongEdgeOps(p, g)
		}
		if why == "" {
			why = wrongFields(p, g)
		}
		if why != "" {
			return inPart(parts, i) + why
		}
	}
	return ""
}

// wrongLength describes what is wrong with the number of nodes.
func wrongLength(p Part, g DAG) string {
	switch {
	case p.Last == "" && g.n != p.MaxNodes:
		return fmt.Sprintf("it must have %s, got %d", countOf(p.MaxNodes, "node"), g.n)
	case g.n > p.MaxNodes:
		return fmt.Sprintf("it must have at most %s, got %d", countOf(p.MaxNodes, "node"), g.n)
	case g.n < p.MinNodes:
		return fmt.Sprintf("it must have at least %s, got %d", countOf(p.MinNodes, "node"), g.n)
	}
	return ""
}

// wrongNodeOps describes what is wrong with the operations of nodes.
func wrongNodeOps(p Part, g DAG) string {
	for v := range g.n {
		switch op := g.NodeOp(v); {
		case p.NodeOps == nil && op != "":
			return fmt.Sprintf("node %d has the operation %q, but nodes have none in this space", v, op)
		case p.NodeOps == nil:
		case op == "":
			return fmt.Sprintf("node %d has no operation; %s", v, theOperationsAre(p.NodeOps))
		case !slices.Contains(p.NodeOps, op):
			return fmt.Sprintf("node %d: unknown operation %q; %s", v, op, theOperationsAre(p.NodeOps))
		case op == p.Last && v < g.n-1:
			return fmt.Sprintf("node %d is %q, which only the last node can be", v, op)
		case p.Last != "" && op != p.Last && v == g.n-1:
			return fmt.Sprintf("node %d is the last and must be %q, got %q", v, p.Last, op)
		}
	}
	return ""
}

// wrongEdgeOps describes what is wrong with the operations of edges.
func wrongEdgeOps(p Part, g DAG) string {
	for _, e := range g.Edges() {
		switch {
		case p.EdgeOps == nil && e.Op != "":
			return fmt.Sprintf("edge %d→%d has the operation %q, but edges have none in this space", e.From, e.To, e.Op)
		case p.EdgeOps == nil:
		case e.Op == "":
			return fmt.Sprintf("edge %d→%d has no operation; %s", e.From, e.To, theOperationsAre(p.EdgeOps[1:]))
		case e.Op == p.EdgeOps[0]:
			return fmt.Sprintf("edge %d→%d has the operation %q, which means that there is no edge: leave the edge out", e.From, e.To, e.Op)
		case !slices.Contains(p.EdgeOps, e.Op):
			return fmt.Sprintf("edge %d→%d: unknown operation %q; %s", e.From, e.To, e.Op, theOperationsAre(p.EdgeOps[1:]))
		}
	}
	return ""
}

// wrongFields describes what is wrong with the fields of nodes and edges.
func wrongFields(p Part, g DAG) string {
	nodes, edges := compileFields(p.NodeFields, p.NodeOps), compileFields(p.EdgeFields, p.EdgeOps)
	for v := range g.n {
		if why := wrongLabel(p.NodeFields, nodes, p.NodeOps, g.Node(v)); why != "" {
			return fmt.Sprintf("node %d %s", v, why)
		}
	}
	for _, e := range g.Edges() {
		if why := wrongLabel(p.EdgeFields, edges, p.EdgeOps, g.EdgeLabel(e.From, e.To)); why != "" {
			return fmt.Sprintf("edge %d→%d %s", e.From, e.To, why)
		}
	}
	return ""
}

// wrongLabel describes what is wrong with the fields of a label with one of the given operations.
func wrongLabel(fields []Field, compiled []compiledField, ops []string, l Label) string {
	op, values := slices.Index(ops, l.Op), make([]int16, len(fields))
	for i, f := range fields {
		values[i] = int16(f.index(l))
		switch exists := compiled[i].exists(op, values[:i]); {
		case exists && !l.Has(f.Name):
			return fmt.Sprintf("must have the field %q; its values are %s", f.Name, strings.Join(quotedAll(f.Values), ", "))
		case exists && values[i] < 0:
			return fmt.Sprintf("has the unknown value %q of field %q; the values are %s", l.Get(f.Name), f.Name, strings.Join(quotedAll(f.Values), ", "))
		case !exists && l.Has(f.Name):
			return fmt.Sprintf("must not have the field %q, which does not exist with its other choices: %v", f.Name, l)
		}
	}
	for name := range l.Fields() {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name }) {
			return fmt.Sprintf("has the unknown field %q", name)
		}
	}
	return ""
}

// notAllowed describes which values a decision may have instead of the one it has.
func notAllowed(parts []Part, refused Step) string {
	where := inPart(parts, refused.Part)
	p := parts[refused.Part]
	switch f := fieldOf(parts, &refused.Decision); {
	case refused.Kind == NodeField:
		return fmt.Sprintf("%sfield %q of node %d cannot be %s here, only %s", where, f.Name, refused.Node,
			nameOf(f.Values, refused.Value), strings.Join(namesOf(f.Values, refused.Allowed), ", "))
	case refused.Kind == EdgeField:
		return fmt.Sprintf("%sfield %q of edge %d→%d cannot be %s here, only %s", where, f.Name, refused.From, refused.Node,
			nameOf(f.Values, refused.Value), strings.Join(namesOf(f.Values, refused.Allowed), ", "))
	case refused.Kind == EdgePresence && refused.Value == 0:
		return fmt.Sprintf("%sthe edge %d→%d is required but missing", where, refused.From, refused.Node)
	case refused.Kind == EdgePresence && refused.Value == 1:
		return fmt.Sprintf("%sthe edge %d→%d is not allowed", where, refused.From, refused.Node)
	case refused.Kind == EdgePresence:
		return fmt.Sprintf("%sthe presence of edge %d→%d must be 0 or 1, got %d",
			where, refused.From, refused.Node, refused.Value)
	case refused.Kind == NodeOp:
		return fmt.Sprintf("%snode %d cannot be %s here, only %s", where, refused.Node,
			nameOf(p.NodeOps, refused.Value), strings.Join(namesOf(p.NodeOps, refused.Allowed), ", "))
	default:
		return fmt.Sprintf("%sthe edge %d→%d cannot be %s here, only %s", where, refused.From, refused.Node,
			nameOf(p.EdgeOps, refused.Value), strings.Join(namesOf(p.EdgeOps, refused.Allowed), ", "))
	}
}

// inPart returns the name of a part for messages if the space has several.
func inPart(parts []Part, i int) string {
	if len(parts) == 1 {
		return ""
	}
	return fmt.Sprintf("part %q: ", parts[i].Name)
}

// theOperationsAre lists operations for messages.
func theOperationsAre(ops []string) string {
	return "the operations are " + strings.Join(quotedAll(ops), ", ")
}

// quotedAll quotes names.
func quotedAll(names []string) []string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return quoted
}

// namesOf returns the quoted names of operations given by their indexes.
func namesOf(ops []string, indices []int) []string {
	names := make([]string, len(indices))
	for i, index := range indices {
		names[i] = nameOf(ops, index)
	}
	return names
}

// nameOf returns the quoted name of the operation with an index, or the index itself if there is
// none.
func nameOf(ops []string, index int) string {
	if index < 0 || index >= len(ops) {
		return strconv.Itoa(index)
	}
	return strconv.Quote(ops[index])
}

// countOf formats a number of things: "1 node", "2 nodes".
func countOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
