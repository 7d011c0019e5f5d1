package searchspace

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrInvalid is wrapped by every error about an architecture that is malformed or not a member of a space.
var ErrInvalid = errors.New("invalid architecture")

// Arch is an architecture: one or more named parts, each a labelled directed acyclic graph. Most spaces have one part (a
// cell); spaces of networks with several stages, or with a normal and a reduction cell, have a part for each.
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

// Equal reports whether two architectures are equal as ordered graphs, with the same parts, nodes, edges and operations under
// the same numbers. Isomorphic architectures need not be Equal; a Space's Key identifies those that count as the same.
func (a Arch) Equal(b Arch) bool {
	return slices.EqualFunc(a.parts, b.parts, DAG.Equal)
}

// String writes the architecture on one line, node by node with each node's inputs: "input; conv<0; output<0,1". An edge's
// operation follows a colon ("<0:skip"). Parts are separated by " / " and, if there are several, begin with their names
// ("normal = …"). Names with any of these characters are quoted. Two architectures of one space have the same String
// exactly if they are Equal.
func (a Arch) String() string {
	var s strings.Builder
	for i, p := range a.parts {
		if i > 0 {
			s.WriteString(" / ")
		}
		if len(a.parts) > 1 {
			s.WriteString(quoted(p.name) + " = ")
		}
		p.write(&s)
	}
	return s.String()
}

// Edge is an edge of a DAG: From feeds To. Op is its operation, empty if edges carry none.
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
	nodeOps []string // one a node, nil if nodes carry none
	present []bool   // lower triangle, row by row
	edgeOps []string // lower triangle, nil if edges carry none
}

// NewDAG returns a part with n nodes, at least one. nodeOps has one operation for each node, or is nil if nodes carry none. The
// error wraps [ErrInvalid] if the operation of a node is empty, or if an edge does not lead from a lower to a higher node,
// is listed twice, or carries an operation and another does not.
func NewDAG(name string, n int, nodeOps []string, edges []Edge) (DAG, error) {
	if n < 1 {
		return DAG{}, fmt.Errorf("part %q: %w: it must have at least 1 node, got %d", name, ErrInvalid, n)
	}
	if nodeOps != nil && len(nodeOps) != n {
		return DAG{}, fmt.Errorf("part %q: %w: %s for %s", name, ErrInvalid,
			countOf(len(nodeOps), "node operation"), countOf(n, "node"))
	}
	if i := slices.Index(nodeOps, ""); i >= 0 {
		return DAG{}, fmt.Errorf("part %q: %w: the operation of node %d is empty", name, ErrInvalid, i)
	}
	g := DAG{name: name, n: n, nodeOps: slices.Clone(nodeOps), present: make([]bool, triangle(n))}
	if len(edges) > 0 && edges[0].Op != "" {
		g.edgeOps = make([]string, triangle(n))
	}
	for _, e := range edges {
		if e.From < 0 || e.From >= e.To || e.To >= n {
			return DAG{}, fmt.Errorf("part %q: %w: edge %d→%d must lead from a lower to a higher node of the %d",
				name, ErrInvalid, e.From, e.To, n)
		}
		i := triangle(e.To) + e.From
		if g.present[i] {
			return DAG{}, fmt.Errorf("part %q: %w: edge %d→%d is listed twice", name, ErrInvalid, e.From, e.To)
		}
		g.present[i] = true
		if (e.Op != "") != (g.edgeOps != nil) {
			return DAG{}, fmt.Errorf("part %q: %w: either all edges carry an operation or none does", name, ErrInvalid)
		}
		if g.edgeOps != nil {
			g.edgeOps[i] = e.Op
		}
	}
	return g, nil
}

// triangle returns the number of pairs j < i < n, which is also the index where row n of a lower triangle starts.
func triangle(n int) int { return n * (n - 1) / 2 }

// Name returns the part's name.
func (g DAG) Name() string { return g.name }

// Len returns the number of nodes.
func (g DAG) Len() int { return g.n }

// NodeOp returns the operation of node i, or "" if nodes carry none.
func (g DAG) NodeOp(i int) string {
	if g.nodeOps == nil {
		return ""
	}
	return g.nodeOps[i]
}

// HasEdge reports whether node from feeds node to. It is false if from ≥ to.
func (g DAG) HasEdge(from, to int) bool {
	return 0 <= from && from < to && to < g.n && g.present[triangle(to)+from]
}

// EdgeOp returns the operation on the edge from→to, or "" if there is no such edge or edges carry none.
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

// Equal reports whether two parts have the same name, nodes, edges and operations under the same numbers.
func (g DAG) Equal(h DAG) bool {
	return g.name == h.name && g.n == h.n && slices.Equal(g.nodeOps, h.nodeOps) &&
		slices.Equal(g.present, h.present) && slices.Equal(g.edgeOps, h.edgeOps)
}

func (g DAG) write(s *strings.Builder) {
	for i := range g.n {
		if i > 0 {
			s.WriteString("; ")
		}
		s.WriteString(quoted(g.NodeOp(i)))
		mark := byte('<')
		for j := range i {
			if !g.HasEdge(j, i) {
				continue
			}
			s.WriteByte(mark)
			mark = ','
			fmt.Fprint(s, j)
			if op := g.EdgeOp(j, i); op != "" {
				s.WriteString(":" + quoted(op))
			}
		}
	}
}

// quoted quotes a name that has any of String's separators.
func quoted(name string) string {
	if strings.ContainsAny(name, `";<,:/=`) {
		return strconv.Quote(name)
	}
	return name
}
