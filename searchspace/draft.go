package searchspace

import (
	"slices"
	"strings"
)

// Draft is an unfinished architecture, as seen by a Rule. It holds indexes where an [Arch] holds
// names: an operation is an index into the NodeOps or EdgeOps of its Part, and a field's value is an
// index into the field's Values. The edges of the current node are included as soon as they are
// decided.
type Draft struct {
	of    []Part
	parts []draftPart
}

// Parts returns the parts of the space.
func (d *Draft) Parts() []Part { return d.of }

type draftPart struct {
	nodes int
	ops   []int16 // of each node; −1 if undecided or if it has none
	edges []int16 // lower triangle, row by row: 0 for no edge, −1 for an edge whose operation is undecided or that has none
	// For each node or pair of the lower triangle, the value of each field; −1 if it is undecided or
	// does not exist.
	nodeFields, edgeFields       []int16
	fieldsPerNode, fieldsPerEdge int
}

const edgeWithoutOp = -1

func newDraft(parts []Part) Draft {
	d := Draft{of: parts, parts: make([]draftPart, len(parts))}
	for i, p := range parts {
		d.parts[i].ops = undecided(p.MaxNodes)
		d.parts[i].edges = make([]int16, triangle(p.MaxNodes))
		d.parts[i].fieldsPerNode, d.parts[i].fieldsPerEdge = len(p.NodeFields), len(p.EdgeFields)
		d.parts[i].nodeFields = undecided(p.MaxNodes * len(p.NodeFields))
		d.parts[i].edgeFields = undecided(triangle(p.MaxNodes) * len(p.EdgeFields))
	}
	return d
}

// String formats the decisions so far like [Arch.String].
func (d *Draft) String() string { return d.arch(d.of).String() }

// undecided returns n undecided values.
func undecided(n int) []int16 {
	if n == 0 {
		return nil
	}
	values := make([]int16, n)
	for i := range values {
		values[i] = -1
	}
	return values
}

// Nodes returns the number of nodes of the part so far, including the current one.
func (d *Draft) Nodes(part int) int { return d.parts[part].nodes }

// NodeOp returns the operation of a node as an index into the NodeOps of its Part, or −1 if it is
// undecided or nodes have none.
func (d *Draft) NodeOp(part, node int) int { return int(d.parts[part].ops[node]) }

// HasEdge reports whether the edge from→to, from < to, has been decided to exist.
func (d *Draft) HasEdge(part, from, to int) bool { return d.parts[part].edges[triangle(to)+from] != 0 }

// EdgeOp returns the operation of the edge from→to as an index into the EdgeOps of its Part, 0 if
// there is no edge, or −1 if the operation is undecided or edges have none.
func (d *Draft) EdgeOp(part, from, to int) int { return int(d.parts[part].edges[triangle(to)+from]) }

// NodeField returns the value of a field of a node as an index into its Values, or −1 if the field
// is undecided or does not exist.
func (d *Draft) NodeField(part, node, field int) int {
	return int(d.parts[part].fieldsOfNode(node)[field])
}

// EdgeField returns the value of a field of the edge from→to as an index into its Values, or −1 if
// the field is undecided or does not exist.
func (d *Draft) EdgeField(part, from, to, field int) int {
	return int(d.parts[part].fieldsOfEdge(from, to)[field])
}

func (p *draftPart) fieldsOfNode(node int) []int16 {
	return p.nodeFields[node*p.fieldsPerNode : (node+1)*p.fieldsPerNode]
}

func (p *draftPart) fieldsOfEdge(from, to int) []int16 {
	i := triangle(to) + from
	return p.edgeFields[i*p.fieldsPerEdge : (i+1)*p.fieldsPerEdge]
}

func (d *Draft) begin(part, node int) { d.parts[part].nodes = node + 1 }

// beginUpTo begins the nodes up to the given one, including those of earlier parts without
// decisions.
func (d *Draft) beginUpTo(part, node int) {
	for i := range part {
		for d.of[i].Last == "" && d.Nodes(i) < d.of[i].MaxNodes {
			d.begin(i, d.Nodes(i))
		}
	}
	for d.Nodes(part) <= node {
		d.begin(part, d.Nodes(part))
	}
}

func (d *Draft) set(dec *Decision, value int) {
	p := &d.parts[dec.Part]
	switch dec.Kind {
	case NodeOp:
		p.ops[dec.Node] = int16(value)
	case EdgePresence:
		p.edges[triangle(dec.Node)+dec.From] = int16(value) * edgeWithoutOp
	case EdgeOp:
		p.edges[triangle(dec.Node)+dec.From] = int16(value)
	case NodeField:
		p.fieldsOfNode(dec.Node)[dec.Field] = int16(value)
	case EdgeField:
		p.fieldsOfEdge(dec.From, dec.Node)[dec.Field] = int16(value)
	}
}

func (d *Draft) clone() Draft {
	c := Draft{of: d.of, parts: slices.Clone(d.parts)}
	for i, p := range c.parts {
		c.parts[i].ops = slices.Clone(p.ops)
		c.parts[i].edges = slices.Clone(p.edges)
		c.parts[i].nodeFields = slices.Clone(p.nodeFields)
		c.parts[i].edgeFields = slices.Clone(p.edgeFields)
	}
	return c
}

// arch converts the draft to an architecture. Undecided labels are empty.
func (d *Draft) arch(parts []Part) Arch {
	dags := make([]DAG, len(parts))
	for i, p := range d.parts {
		g := DAG{name: parts[i].Name, n: p.nodes, present: make([]bool, triangle(p.nodes))}
		if parts[i].NodeOps != nil {
			g.nodeOps = make([]string, p.nodes)
			for v := range g.nodeOps {
				if p.ops[v] >= 0 {
					g.nodeOps[v] = parts[i].NodeOps[p.ops[v]]
				}
			}
		}
		for e := range g.present {
			label := p.edges[e]
			g.present[e] = label != 0
			if label > 0 {
				if g.edgeOps == nil {
					g.edgeOps = make([]string, len(g.present))
				}
				g.edgeOps[e] = parts[i].EdgeOps[label]
			}
		}
		g.nodeFields = tableOf(parts[i].NodeFields, p.nodeFields[:p.nodes*p.fieldsPerNode])
		g.edgeFields = tableOf(parts[i].EdgeFields, p.edgeFields[:len(g.present)*p.fieldsPerEdge])
		dags[i] = g
	}
	return Arch{parts: dags}
}

// tableOf converts decided values, row by row, to a table.
func tableOf(fields []Field, values []int16) fieldTable {
	n := len(fields)
	used := make([]int, 0, n) // indexes of the fields that exist somewhere
	for k := range fields {
		for i := k; i < len(values); i += n {
			if values[i] >= 0 {
				used = append(used, k)
				break
			}
		}
	}
	if len(used) == 0 {
		return fieldTable{}
	}
	slices.SortFunc(used, func(a, b int) int { return strings.Compare(fields[a].Name, fields[b].Name) })
	t := fieldTable{names: make([]string, len(used)), values: make([]string, len(values)/n*len(used))}
	for i, k := range used {
		t.names[i] = fields[k].Name
		for row := range len(values) / n {
			if v := values[row*n+k]; v >= 0 {
				t.values[row*len(used)+i] = fields[k].Values[v]
			}
		}
	}
	return t
}
