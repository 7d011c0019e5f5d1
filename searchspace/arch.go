package searchspace

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// ErrInvalid is wrapped by every error about an architecture that is malformed or not a member of a space.
var ErrInvalid = errors.New("invalid architecture")

// Arch is an architecture: one or more named parts, each a labeled directed acyclic graph. Most
// spaces have one part (a cell). Spaces of networks with several stages, or with a normal and a
// reduction cell, have one part for each.
//
// An Arch is immutable and safe for concurrent use. The zero Arch has no parts.
type Arch struct {
	parts []DAG
}

// NewArch returns an architecture with the given parts, in order.
func NewArch(parts ...DAG) Arch {
	return Arch{parts: slices.Clone(parts)}
}

// NumParts returns the number of parts.
func (a Arch) NumParts() int { return len(a.parts) }

// Part returns part i, 0 ≤ i < NumParts.
func (a Arch) Part(i int) DAG { return a.parts[i] }

// Find returns the part with the given name. If there is none, it returns a part with this name and
// without nodes, whose method Node panics with the name.
func (a Arch) Find(name string) DAG {
	for _, p := range a.parts {
		if p.name == name {
			return p
		}
	}
	return DAG{name: name}
}

// Equal reports whether two architectures are equal as ordered graphs: they have the same parts,
// nodes, edges, operations and fields under the same numbers. Isomorphic architectures need not be
// Equal; a Space's Key identifies architectures that count as the same.
func (a Arch) Equal(b Arch) bool {
	return slices.EqualFunc(a.parts, b.parts, DAG.Equal)
}

// String formats the architecture on one line, node by node with each node's inputs: "input;
// conv<0; output<0,1". An edge's operation follows a colon ("<0:skip"), and fields are in braces
// ("conv{kernel=3}"). Parts are separated by " / " and, if there are several, preceded by their
// names ("normal = …"). Names with any of these characters are quoted. Two architectures of one
// space have the same String if and only if they are Equal. [Parse] reads this format.
func (a Arch) String() string {
	var buffer [512]byte
	s := buffer[:0]
	for i := range a.parts {
		p := &a.parts[i]
		if i > 0 {
			s = append(s, " / "...)
		}
		if len(a.parts) > 1 {
			s = append(appendName(s, p.name), " = "...)
		}
		s = p.appendText(s)
	}
	return string(s)
}

// Edge is an edge of a DAG from node From to node To. Op is its operation, or empty if edges have
// none.
type Edge struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	Op   string `json:"op,omitempty"`
}

// DAG is one part of an architecture: nodes 0..Len−1 in topological order and edges from lower to higher numbers.
// It is immutable.
type DAG struct {
	name    string
	n       int
	nodeOps []string // one per node; nil if nodes have none
	present []bool   // lower triangle, row by row
	edgeOps []string // lower triangle; nil if edges have none
	// edgeFields has a row for each pair of the lower triangle.
	nodeFields, edgeFields fieldTable
}

// NewDAG returns a part with n nodes, at least one. nodeOps has one operation for each node, or is
// nil if nodes have none. The error wraps [ErrInvalid] if a node's operation is empty, or if an
// edge does not lead from a lower to a higher node, is listed twice, or has an operation although
// another edge has none.
func NewDAG(name string, n int, nodeOps []string, edges []Edge) (DAG, error) {
	if n < 1 {
		return DAG{}, fmt.Errorf("part %q: %w: it must have at least 1 node, got %d", name, ErrInvalid, n)
	}
	if nodeOps != nil && len(nodeOps) != n {
		return DAG{}, fmt.Errorf("part %q: %w: got %s for %s, want one for each", name, ErrInvalid,
			countOf(len(nodeOps), "node operation"), countOf(n, "node"))
	}
	if i := slices.Index(nodeOps, ""); i >= 0 {
		return DAG{}, fmt.Errorf("part %q: %w: the operation of node %d must not be empty", name, ErrInvalid, i)
	}
	g := DAG{name: name, n: n, nodeOps: slices.Clone(nodeOps), present: make([]bool, triangle(n))}
	if len(edges) > 0 && edges[0].Op != "" {
		g.edgeOps = make([]string, triangle(n))
	}
	for _, e := range edges {
		if e.From < 0 || e.From >= e.To || e.To >= n {
			return DAG{}, fmt.Errorf("part %q: %w: edge %d→%d must lead from a lower to a higher node number below %d",
				name, ErrInvalid, e.From, e.To, n)
		}
		i := triangle(e.To) + e.From
		if g.present[i] {
			return DAG{}, fmt.Errorf("part %q: %w: edge %d→%d is listed twice", name, ErrInvalid, e.From, e.To)
		}
		g.present[i] = true
		if (e.Op != "") != (g.edgeOps != nil) {
			return DAG{}, fmt.Errorf("part %q: %w: either every edge or no edge must have an operation", name, ErrInvalid)
		}
		if g.edgeOps != nil {
			g.edgeOps[i] = e.Op
		}
	}
	return g, nil
}

// WithNodeFields returns the part with fields for its nodes: for each node, a map from names to
// values. The error wraps [ErrInvalid] if there is not one map for each node, or if a name or value
// is empty.
func (g DAG) WithNodeFields(fields []map[string]string) (DAG, error) {
	if len(fields) != g.n {
		return DAG{}, fmt.Errorf("part %q: %w: there must be one map of fields for each of the %d nodes, got %d", g.name, ErrInvalid, g.n, len(fields))
	}
	table, err := newFieldTable(fields)
	if err != nil {
		return DAG{}, fmt.Errorf("part %q: nodes: %w", g.name, err)
	}
	g.nodeFields = table
	return g, nil
}

// WithEdgeFields returns the part with fields for its edges: for each edge, in the order of
// [DAG.Edges], a map from names to values. The error wraps [ErrInvalid] if there is not one map for
// each edge, or if a name or value is empty.
func (g DAG) WithEdgeFields(fields []map[string]string) (DAG, error) {
	if n := g.NumEdges(); len(fields) != n {
		return DAG{}, fmt.Errorf("part %q: %w: there must be one map of fields for each of the %d edges, got %d", g.name, ErrInvalid, n, len(fields))
	}
	rows := make([]map[string]string, len(g.present))
	for i, p := range g.present {
		if p {
			rows[i], fields = fields[0], fields[1:]
		}
	}
	table, err := newFieldTable(rows)
	if err != nil {
		return DAG{}, fmt.Errorf("part %q: edges: %w", g.name, err)
	}
	g.edgeFields = table
	return g, nil
}

// triangle returns the number of pairs j < i < n, which is also the start of row n in a lower
// triangle.
func triangle(n int) int { return n * (n - 1) / 2 }

// Name returns the part's name.
func (g DAG) Name() string { return g.name }

// Len returns the number of nodes.
func (g DAG) Len() int { return g.n }

// NodeOp returns the operation of node i, or "" if nodes have none.
func (g DAG) NodeOp(i int) string {
	if g.nodeOps == nil {
		return ""
	}
	return g.nodeOps[i]
}

// Node returns the operation and the fields of node i, 0 ≤ i < Len.
func (g DAG) Node(i int) Label {
	if i < 0 || i >= g.Len() { // also if Find found no part
		panic(fmt.Sprintf("part %q has %d nodes and no node %d", g.name, g.Len(), i))
	}
	return g.nodeFields.label(g.NodeOp(i), i)
}

// EdgeLabel returns the operation and the fields of the edge from→to. It is empty if there is no
// such edge.
func (g DAG) EdgeLabel(from, to int) Label {
	if !g.HasEdge(from, to) {
		return Label{}
	}
	return g.edgeFields.label(g.EdgeOp(from, to), triangle(to)+from)
}

// HasEdge reports whether there is an edge from→to. It returns false if from ≥ to.
func (g DAG) HasEdge(from, to int) bool {
	return 0 <= from && from < to && to < g.n && g.present[triangle(to)+from]
}

// EdgeOp returns the operation of the edge from→to, or "" if there is no such edge or edges have no
// operations.
func (g DAG) EdgeOp(from, to int) string {
	if g.edgeOps == nil || !g.HasEdge(from, to) {
		return ""
	}
	return g.edgeOps[triangle(to)+from]
}

// Edges returns all edges, ordered by To, then From.
func (g DAG) Edges() []Edge {
	var edges []Edge
	for to := range g.n {
		for from := range to {
			if g.present[triangle(to)+from] {
				edges = append(edges, Edge{From: from, To: to, Op: g.EdgeOp(from, to)})
			}
		}
	}
	return edges
}

// NumEdges returns the number of edges.
func (g DAG) NumEdges() int {
	n := 0
	for _, p := range g.present {
		if p {
			n++
		}
	}
	return n
}

// Equal reports whether two parts have the same name, nodes, edges, operations and fields under the same numbers.
func (g DAG) Equal(h DAG) bool {
	return g.name == h.name && g.n == h.n && slices.Equal(g.nodeOps, h.nodeOps) &&
		slices.Equal(g.present, h.present) && slices.Equal(g.edgeOps, h.edgeOps) &&
		g.nodeFields.equal(h.nodeFields) && g.edgeFields.equal(h.edgeFields)
}

// String formats the part like [Arch.String], without its name.
func (g DAG) String() string { return string(g.appendText(nil)) }

// appendText appends the String of the part.
func (g *DAG) appendText(s []byte) []byte {
	for to := range g.n {
		if to > 0 {
			s = append(s, "; "...)
		}
		s = g.Node(to).appendText(s)
		mark := byte('<')
		for from, present := range g.present[triangle(to):triangle(to+1)] {
			if !present {
				continue
			}
			s = strconv.AppendInt(append(s, mark), int64(from), 10)
			mark = ','
			if label := g.EdgeLabel(from, to); label.Op != "" || len(label.names) > 0 {
				if label.Op != "" {
					s = append(s, ':')
				}
				s = label.appendText(s)
			}
		}
	}
	return s
}

// marks are the characters with a meaning in Arch.String.
const marks = `";<,:/={}`

// isMark reports whether a byte is one of the marks.
var isMark = func() (is [256]bool) {
	for _, mark := range []byte(marks) {
		is[mark] = true
	}
	return is
}()

// appendName appends a name, quoted if it contains any of the marks.
func appendName(s []byte, name string) []byte {
	for i := range len(name) {
		if isMark[name[i]] {
			return strconv.AppendQuote(s, name)
		}
	}
	return append(s, name...)
}
