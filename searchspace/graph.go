package searchspace

import (
	"fmt"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/encoding"
	"gonum.org/v1/gonum/graph/encoding/dot"
	"gonum.org/v1/gonum/graph/iterator"
)

var _ graph.Directed = Arch{}

// GraphNode is a node of an Arch as a gonum graph.Node. IDs are consecutive across all parts.
type GraphNode struct {
	id    int64
	Part  string // name of the part
	Index int    // number within the part
	Op    string // operation; empty if nodes have none
	// Fields lists the node's fields, such as "heads=4,ratio=2"; it is empty if there are none.
	Fields string
}

// ID returns the node's number in the whole architecture.
func (n GraphNode) ID() int64 { return n.id }

// DOTID returns the node's name in DOT: its part and number.
func (n GraphNode) DOTID() string { return fmt.Sprintf("%s_%d", n.Part, n.Index) }

// Attributes returns the node's label for DOT.
func (n GraphNode) Attributes() []encoding.Attribute {
	label := fmt.Sprint(n.Index)
	if n.Op != "" {
		label += " " + n.Op
	}
	if n.Fields != "" {
		label += "\n" + n.Fields
	}
	return []encoding.Attribute{{Key: "label", Value: fmt.Sprintf("%q", label)}}
}

// GraphEdge is an edge of an Arch as a gonum graph.Edge.
type GraphEdge struct {
	F, T GraphNode
	Op   string // operation; empty if edges have none
	// Fields lists the edge's fields, such as "rate=0.5"; it is empty if there are none.
	Fields string
}

// From returns the edge's source.
func (e GraphEdge) From() graph.Node { return e.F }

// To returns the edge's target.
func (e GraphEdge) To() graph.Node { return e.T }

// ReversedEdge returns the edge itself, because edges of an architecture cannot be reversed.
func (e GraphEdge) ReversedEdge() graph.Edge { return e }

// Attributes returns the edge's label for DOT.
func (e GraphEdge) Attributes() []encoding.Attribute {
	label := e.Op
	if e.Op != "" && e.Fields != "" {
		label += "\n"
	}
	if label += e.Fields; label == "" {
		return nil
	}
	return []encoding.Attribute{{Key: "label", Value: fmt.Sprintf("%q", label)}}
}

// at returns the part with node id and the number of the part's first node.
func (a Arch) at(id int64) (part DAG, first int64, ok bool) {
	for _, p := range a.parts {
		if id >= first && id < first+int64(p.n) {
			return p, first, true
		}
		first += int64(p.n)
	}
	return DAG{}, 0, false
}

// Node returns the node with the given number, or nil if there is none.
func (a Arch) Node(id int64) graph.Node {
	p, first, ok := a.at(id)
	if !ok {
		return nil
	}
	i := int(id - first)
	return GraphNode{id: id, Part: p.name, Index: i, Op: p.NodeOp(i), Fields: p.Node(i).fields()}
}

// Nodes returns all nodes of all parts, in order.
func (a Arch) Nodes() graph.Nodes {
	var nodes []graph.Node
	for _, p := range a.parts {
		for range p.n {
			nodes = append(nodes, a.Node(int64(len(nodes))))
		}
	}
	return iterator.NewOrderedNodes(nodes)
}

// From returns the nodes that are reached by an edge from node id.
func (a Arch) From(id int64) graph.Nodes {
	return a.neighbors(id, func(p DAG, i, j int) bool { return p.HasEdge(i, j) })
}

// To returns the nodes with an edge to node id.
func (a Arch) To(id int64) graph.Nodes {
	return a.neighbors(id, func(p DAG, i, j int) bool { return p.HasEdge(j, i) })
}

func (a Arch) neighbors(id int64, joined func(p DAG, i, j int) bool) graph.Nodes {
	p, first, ok := a.at(id)
	if !ok {
		return graph.Empty
	}
	var nodes []graph.Node
	for j := range p.n {
		if joined(p, int(id-first), j) {
			nodes = append(nodes, a.Node(first+int64(j)))
		}
	}
	if nodes == nil {
		return graph.Empty
	}
	return iterator.NewOrderedNodes(nodes)
}

// HasEdgeFromTo reports whether there is an edge u→v.
func (a Arch) HasEdgeFromTo(u, v int64) bool {
	p, first, ok := a.at(u)
	return ok && p.HasEdge(int(u-first), int(v-first))
}

// HasEdgeBetween reports whether there is an edge u→v or v→u.
func (a Arch) HasEdgeBetween(u, v int64) bool {
	return a.HasEdgeFromTo(u, v) || a.HasEdgeFromTo(v, u)
}

// Edge returns the edge from u to v, or nil if there is none.
func (a Arch) Edge(u, v int64) graph.Edge {
	p, first, ok := a.at(u)
	if !ok || !p.HasEdge(int(u-first), int(v-first)) {
		return nil
	}
	return GraphEdge{
		F:      a.Node(u).(GraphNode),
		T:      a.Node(v).(GraphNode),
		Op:     p.EdgeOp(int(u-first), int(v-first)),
		Fields: p.EdgeLabel(int(u-first), int(v-first)).fields(),
	}
}

// DOT returns the architecture in the DOT language of Graphviz, with operations and fields as
// labels and the given graph name.
func (a Arch) DOT(name string) (string, error) {
	text, err := dot.Marshal(a, name, "", "  ")
	if err != nil {
		return "", fmt.Errorf("writing %v as DOT: %w", a, err)
	}
	return string(text), nil
}
