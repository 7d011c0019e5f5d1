package gran

import (
	"slices"

	"github.com/graphpnas/graphpnas/searchspace"
)

// content holds what has been decided about a part's nodes.
type content struct {
	nodes  int // number of nodes so far
	edges  prefix
	labels []int // operation of each node; unused if nodes have none
	// nodeFields has a row for each node, edgeFields for each pair in the lower triangle.
	nodeFields, edgeFields fieldValues
}

// prefix holds the edge labels of a part's settled nodes as a lower triangle, row by row: 0 for no
// edge, 1 for an edge without operations.
type prefix []int16

// triangle returns the start of row n of a lower triangle.
func triangle(n int) int { return n * (n - 1) / 2 }

// newContent returns content without nodes.
func (net *network) newContent() content {
	return content{
		nodeFields: fieldValues{fields: len(net.part.NodeFields)}, edgeFields: fieldValues{fields: len(net.part.EdgeFields)},
	}
}

// grow extends the content to n nodes with nothing decided about the new ones.
func (c *content) grow(n int) {
	c.nodes = max(c.nodes, n)
	for len(c.labels) < n {
		c.labels = append(c.labels, 0)
	}
	for len(c.edges) < triangle(n) {
		c.edges = append(c.edges, 0)
	}
	c.nodeFields.grow(n)
	c.edgeFields.grow(triangle(n))
}

// set records a decision.
func (c *content) set(d searchspace.Decision, value int) {
	switch d.Kind {
	case searchspace.NodeOp:
		c.labels[d.Node] = value
	case searchspace.NodeField:
		c.nodeFields.row(d.Node)[d.Field] = int16(value)
	case searchspace.EdgeField:
		c.edgeFields.row(triangle(d.Node) + d.From)[d.Field] = int16(value)
	default:
		c.edges[triangle(d.Node)+d.From] = int16(value)
	}
}

func (c *content) clone() content {
	copied := *c
	copied.edges, copied.labels = slices.Clone(c.edges), slices.Clone(c.labels)
	copied.nodeFields.values, copied.edgeFields.values = slices.Clone(c.nodeFields.values), slices.Clone(c.edgeFields.values)
	return copied
}

// op returns a node's operation, or 0 if nodes have none.
func (c *content) op(node int) int {
	if c.labels == nil {
		return 0
	}
	return c.labels[node]
}

// inDegree returns the number of edges into a node.
func (c *content) inDegree(node int) (n int) {
	for _, label := range c.edges[triangle(node):triangle(node+1)] {
		if label != 0 {
			n++
		}
	}
	return n
}

// fieldValues holds the values of fields, row by row: −1 for a field that does not exist or is not
// decided.
type fieldValues struct {
	fields int // number of fields per row
	values []int16
}

func (v *fieldValues) row(i int) []int16 { return v.values[i*v.fields : (i+1)*v.fields] }

func (v *fieldValues) grow(rows int) {
	for len(v.values) < rows*v.fields {
		v.values = append(v.values, -1)
	}
}
