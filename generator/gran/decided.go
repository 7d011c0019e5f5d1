package gran

import "github.com/graphpnas/graphpnas/searchspace"

// decided numbers the possible decisions about a node. There is a row for each value of its
// operation and of its fields, then, for each source of an edge to it, one for each value of the
// edge's fields, then one for each present edge, and then, again for each source, one for each
// operation of the edge. In a chain, where the only edge comes from the previous node, all sources
// share the same rows, and the edge has no row.
type decided struct {
	part                    searchspace.Part
	chained                 bool
	nodeFields, edgeFields  []int // row of each field's first value: among all rows, and among those of one source
	perEdge                 int   // total number of values of an edge's fields
	ofEdges, edges, edgeOps int   // first rows of the fields, presence and operations of edges
	rows                    int
}

func newDecided(part searchspace.Part) decided {
	x := decided{part: part, chained: part.Chained(), rows: len(part.NodeOps)}
	for _, f := range part.NodeFields {
		x.nodeFields = append(x.nodeFields, x.rows)
		x.rows += len(f.Values)
	}
	for _, f := range part.EdgeFields {
		x.edgeFields = append(x.edgeFields, x.perEdge)
		x.perEdge += len(f.Values)
	}
	sources := part.MaxNodes - 1
	if x.chained {
		sources = min(sources, 1)
	}
	x.ofEdges = x.rows
	x.edges = x.ofEdges + sources*x.perEdge
	x.edgeOps = x.edges
	if !x.chained {
		x.edgeOps += sources
	}
	x.rows = x.edgeOps + sources*max(len(part.EdgeOps)-1, 0)
	return x
}

// appendRow appends the row of a decision. The absence of an edge has no row.
func (x *decided) appendRow(dst []int32, d searchspace.Decision, value int) []int32 {
	source := d.From
	if x.chained {
		source = 0
	}
	row := value
	switch d.Kind {
	case searchspace.NodeField:
		row += x.nodeFields[d.Field]
	case searchspace.EdgeField:
		row += x.ofEdges + source*x.perEdge + x.edgeFields[d.Field]
	case searchspace.EdgePresence:
		if value == 0 || x.chained {
			return dst
		}
		row = x.edges + source
	case searchspace.EdgeOp:
		row += x.edgeOps + source*(len(x.part.EdgeOps)-1) - 1 // operation 0 is the absent edge
	}
	return append(dst, int32(row))
}

// appendNode appends the rows of all decisions about a node.
func (x *decided) appendNode(dst []int32, c *content, node int) []int32 {
	add := func(d searchspace.Decision, value int) { dst = x.appendRow(dst, d, value) }
	fields := func(kind searchspace.Kind, from int, values []int16) {
		for f, v := range values {
			if v >= 0 {
				add(searchspace.Decision{Kind: kind, From: from, Field: f}, int(v))
			}
		}
	}
	if len(x.part.NodeOps) > 0 {
		add(searchspace.Decision{Kind: searchspace.NodeOp}, c.labels[node])
	}
	fields(searchspace.NodeField, 0, c.nodeFields.row(node))
	for from := range node {
		pair := triangle(node) + from
		label := int(c.edges[pair])
		if label == 0 {
			continue
		}
		add(searchspace.Decision{Kind: searchspace.EdgePresence, From: from}, 1)
		if len(x.part.EdgeOps) > 0 {
			add(searchspace.Decision{Kind: searchspace.EdgeOp, From: from}, label)
		}
		fields(searchspace.EdgeField, from, c.edgeFields.row(pair))
	}
	return dst
}
